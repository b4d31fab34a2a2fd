"""HTTPS beside plain HTTP, as `make run` offers it: the real Caddy before the real house."""

from __future__ import annotations

import io
import os
import re
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import wave
from dataclasses import replace
from http.cookiejar import CookieJar
from pathlib import Path

import psutil
import pytest
from cryptography.hazmat.primitives import hashes
from factories import create_account, create_town, log_in
from house.running import HOUSE, PASSWORD, Running, free_port

from intranet import create_app, security
from intranet.config import Settings
from intranet.https import front, names, root

# Of a machine without a network there is nothing but loopback to be asked.
LAN = (names.network_addresses() or ["127.0.0.1"])[0]
NAME = "office.example"
WAIT_SECONDS = 90


class Browser:
    """A visitor with cookies, who trusts what the page about HTTPS handed out, and no other."""

    def __init__(self, house, root_pem):
        self.house, self.jar = house, CookieJar()
        self.trust = ssl.create_default_context(cadata=root_pem)
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=self.trust),
            urllib.request.HTTPCookieProcessor(self.jar),
        )

    def url(self, path, scheme="https", host=LAN):
        port = self.house.https_port if scheme == "https" else self.house.port
        return f"{scheme}://{host}:{port}{path}"

    def ask(self, path, data=None, headers=None, **where):
        """Return status, headers and body, redirects followed; forms are sent as browsers do."""
        url = self.url(path, **where)
        sent = {"Origin": url.removesuffix(path)} if data is not None else {}
        request = urllib.request.Request(url, data, sent | (headers or {}))
        try:
            with self.opener.open(request, timeout=30) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, answer.headers, answer.read()

    def log_in(self, headers=None, **where):
        """Log in as the secretary."""
        form = urllib.parse.urlencode({"username": "secretary", "password": PASSWORD}).encode()
        return self.ask("/login", form, headers, **where)[0]

    def is_known(self, **where):
        """Say whether one's own page comes, which a login is needed for."""
        return b'action="/me/password"' in self.ask("/me", **where)[2]

    def eventually(self, path, good):
        """Ask until the answer is good; cameras take their time to start."""
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                status, headers, body = self.ask(path)
            except urllib.error.URLError as error:
                status, headers, body = 0, {}, str(error).encode()
            if good(status, body):
                return headers, body
            assert time.monotonic() < deadline, (path, status, body[:300])
            time.sleep(0.5)


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """The whole house, on every address of this machine."""
    folder = tmp_path_factory.mktemp("https") / "var"
    started = Running(
        folder,
        free_port(),
        BIND="0.0.0.0",
        INTRANET_HTTPS_NAMES=NAME,
        INTRANET_TALK_QUIET="off",  # tests run at any hour
    )
    try:
        started.wait_for_first_page()
        yield started
    finally:
        started.end()


@pytest.fixture
def visitor(running):
    """Fetch the root certificate over plain HTTP, unknown to the house, and trust it."""
    with urllib.request.urlopen(
        f"http://{LAN}:{running.port}/help/https/root.crt", timeout=10
    ) as answer:
        assert answer.headers["Content-Type"] == "application/x-x509-ca-cert"
        pem = answer.read().decode()
    assert pem == root.certificate_path(running.folder).read_text()
    return Browser(running, pem)


whole_house = [pytest.mark.alone, pytest.mark.slow, pytest.mark.timeout(300)]


def marked(test):
    for mark in whole_house:
        test = mark(test)
    return test


def shaken(house, trust, name, address="127.0.0.1"):
    """Return the names of the certificate shown for a name, which the trust must have accepted."""
    with (
        socket.create_connection((address, house.https_port), 10) as plain,
        trust.wrap_socket(plain, server_hostname=name) as secure,
    ):
        return {value for _kind, value in secure.getpeercert()["subjectAltName"]}


def caddy(house):
    """Return Caddy's process."""
    [pid] = [pid for pid, words in house.left_behind().items() if words.endswith("caddy.json")]
    return pid


@marked
def test_the_certificate_holds_for_every_name_of_this_machine_and_no_other(running, visitor):
    assert shaken(running, visitor.trust, "localhost") == {"localhost"}
    assert shaken(running, visitor.trust, NAME) == {NAME}
    for address in {"127.0.0.1", LAN}:
        assert shaken(running, visitor.trust, address, address) == {address}
    with pytest.raises(ssl.SSLError):
        shaken(running, visitor.trust, "bank.example")


@marked
def test_the_page_shows_without_a_login_the_fingerprint_of_what_it_hands_out(running, visitor):
    made = root.read(running.folder)
    for scheme in ("http", "https"):
        status, headers, body = visitor.ask("/help/https", scheme=scheme)
        page = re.sub(r"</span><span>", "", body.decode())
        assert status == 200
        assert root.fingerprint(made, hashes.SHA256()) in page
        assert f"https://{LAN}:{running.https_port}/help/https" in page or LAN == "127.0.0.1"
        assert "没有运行 HTTPS" not in page
        assert "Strict-Transport-Security" not in headers, "plain HTTP goes on beside it"
    said = running.log.read_text()
    assert f"https://{LAN}:{running.https_port}" in said or LAN == "127.0.0.1"
    assert root.fingerprint(made, hashes.SHA256()) in said


