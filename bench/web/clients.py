"""A load generator: some keep-alive clients in one loop, each asks again as soon as it is answered.

One loop over raw sockets spends some 20 µs on a request, a tenth of what the quickest Flask route
does: it is not the bottleneck as long as it has a core to itself.
"""

from __future__ import annotations

import selectors
import socket
import time
from dataclasses import dataclass, field

ANSWER_BYTES_MAX = 4_000_000


@dataclass
class Figures:
    """What the clients saw; times in seconds."""

    seconds: float
    times: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Answers a second, of all clients together."""
        return len(self.times) / self.seconds

    def percentile(self, share: float) -> float:
        """Return the time within which ``share`` of the answers came, in milliseconds."""
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


@dataclass
class Client:
    """One connection and the answer it waits for."""

    connection: socket.socket
    sent_at: float = 0.0
    received: bytearray = field(default_factory=bytearray)


def load(port: int, request: bytes, status: int, *, clients: int, seconds: float) -> Figures:
    """Have the clients ask for ``seconds``; raise when an answer is not ``status``."""
    chooser = selectors.DefaultSelector()
    for _ in range(clients):
        connection = socket.create_connection(("127.0.0.1", port), timeout=30)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client = Client(connection)
        chooser.register(connection, selectors.EVENT_READ, client)
        _ask(client, request)
    figures = Figures(seconds)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for key, _ in chooser.select(1):
            client = key.data
            if _answered(client, status):
                figures.times.append(time.perf_counter() - client.sent_at)
                _ask(client, request)
    for key in list(chooser.get_map().values()):
        key.data.connection.close()
    chooser.close()
    return figures


def _ask(client: Client, request: bytes) -> None:
    client.received.clear()
    client.sent_at = time.perf_counter()
    client.connection.sendall(request)


def _answered(client: Client, status: int) -> bool:
    """Read what has come; tell whether the answer is whole."""
    came = client.connection.recv(262_144)
    if not came:
        raise SystemExit("the server closed the connection")
    client.received += came
    assert len(client.received) < ANSWER_BYTES_MAX
    head, found, body = bytes(client.received).partition(b"\r\n\r\n")
    if not found:
        return False
    lines = head.split(b"\r\n")
    if int(lines[0].split()[1]) != status:
        raise SystemExit(f"expected {status}, got: {head.decode('latin-1')}")
    lengths = [line for line in lines if line.lower().startswith(b"content-length:")]
    return len(body) >= int(lengths[0].split(b":")[1]) if lengths else status == 204
