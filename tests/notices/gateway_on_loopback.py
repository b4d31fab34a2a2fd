"""An SMS gateway on loopback that writes down what reaches it, and answers as it is told to."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

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


@contextmanager
def gateway():
    """Run one until the end of the block."""
    double = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            number = self.headers.get("Idempotency-Key")
            with double.lock:
                double.arrived.append((body["phone"], number, body["title"], body["message"]))
                answer = double.answers.pop(0) if double.answers else 200
            time.sleep(double.pause_seconds)
            if answer == "hang":
                double.released.wait(60)
                return
            if answer == "drip":
                self.wfile.write(b"HTTP/1.0 200 OK\r\n")
                while not double.released.wait(0.05):
                    self.wfile.write(b"X-Drip: 1\r\n")
                return
            self.send_response(answer)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments):
            pass

        def handle(self):
            with contextlib.suppress(ConnectionError):  # whoever sent it was killed
                super().handle()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    double.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield double
    finally:
        double.released.set()
        server.shutdown()
        server.server_close()
        thread.join(10)
