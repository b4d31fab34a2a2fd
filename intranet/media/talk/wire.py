"""RTSP over one TCP connection (RFC 2326): requests, answers, and packets interleaved with them.

Everything read is bounded in size and time: a camera that sends nonsense or nothing costs a clip,
never the worker.
"""

from __future__ import annotations

import socket
import ssl
import time
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit, urlunsplit

from intranet.media.door import TalkTrouble
from intranet.media.talk.digest import Credentials
from intranet.media.talk.trouble import TalkError

HEAD_BYTES_MAX = 32_768
BODY_BYTES_MAX = 131_072
HEADERS_MAX = 100
ANSWER_SECONDS = 5.0
GOODBYE_SECONDS = 1.0  # whoever spoke waits for it
CHALLENGES_MAX = 3  # asked, stale, and once more
WAITING_BYTES_MAX = 262_144
AGENT = "Weiwang"
# What a status means for whoever speaks; RFC 2326 §11, RFC 7826 §17, ONVIF Streaming §5.3.
MEANINGS = {
    401: TalkTrouble.WRONG_PASSWORD,
    403: TalkTrouble.FORBIDDEN,
    404: TalkTrouble.NOT_FOUND,
    453: TalkTrouble.BUSY,
    486: TalkTrouble.BUSY,
    551: TalkTrouble.NO_LOUDSPEAKER,
}


def meaning(
    status: int, *, asks: bool, otherwise: TalkTrouble = TalkTrouble.NOT_UNDERSTOOD
) -> TalkTrouble:
    """Return what a refusal means; ``asks`` is of a request that only asks.

    503 to a question says that the camera is not ready; to anything else that what is wanted is
    given away already.
    """
    if status == 503:
        return TalkTrouble.NOT_READY if asks else TalkTrouble.BUSY
    return MEANINGS.get(status, otherwise)


@dataclass(frozen=True, slots=True)
class Answer:
    """A camera's answer; header names are lower case, each with all its values."""

    status: int
    headers: dict[str, list[str]]
    body: bytes

    def header(self, name: str) -> str:
        """Return the first value of a header, or ""."""
        return self.headers.get(name, [""])[0]


