"""An SMS gateway on loopback that writes down what reaches it, and answers as it is told to."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from listening import listening

from intranet.config import NoticeChannel


@dataclass
class Gateway:
    """What arrived, and what is answered: 200 when nothing else is in ``answers``."""

    port: int = 0
    arrived: list = field(default_factory=list)  # (address, Idempotency-Key, title, words)
    answers: list = field(default_factory=list)  # statuses, or "hang", or "drip"
    pause_seconds: float = 0.0
    released: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def channel(self, name="sms"):
        """Return the channel that leads here."""
        return NoticeChannel(name, self.template)

    @property
    def template(self):
        return f"json://user:gateway-secret-7q@127.0.0.1:{self.port}/send?:phone={{address}}"

    def numbers(self, address=None):
        with self.lock:
            return [one[1] for one in self.arrived if address in {None, one[0]}]


def gateway():
    """Run one until the end of the block."""
    double = Gateway()

    def answer(handler, body):
        number = handler.headers.get("Idempotency-Key")
        with double.lock:
            double.arrived.append((body["phone"], number, body["title"], body["message"]))
            told = double.answers.pop(0) if double.answers else 200
        time.sleep(double.pause_seconds)
        if told == "hang":
            double.released.wait(60)
            return
        if told == "drip":
            handler.wfile.write(b"HTTP/1.0 200 OK\r\n")
            while not double.released.wait(0.05):
                handler.wfile.write(b"X-Drip: 1\r\n")
            return
        handler.send_response(told)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return listening(double, answer)
