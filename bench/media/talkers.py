"""Many people who speak through cameras at once, as the page's script does it."""

from __future__ import annotations

import json
import math
import re
import socket
import threading
import time
import uuid

PIECE_SECONDS, HERTZ = 0.06, 16_000
PIECE_BYTES, PIECES_MAX = 1920, 34  # of 60 ms; as many go in one request at most
IDLE_SECONDS = 10.0
LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
CLOSES = re.compile(rb"(?i)\r\nconnection: *close")
LOOK_SECONDS, LOOK_MAX_SECONDS = 0.25, 1.0  # between two looks at how far it has come


def warble(seconds: float) -> bytes:
    """Return a tone that comes and goes as syllables do, 16 bits at HERTZ."""
    samples = (
        int(
            9000
            * max(0.0, math.sin(8 * math.pi * n / HERTZ))
            * math.sin(1400 * math.pi * n / HERTZ)
        )
        for n in range(int(seconds * HERTZ))
    )
    return b"".join(one.to_bytes(2, "little", signed=True) for one in samples)


class Talker:
    """One person at one camera. ``troubles`` holds what went wrong, in words.

    Speaks HTTP by hand: twenty clients of the library would take as much of the machine as the
    house does, and phones are other machines.
    """

    def __init__(self, port: int, cookie: str, code: str, troubles: list[str]) -> None:
        self.port, self.code, self.troubles = port, code, troubles
        self.line: socket.socket | None = None
        self.asked_at = 0.0
        self.head = (
            f"Host: 127.0.0.1:{port}\r\nCookie: {cookie}\r\nAccept: application/json\r\n"
            "Sec-Fetch-Site: same-origin\r\n"
        )

    def ask(self, method: str, path: str, body: bytes = b"", kind: str = "") -> bytes:
        """Send a request; the connection stays open for the next."""
        # As browsers do: a connection that idled is shut by the house, and another is opened.
        if self.line is None or time.monotonic() - self.asked_at > IDLE_SECONDS:
            self.close()
            self.line = socket.create_connection(("127.0.0.1", self.port), timeout=30)
            self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        said = f"Content-Type: {kind}\r\n" if kind else ""
        head = f"{method} {path} HTTP/1.1\r\n{self.head}{said}Content-Length: {len(body)}\r\n\r\n"
        self.line.sendall(head.encode() + body)
        status, told = self._answer()
        self.asked_at = time.monotonic()
        if status not in {200, 204}:
            message = f"{self.code}: {method} {path}: {status} {told[:200]!r}"
            raise OSError(message)
        return told

    def _answer(self) -> tuple[int, bytes]:
        """Read one answer: its status and its body, whose length the house always tells."""
        came = b""
        while b"\r\n\r\n" not in came:
            came += self._more()
        head, _, told = came.partition(b"\r\n\r\n")
        found = LENGTH.search(head)
        size = int(found[1]) if found else 0
        while len(told) < size:
            told += self._more()
        if CLOSES.search(head):
            self.close()
        return int(head[9:12]), told

    def _more(self) -> bytes:
        data = self.line.recv(65536)
        if not data:
            raise ConnectionError(self.code)
        return data

    def close(self) -> None:
        """Shut the connection, if there is one."""
        if self.line is not None:
            self.line.close()
            self.line = None

    def clip(self, data: bytes) -> None:
        """Send a recording and wait until it was heard."""
        mark = uuid.uuid4().hex
        head = f'--{mark}\r\nContent-Disposition: form-data; name="clip"; filename="v.webm"\r\n'
        body = head.encode() + b"\r\n" + data + f"\r\n--{mark}--\r\n".encode()
        kind = f"multipart/form-data; boundary={mark}"
        self.follow(json.loads(self.ask("POST", f"/cameras/{self.code}/talk", body, kind)))

    def live(self, speech: bytes) -> None:
        """Speak in real time and wait until it was heard; what waits goes in one request."""
        told = json.loads(self.ask("POST", f"/cameras/{self.code}/talk/live", b""))
        began, offset, together = time.monotonic(), 0, told["together"]
        while offset < len(speech):
            # As much as was said meanwhile, at least as many pieces as go together.
            due = min(offset // PIECE_BYTES + together, -(-len(speech) // PIECE_BYTES))
            time.sleep(max(0.0, began + due * PIECE_SECONDS - time.monotonic()))
            made = int((time.monotonic() - began) / PIECE_SECONDS + 1e-6)
            last = min(max(made, due), offset // PIECE_BYTES + PIECES_MAX)
            piece = speech[offset : last * PIECE_BYTES]
            where = f"{told['pieces']}?offset={offset}"
            answer = json.loads(self.ask("POST", where, piece, "application/octet-stream"))
            offset, together = answer["size"], answer["together"]
        self.ask("POST", told["end"], b"")
        self.follow(told)

    def follow(self, told: dict) -> None:
        """Look again and again until it is over."""
        looks = 0
        while told["is_open"]:
            time.sleep(min(LOOK_SECONDS * (1 + looks / 4), LOOK_MAX_SECONDS))
            looks += 1
            told = json.loads(self.ask("GET", told["status"]))
        if told["state"] != "heard":
            self.troubles.append(f"{self.code}: {told['words']}")


def at_once(talkers: list[Talker], say) -> None:
    """Have all of them say it at the same moment; return when all were heard."""

    def one(talker: Talker) -> None:
        gate.wait()
        try:
            say(talker)
        except (OSError, ValueError) as error:
            talker.troubles.append(f"{talker.code}: {error!r}")
            talker.close()

    gate = threading.Barrier(len(talkers))
    threads = [threading.Thread(target=one, args=(talker,)) for talker in talkers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