@marked
def test_logins_over_https_and_over_http_live_beside_each_other(running, visitor):
    for first, second in (("https", "http"), ("http", "https")):
        visitor.jar.clear()
        assert visitor.log_in(scheme=first) == 200
        assert not visitor.is_known(scheme=second)
        assert visitor.log_in(scheme=second) == 200
        assert visitor.is_known(scheme=first)
        assert visitor.is_known(scheme=second)
        cookies = {cookie.name: cookie for cookie in visitor.jar}
        assert set(cookies) == {"weiwang", "__Host-weiwang"}
        assert cookies["__Host-weiwang"].secure
        assert cookies["__Host-weiwang"].path == "/"
        assert not cookies["weiwang"].secure
        assert visitor.ask("/logout", b"", scheme=first)[0] == 200
        assert not visitor.is_known(scheme=first)
        assert visitor.is_known(scheme=second), "logged out of the other"


@marked
def test_only_the_house_s_own_caddy_may_say_who_asks_and_how(running, visitor):
    forged = {
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
        front.KEY_HEADER: "0" * 64,
    }
    assert visitor.log_in(forged, scheme="http") == 200
    assert [cookie.name for cookie in visitor.jar] == ["weiwang"]
    assert visitor.log_in(forged, scheme="https") == 200
    with sqlite3.connect(running.folder / "intranet.sqlite3") as database:
        seen = {row[0] for row in database.execute("select address from login_session")}
    assert LAN in seen
    assert "203.0.113.9" not in seen
    assert visitor.ask("/metrics", headers=forged)[0] == 404
    another = {"Origin": f"https://{LAN}:{running.port}"}
    assert visitor.ask("/locale", b"locale=en", another)[0] == 403, "another port is another house"


@marked
def test_live_pictures_and_a_clip_pass_through(running, visitor):
    assert visitor.log_in() == 200
    live = "/cameras/WT001/live/"
    _headers, body = visitor.eventually(
        f"{live}index.m3u8", lambda status, body: status == 200 and b"#EXTM3U" in body
    )
    text = body.decode()
    if "#EXT-X-STREAM-INF" in text:
        child = text.strip().splitlines()[-1]
        live = urllib.parse.urljoin(live, child).rpartition("/")[0] + "/"
        _headers, body = visitor.eventually(
            urllib.parse.urljoin(live, child.rpartition("/")[2]),
            lambda status, body: status == 200 and b"#EXT-X-PART:" in body,
        )
        text = body.decode()
    part = re.findall(r"#EXT-X-PART:.*", text)[-1]
    uri = re.search(r'URI="([^"]+)"', part)[1]
    span = re.search(r'BYTERANGE="(\d+)@(\d+)"', part)
    size, start = int(span[1]), int(span[2])
    status, headers, got = visitor.ask(
        urllib.parse.urljoin(live, uri), headers={"Range": f"bytes={start}-{start + size - 1}"}
    )
    assert (status, len(got)) == (206, size)
    assert headers["Content-Range"].startswith(f"bytes {start}-{start + size - 1}/")

    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(b"\x00\x10\x00\xf0" * 160_000)  # 20 s: more than one read of any buffer
    edge = "the-edge-between-the-parts"
    body = (
        f"--{edge}\r\nContent-Disposition: form-data; name=clip; filename=a.wav\r\n"
        "Content-Type: audio/wav\r\n\r\n"
    ).encode() + sound.getvalue()
    status, _headers, _page = visitor.ask(
        "/cameras/WT001/talk",
        body + f"\r\n--{edge}--\r\n".encode(),
        {"Content-Type": f"multipart/form-data; boundary={edge}"},
    )
    assert status == 200
    with sqlite3.connect(running.folder / "intranet.sqlite3") as database:
        kept = database.execute("select kind, sound_milliseconds from talk").fetchall()
    assert kept == [("clip", 20_000)]


@marked
def test_caddy_has_one_door_and_comes_back_when_killed(running, visitor):
    first = caddy(running)
    listening = {
        one.laddr.port
        for one in psutil.Process(first).net_connections()
        if one.status in {psutil.CONN_LISTEN, psutil.CONN_NONE}
    }
    assert listening == {running.https_port}, "no admin door, no QUIC"
    inside = Path(f"/proc/{first}/environ").read_bytes()
    assert b"INTRANET_" not in inside, "it needs no secret of the house"
    for path in (running.folder / "https").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, f"{path} is for nobody else"

    os.kill(first, signal.SIGKILL)
    running.comes_back("caddy.json", first)
    visitor.eventually("/healthz", lambda status, body: body == b"ok")
    assert running.process.poll() is None
    made = root.certificate_path(running.folder).stat().st_mtime_ns
    assert made < running.folder.joinpath("https/caddy.json").stat().st_mtime_ns


