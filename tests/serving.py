"""The app of a test on a port of its own, and nothing of it left running when the test has ended."""

from __future__ import annotations

import threading
from contextlib import contextmanager

from werkzeug.serving import make_server
from werkzeug.wrappers import Response

LEFT_WITHIN_SECONDS = 30


class Answer:
    """What the app answers; ``leave`` is called once, after its last word.

    Not at its closing: before that the server reads on until the browser hangs up, which it may
    not do for minutes.
    """

    def __init__(self, answer, leave):
        self.answer = answer
        self.leave = leave

    def __iter__(self):
        yield from self.answer
        self._end()

    def close(self):
        try:
            close = getattr(self.answer, "close", None)
            if close is not None:
                close()
        finally:
            self._end()

    def _end(self):
        leave, self.leave = self.leave, None
        if leave is not None:
            leave()


class Gate:
    """Counts who is inside the app, so that whoever closes the house can wait until all have left.

    Werkzeug's server ends without waiting for the requests it began, and a browser that closes
    does not end what it asked for: the emptying of the tables would meet a request that still
    reads them, which PostgreSQL ends as a deadlock.
    """

    def __init__(self, app):
        self.app = app
        self.inside = 0
        self.shut = False
        self.changed = threading.Condition()

    def __call__(self, environ, start_response):
        with self.changed:
            shut = self.shut
            self.inside += not shut
        if shut:
            return Response(status=503)(environ, start_response)
        try:
            return Answer(self.app(environ, start_response), self.leave)
        except BaseException:
            self.leave()
            raise

    def leave(self):
        with self.changed:
            self.inside -= 1
            self.changed.notify_all()

    def close(self):
        """Let nobody in any more and wait until all have left."""
        with self.changed:
            self.shut = True
            left = self.changed.wait_for(lambda: not self.inside, LEFT_WITHIN_SECONDS)
        assert left, f"{self.inside} requests had not ended when the house closed"


@contextmanager
def serving(app):
    """The app's address while it is served."""
    gate = Gate(app)
    server = make_server("127.0.0.1", 0, gate, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(10)
        server.socket.close()
        gate.close()
