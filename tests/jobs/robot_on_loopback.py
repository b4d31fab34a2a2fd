"""A group's robot on loopback that keeps what reaches it, and answers as it is told to."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field

from listening import listening

WELL = (200, {"errcode": 0, "errmsg": "ok"})
KEY = "693axxx6-7aoc-4bc4-97a0-0ec2sifa5aaa"
TYPED = f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}"


@dataclass
class Robot:
    """What arrived, and what is answered: WELL when nothing else is in ``answers``."""

    port: int = 0
    arrived: list = field(default_factory=list)  # (path, body)
    answers: list = field(default_factory=list)  # (status, body or where it leads), or "hang"
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def texts(self):
        return [body["text"]["content"] for _path, body in self.arrived]


def robot():
    """Run one until the end of the block."""
    double = Robot()

    def answer(handler, body):
        double.arrived.append((handler.path, body))
        told = double.answers.pop(0) if double.answers else WELL
        if told == "hang":
            double.released.wait(60)
            return
        status, said = told
        sent = json.dumps(said).encode()
        handler.send_response(status)
        if 300 <= status < 400:
            handler.send_header("Location", said)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(sent)))
        handler.end_headers()
        handler.wfile.write(sent)

    return listening(double, answer)


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
