"""What goes to a gateway, and what never goes anywhere: addresses and secrets."""

from __future__ import annotations

import json
import logging
import os
import re
import socketserver
import subprocess
import sys
import threading
from email import message_from_bytes
from email.header import decode_header, make_header
from pathlib import Path

import pytest
import structlog
from factories import create_account, create_town, log_in
from notices.gateway_on_loopback import gateway
from notices.people_told import create_person, deliveries, tell

from intranet import clock, logs
from intranet.config import NoticeChannel, Settings, SettingsError
from intranet.notices import gateway as sending
from intranet.notices import tasks
from intranet.notices.models import Trouble

HOUSE = Path(__file__).resolve().parents[2]
MESSAGE = sending.Message("13800000001", "0123456789abcdef", "题目", "正文 words")
SECRET = "gateway-secret-7q"
BASE = {"INTRANET_DATA_DIR": "var", "INTRANET_SECRET_KEY": "k"}


@pytest.fixture
def sms():
    with gateway() as double:
        yield double


def test_a_gateway_gets_address_number_title_and_words(sms):
    assert sending.send(sms.channel(), MESSAGE) is Trouble.NONE

    assert sms.arrived == [("13800000001", "0123456789abcdef", "题目", "正文 words")]


def test_an_address_never_becomes_more_than_a_value_of_the_url(sms):
    odd = "1&+Authorization=x&:phone=2/../?#@127.0.0.1:1"
    message = sending.Message(odd, "n1", "t", "w")

    assert sending.send(sms.channel(), message) is Trouble.NONE
    assert sms.arrived[0][0] == odd


def test_a_template_may_place_the_number_itself():
    template = "json://127.0.0.1:9/{number}?:phone={address}&+Idempotency-Key={number}-sms"
    service = sending.open_service(NoticeChannel("sms", template), MESSAGE)

    assert service.fullpath == "/0123456789abcdef"
    assert service.headers == {"Idempotency-Key": "0123456789abcdef-sms"}


@pytest.mark.parametrize(
    ("name", "template", "address"),
    [
        ("wecom", "wecombot://{address}", "693axxx6-7aoc-4bc4-97a0-0ec2sifa5aaa"),
        ("dingtalk", "dingtalk://{address}", "abc123"),
        ("dingtalk", "dingtalk://token1/{address}", "13800000001"),
        ("mail", "mailtos://u:p%40ss@smtp.qq.com?to={address}&from=n@qq.com", "zhang@qq.com"),
    ],
)
def test_the_services_of_the_documentation_are_known(name, template, address):
    message = sending.Message(address, "n1", "t", "w")

    service = sending.open_service(NoticeChannel(name, template), message)

    assert service is not None
    assert sending.open_service(NoticeChannel("x", "nosuch://{address}"), message) is None


class Mailbox(socketserver.StreamRequestHandler):
    """Enough of RFC 5321 to take one message."""

    def handle(self):
        self.answer("220 box")
        while line := self.rfile.readline():
            word = line.split()[0].upper()
            if word == b"DATA":
                self.answer("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.taken.append(b"".join(lines))
            self.answer("221 bye" if word == b"QUIT" else "250 ok")

    def answer(self, words):
        self.wfile.write(f"{words}\r\n".encode())


def test_mail_is_mail_with_the_number_in_its_head():
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mailbox)
    server.daemon_threads, server.taken = True, []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    template = f"mailto://127.0.0.1:{port}?to={{address}}&from=notice@example.cn&format=text"
    try:
        message = sending.Message("zhang@example.cn", "n1", "微网 · 催办与督办", "请尽快处理")
        assert sending.send(NoticeChannel("mail", template), message) is Trouble.NONE
    finally:
        server.shutdown()
        server.server_close()
    mail = message_from_bytes(server.taken[0])
    assert str(make_header(decode_header(mail["Subject"]))) == "微网 · 催办与督办"
    assert mail["Idempotency-Key"] == "n1"
    assert "zhang@example.cn" in mail["To"]
    parts = [part for part in mail.walk() if part.get_content_type() == "text/plain"]
    assert "请尽快处理" in parts[0].get_payload(decode=True).decode()