@dataclass
class Wire:
    """One connection. ``url`` is the address with its host resolved, and the password in it."""

    url: str = field(repr=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        self._host, self._port = parts.hostname or "", parts.port or 554
        self.credentials = Credentials(unquote(parts.username or ""), unquote(parts.password or ""))
        bare = parts.netloc.rpartition("@")[2]
        self.bare_url = urlunsplit(parts._replace(netloc=bare))
        self.session = ""
        self._sequence = 0
        self._data = bytearray()
        self._answers: list[tuple[int, Answer]] = []
        self._is_tls = parts.scheme == "rtsps"
        self._socket: socket.socket | None = None

    def connect(self) -> None:
        """Connect. Raises TalkError."""
        try:
            plain = socket.create_connection((self._host, self._port), timeout=ANSWER_SECONDS)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket = plain  # already, so that it is closed should the next line fail
            if self._is_tls:
                self._socket = _wrapped(plain)
        except TimeoutError:
            raise TalkError(TalkTrouble.TIMED_OUT) from None
        except ConnectionRefusedError:
            raise TalkError(TalkTrouble.REFUSED) from None
        except OSError:
            raise TalkError(TalkTrouble.UNREACHABLE) from None

    def close(self) -> None:
        """Let go of the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def ask(self, method: str, url: str, **headers: str) -> Answer:
        """Send a request and return its answer, after saying who we are if that is asked.

        Raises TalkError for anything but 200.
        """
        return self._asked(ANSWER_SECONDS, method, url, headers)

    def goodbye(self, method: str, url: str, **headers: str) -> None:
        """Send the last request, and wait no longer than a moment for its answer."""
        self._asked(GOODBYE_SECONDS, method, url, headers)

    def _asked(self, seconds: float, method: str, url: str, headers: dict[str, str]) -> Answer:
        for _try in range(CHALLENGES_MAX):
            answer = self._answer_to(self.send(method, url, **headers), seconds)
            if answer.status != 401:
                break
            if not self.credentials.take(answer.headers.get("www-authenticate", [])):
                break
        if answer.status != 200:
            raise TalkError(meaning(answer.status, asks=method == "DESCRIBE"))
        return answer

    def send(self, method: str, url: str, **headers: str) -> int:
        """Send a request without waiting; return its sequence number."""
        self._sequence += 1
        lines = [f"{method} {url} RTSP/1.0", f"CSeq: {self._sequence}", f"User-Agent: {AGENT}"]
        told = self.credentials.answer(method, url)
        if told:
            lines.append(f"Authorization: {told}")
        if self.session:
            lines.append(f"Session: {self.session}")
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.write("\r\n".join([*lines, "", ""]).encode())
        return self._sequence

    def write(self, data: bytes) -> None:
        """Send bytes whole. Raises TalkError when the camera takes none of them in time."""
        assert self._socket is not None
        try:
            self._socket.settimeout(ANSWER_SECONDS)
            self._socket.sendall(data)
        except OSError:
            raise TalkError(TalkTrouble.DROPPED) from None

    def listen(self, seconds: float) -> None:
        """Take in whatever comes in this time: reports, answers nobody waits for, the end.

        Raises TalkError (``dropped``) when the camera has hung up.
        """
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._fill(left)
            self._take_apart()
        self._answers.clear()

    def _answer_to(self, sequence: int, seconds: float) -> Answer:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            for number, answer in self._answers:
                # Some cameras count their own way; whoever asks one thing at a time loses nothing.
                if number in {sequence, -1}:
                    self._answers.clear()
                    return answer
            self._fill(left)
            self._take_apart()
        raise TalkError(TalkTrouble.TIMED_OUT)

    def _fill(self, seconds: float) -> None:
        assert self._socket is not None
        self._socket.settimeout(max(0.001, seconds))
        try:
            data = self._socket.recv(65_536)
        except TimeoutError:
            return
        except OSError:
            raise TalkError(TalkTrouble.DROPPED) from None
        if not data:
            raise TalkError(TalkTrouble.DROPPED)
        self._data += data
        if len(self._data) > WAITING_BYTES_MAX:
            raise TalkError(TalkTrouble.NOT_UNDERSTOOD)

    def _take_apart(self) -> None:
        """Take whole answers and packets off the front of what has come."""
        while self._data:
            if self._data[:1] == b"$":
                if len(self._data) < 4:
                    return
                size = 4 + int.from_bytes(self._data[2:4], "big")
                if len(self._data) < size:
                    return
                del self._data[:size]  # a picture or a report: nothing we came for
            elif self._data.startswith((b"\r", b"\n")):
                del self._data[:1]
            elif (taken := _message(self._data)) is None:
                return
            else:
                number, answer, size = taken
                del self._data[:size]
                if answer is not None:
                    self._answers.append((number, answer))


def _wrapped(plain: socket.socket) -> socket.socket:
    """Return the connection encrypted. Cameras have certificates of their own making."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(plain)


def _message(data: bytearray) -> tuple[int, Answer | None, int] | None:
    """Return the first message's CSeq (-1: none), itself (None: a request) and its length.

    None while it is not whole. Raises TalkError for what is no RTSP.
    """
    end = data.find(b"\r\n\r\n", 0, HEAD_BYTES_MAX)
    if end < 0:
        if len(data) >= HEAD_BYTES_MAX:
            raise TalkError(TalkTrouble.NOT_UNDERSTOOD)
        return None
    first, *lines = data[:end].decode("latin-1").split("\r\n")
    if len(lines) > HEADERS_MAX:
        raise TalkError(TalkTrouble.NOT_UNDERSTOOD)
    headers: dict[str, list[str]] = {}
    for line in lines:
        name, _colon, value = line.partition(":")
        headers.setdefault(name.strip().lower(), []).append(value.strip())
    length = _whole(headers.get("content-length", ["0"])[0])
    if length is None or length > BODY_BYTES_MAX:
        raise TalkError(TalkTrouble.NOT_UNDERSTOOD)
    size = end + 4 + length
    if len(data) < size:
        return None
    number = _whole(headers.get("cseq", [""])[0])
    words = first.split(" ", 2)
    if not words[0].startswith("RTSP/"):
        if words[-1].startswith("RTSP/"):
            return -1, None, size  # the camera asks us something: it gets no answer
        raise TalkError(TalkTrouble.NOT_UNDERSTOOD)
    status = _whole(words[1]) if len(words) > 1 else None
    if status is None:
        raise TalkError(TalkTrouble.NOT_UNDERSTOOD)
    answer = Answer(status, headers, bytes(data[end + 4 : size]))
    return (-1 if number is None else number), answer, size


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
