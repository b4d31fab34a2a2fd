"""A server on loopback that hands what is posted to it to the double of a test."""

from __future__ import annotations

import contextlib
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def listening(double, answer):
    """Run one until the end of the block; ``answer(handler, body)`` answers each post.

    ``body`` is what the JSON says; of anything else its text.

    ``double`` is told its ``port``; its event ``released`` is set at the end, for whoever hangs.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            is_json = "json" in self.headers.get("Content-Type", "")
            answer(self, json.loads(sent) if is_json else sent)

        def do_PUT(self):
            self.do_POST()

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
