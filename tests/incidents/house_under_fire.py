"""A real web and a real worker on the test's database, killed −9; and people who keep at work."""

from __future__ import annotations

import http.client
import io
import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from factories import log_in
from PIL import Image
from werkzeug.test import EnvironBuilder

from intranet import once

HOUSE = Path(__file__).resolve().parents[2]
START_SECONDS = 60
LOST = (ConnectionError, http.client.HTTPException, TimeoutError, OSError)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def picture(chance):
    """Return a JPEG like no other."""
    image = Image.effect_noise((320 + chance.randrange(64), 240), 90).convert("RGB")
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()


class Process:
    """One command of ours in a process group of its own."""

    def __init__(self, settings, log, *words, channels=""):
        self.words, self.log = words, log
        self.environment = {
            **os.environ,
            "INTRANET_DATA_DIR": str(settings.data_dir),
            "INTRANET_DATABASE_URL": settings.database_url,
            "INTRANET_SECRET_KEY": settings.secret_key,
            "INTRANET_NOTICE_CHANNELS": channels,
        }
        self.start()

    def start(self):
        command = [sys.executable, "-m", "intranet", *self.words]
        self.process = subprocess.Popen(
            command,
            env=self.environment,
            cwd=HOUSE,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )

    def kill(self):
        """Kill the process and all it has started."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(20)

    def kill_a_child(self, chance):
        """Kill one of its children, which it is to replace; False when it has none yet."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        children = listed.read_text().split()
        if not children:
            return False
        os.kill(int(chance.choice(children)), signal.SIGKILL)
        return True


def wait_for_page(port):
    """Wait until the web answers."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), 2) as line:
                line.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
                if b" 200 " in line.recv(64):
                    return
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError("the web does not answer")


def cookie_of(app, account):
    """Log an account in; return what its browser would send."""
    client = log_in(app.test_client(), account)
    return f"weiwang={client.get_cookie('weiwang').value}"


@dataclass
class Answered:
    """What the house has told somebody is done."""

    number: str
    verbs: list = field(default_factory=list)
    photos: int = 0


class Driver(threading.Thread):
    """Somebody who reports, and takes each report to its end, however often the line breaks.

    A request without an answer is sent again under its key until there is one, as the phone does.
    """

    def __init__(self, port, cookies, town, category, worker, seed):
        super().__init__(daemon=True)
        self.port, self.cookies, self.town = port, cookies, town
        self.category, self.worker = category, worker
        self.chance = random.Random(seed)
        self.ending = threading.Event()
        self.answered, self.broken, self.again = [], 0, 0
        self.in_flight = 0
        self.failure = None

    def run(self):
        try:
            while not self.ending.is_set():
                self.one_incident()
        except BaseException as error:  # told to the test, which would not hear of it else
            self.failure = error

    def one_incident(self):
        path = self.town.micros[0].path
        fields = {"category": str(self.category), "grid": path, "description": "有人卖鞭炮"}
        answer = self.send("reporter", "/incidents/new", fields, photos=1)
        done = Answered(answer["X-Draft-Number"], ["report"], 1)
        self.answered.append(done)
        to = {"assignees": f"account:{self.worker}"}
        steps = [
            ("officer", "accept", {}, 0),
            ("officer", "dispatch", to, 0),
            ("worker", "arrive", {}, 0),
            ("worker", "finish", {}, 1),
            ("officer", "verify", {}, 1),
            ("officer", "close", {"reporter_word": "已查处"}, 0),
        ]
        for turn, (who, verb, more, photos) in enumerate(steps, start=1):
            if self.ending.is_set():
                return
            fields = {"turn": str(turn), "words": "按要求办理", **more}
            self.send(who, f"/incidents/{done.number}/{verb}", fields, photos=photos)
            done.verbs.append(verb)
            done.photos += photos

    def send(self, who, path, fields, *, photos):
        """Post until there is an answer, always under the same key; return its headers."""
        data = {"once": once.new_key(), **fields}
        if photos:
            data["photos"] = [
                (io.BytesIO(picture(self.chance)), f"{secrets.token_hex(3)}.jpg", "image/jpeg")
            ]
        with EnvironBuilder(method="POST", path=path, data=data).get_request() as made:
            body, kind = made.get_data(), made.content_type
        deadline = time.monotonic() + 2 * START_SECONDS
        first = None
        while time.monotonic() < deadline:
            try:
                status, headers = self.post(who, path, body, kind)
            except LOST:
                self.broken += 1
                time.sleep(0.05)
                continue
            assert status == 303, (path, status, headers)
            if first is None and self.chance.random() < 0.1:  # the answer was lost on its way
                first = headers
                self.again += 1
                continue
            number = "X-Draft-Number"
            assert first is None or first.get(number) == headers.get(number)
            return headers
        raise AssertionError(f"no answer to {path}")

    def post(self, who, path, body, kind):
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            line.putrequest("POST", path)
            for name, value in (
                ("Content-Type", kind),
                ("Content-Length", str(len(body))),
                ("Cookie", self.cookies[who]),
                ("Sec-Fetch-Site", "same-origin"),
            ):
                line.putheader(name, value)
            line.endheaders()
            self.in_flight = 1
            half = len(body) // 2
            line.send(body[:half])
            if self.chance.random() < 0.3:  # a poor signal
                time.sleep(self.chance.random() * 0.2)
            line.send(body[half:])
            answer = line.getresponse()
            answer.read()
            return answer.status, dict(answer.headers)
        finally:
            self.in_flight = 0
            line.close()
