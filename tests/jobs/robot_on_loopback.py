"""A group's robot on loopback that keeps what reaches it, and answers as it is told to."""

from __future__ import annotations

import contextlib
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WELL = (200, {"errcode": 0, "errmsg": "ok"})
KEY = "693axxx6-7aoc-4bc4-97a0-0ec2sifa5aaa"
TYPED = f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}"


@dataclass
class Robot:
    """What arrived, and what is answered: WELL when nothing else is in ``answers``."""

    port: int = 0
    arrived: list = field(default_factory=list)  # (path, body)
    answers: list = field(default_factory=list)  # (status, body), or "hang"
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def texts(self):
        return [body["text"]["content"] for _path, body in self.arrived]


@contextmanager
def robot():
    """Run one until the end of the block."""
    double = Robot()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            double.arrived.append((self.path, body))
            answer = double.answers.pop(0) if double.answers else WELL
            if answer == "hang":
                double.released.wait(60)
                return
            status, said = answer
            sent = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *arguments):
            pass

        def handle(self):
            with contextlib.suppress(ConnectionError):
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


def leads_here(monkeypatch, double):
    """Have the three robots' addresses lead to the one on loopback."""
    from intranet.notices import gateway

    gateway._apprise()
    from apprise.plugins.dingtalk import NotifyDingTalk
    from apprise.plugins.feishu import NotifyFeishu
    from apprise.plugins.wecombot import NotifyWeComBot

    base = f"http://127.0.0.1:{double.port}"
    wecom = f"{base}/cgi-bin/webhook/send?key={{key}}"
    monkeypatch.setattr(NotifyWeComBot, "notify_url", wecom)
    monkeypatch.setattr(NotifyDingTalk, "notify_url", f"{base}/robot/send?access_token={{token}}")
    monkeypatch.setattr(NotifyFeishu, "notify_url", f"{base}/open-apis/bot/v2/hook/{{token}}")