def test_the_web_never_loads_what_sends_and_only_one_file_does(tmp_path):
    program = (
        "import sys; from intranet import create_app; create_app();"
        "print([m for m in sys.modules if m.split('.')[0] in {'apprise', 'requests'}])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "INTRANET_DATA_DIR": str(tmp_path)},
        cwd=HOUSE,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert answer.stdout.strip() == "[]", answer.stderr
    named = [
        str(path.relative_to(HOUSE))
        for path in (HOUSE / "intranet").rglob("*.py")
        if re.search(r"^\s*(import|from) (apprise|requests)\b", path.read_text(), re.MULTILINE)
    ]
    assert named == ["intranet/notices/gateway.py"]


@pytest.mark.parametrize("answer", [200, 500, "hang", "refused"])
def test_no_log_names_an_address_or_a_secret_whatever_happens(
    app, sms, capfd, monkeypatch, answer, caplog
):
    before = structlog.get_config()
    monkeypatch.setattr(sending, "READ_SECONDS", 0.3)
    sms.answers = [answer] * 3
    channel = sms.channel()
    if answer == "refused":
        channel = NoticeChannel("sms", f"json://u:{SECRET}@127.0.0.1:1/?:phone={{address}}")
    town = create_town()
    tell(town, [create_person(town)], at=clock.now())
    logs.configure()
    caplog.set_level(logging.DEBUG)
    try:
        tasks._run(app, channel)
        tasks._run(app, NoticeChannel("sms", f"nosuch://u:{SECRET}@x/{{address}}"))
        monkeypatch.setattr(sending, "open_service", broken)
        tell(town, [create_person(town, number=2)], key="k2", at=clock.now())
        tasks._run(app, channel)
    finally:
        structlog.configure(**before)
    written = "".join(capfd.readouterr()) + caplog.text

    assert "notice_gateway_failed" in written
    for word in (SECRET, "13800000001", "13800000002", "{address}", "127.0.0.1"):
        assert word not in written
    assert SECRET not in repr(channel)
    assert SECRET not in repr(app.config["SETTINGS"])
    assert "138" not in repr(sending.Message("13800000001", "n", "t", "b"))
    assert deliveries()


def broken(channel, message):
    raise RuntimeError(f"{channel.template} {message.address}")


def test_no_page_shows_a_gateways_url(client, app, monkeypatch):
    from dataclasses import replace

    channels = (NoticeChannel("sms", f"json://u:{SECRET}@gate.example/?:phone={{address}}"),)
    settings = replace(app.config["SETTINGS"], notice_channels=channels)
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    log_in(client, create_account("admin", create_town().county.path))
    for url in ("/notices", "/me/notices", "/notices/deliveries"):
        page = client.get(url).get_data(as_text=True)
        assert SECRET not in page
        assert "gate.example" not in page


@pytest.mark.parametrize(
    "text",
    [
        "mail",
        "mail=",
        "mail=mailto://host",  # nowhere to put the person's address
        "Mail=json://h/{address}",
        "a-b=json://h/{address}",
        "mail=/etc/{address}",
        "mail=json:// {address}",
        "mail=json://h/{address};mail=json://h/{address}",
        f"sms=json://u:{SECRET}@h",
    ],
)
def test_a_setting_that_cannot_be_read_stops_the_start_and_is_not_quoted(text):
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({**BASE, "INTRANET_NOTICE_CHANNELS": text})

    assert "INTRANET_NOTICE_CHANNELS" in str(caught.value)
    assert SECRET not in str(caught.value)


def test_channels_are_read_in_their_order_and_none_is_none():
    text = "; mail=mailto://h?to={address};\n sms=json://h?:to={address}&:x=a%3Bb ;"
    found = Settings.from_env({**BASE, "INTRANET_NOTICE_CHANNELS": text}).notice_channels

    assert [(one.name, one.template) for one in found] == [
        ("mail", "mailto://h?to={address}"),
        ("sms", "json://h?:to={address}&:x=a%3Bb"),
    ]
    assert Settings.from_env(BASE).notice_channels == ()
    assert json.dumps([one.name for one in found])