@marked
def test_it_ends_with_the_house(running):
    """The last of this file: nothing of the house is there after it."""
    assert running.stop(signal.SIGINT) == 0
    assert running.left_behind() == {}


# What needs no whole house:


def test_a_port_that_is_not_free_is_named_and_the_page_says_it_does_not_run(base_settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        words = front.hindrance(replace(base_settings, https_port=port))
    assert f"port {port} is not free" in words
    assert "is off" in front.hindrance(replace(base_settings, https_port=None))
    assert front.hindrance(replace(base_settings, https_port=free_port())) == ""


def test_without_https_the_page_says_so_and_hands_out_nothing(base_settings, tmp_path):
    settings = replace(base_settings, data_dir=tmp_path, https_port=None)
    client = create_app(settings).test_client()
    page = client.get("/help/https")

    assert page.status_code == 200
    assert "没有运行 HTTPS" in page.text
    assert "root.crt" not in page.text
    assert client.get("/help/https/root.crt").status_code == 404
    root.make_once(tmp_path, ())  # from a time when it was on
    page = client.get("/help/https")
    assert "没有运行 HTTPS" in page.text
    assert "https://" not in page.text


def test_a_name_is_certified_if_it_is_this_machine_s(client):
    def status(name):
        return client.get("/help/https/own", query_string={"domain": name}).status_code

    own = ["localhost", "127.0.0.1", "::1", LAN, *names.host_names()]
    assert {name: status(name) for name in own} == dict.fromkeys(own, 204)
    others = ["", "bank.example", "203.0.113.9", "0.0.0.0", "::", "224.0.0.1", "1", "a b"]
    assert {name: status(name) for name in others} == dict.fromkeys(others, 404)


def test_the_root_is_made_once_and_vouches_for_this_network_alone(tmp_path):
    made = root.make_once(tmp_path, ("weiwang.cn", "203.0.113.5"))

    assert root.make_once(tmp_path, ()) == made
    good = ["localhost", "box.local", "weiwang.cn", "192.168.8.5", "10.1.2.3", "::1", LAN]
    assert [one for one in good if not root.covers(made, one)] == []
    assert [
        one for one in ("icbc.com.cn", "notweiwang.cn", "8.8.8.8", "2001:db8::1")
        if root.covers(made, one)
    ] == []  # fmt: skip
    assert root.key_path(tmp_path).stat().st_mode & 0o077 == 0


def test_the_key_is_believed_from_caddy_alone(app, base_settings):
    key = front.key(base_settings)
    account = create_account("secretary", create_town().community.path)
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
    for given, name in ((key, security.SECURE_COOKIE), ("x" * 64, security.PLAIN_COOKIE)):
        client = app.test_client()
        log_in(client, account)
        answer = client.post(
            "/locale", data={"locale": "en"}, headers=forwarded | {front.KEY_HEADER: given}
        )
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith(f"{name}=")
        assert ("Secure" in cookie) == (name == security.SECURE_COOKIE)


@pytest.mark.parametrize("value", ["no", "0", "70000", "-1"])
def test_a_port_of_https_that_is_none_stops_the_start(value):
    with pytest.raises(ValueError, match="INTRANET_HTTPS_PORT"):
        Settings.from_env({"INTRANET_HTTPS_PORT": value, "INTRANET_SECRET_KEY": "x"})


def test_a_name_of_https_that_is_none_stops_the_start():
    given = {"INTRANET_SECRET_KEY": "x", "INTRANET_HTTPS_NAMES": "Box.LAN, fd00:0::5"}
    assert Settings.from_env(given).https_names == ("box.lan", "fd00::5")
    with pytest.raises(ValueError, match="INTRANET_HTTPS_NAMES"):
        Settings.from_env(given | {"INTRANET_HTTPS_NAMES": "https://box"})


def test_what_is_not_needed_is_given_up_alone(tmp_path):
    program = (
        "import sys; from pathlib import Path; from intranet import processes as p\n"
        "p.PAUSE_SECONDS = 0.1\n"
        f"house = p.Household(Path({str(tmp_path / 'said')!r}))\n"
        "house.add_process('good', 'sleep 6; exit 0')\n"
        "house.add_process('spare', 'exit 3', needed=False)\n"
        "house.loop(); sys.exit(house.returncode)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=HOUSE, stdout=subprocess.PIPE, text=True
    )
    said = ""
    for line in process.stdout:
        said += line
        if "goes on without it" in line:
            break
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=30)

    assert "spare ended 5 times within 60 s (exit status 3)" in said
    assert "is stopped too" not in said + rest
    assert process.returncode == 130


@pytest.mark.parametrize(
    "name", ["127.1.2.3", "::ffff:127.0.0.1", "0:0:0:0:0:0:0:1", "::0:1", "0.0.0.0", "224.0.0.1"]
)
def test_other_spellings_and_the_rest_of_the_loopback_get_no_certificate(name):
    assert not names.is_own(name, ())
