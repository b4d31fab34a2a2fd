"""The demo cameras' server, met by real RTSP clients and by a rude one."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
import signal
import socket
import subprocess
import sys
import time

import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from media.rig.rig import SYSTEM_PYTHON, need_gstreamer
from media.talking import decoded, say
from media.voices import strength

from intranet.media.demo import digest
from intranet.media.demo.camera import SOUND_EVERY, DemoCamera, url
from intranet.media.demo.digest import Doorkeeper, Verdict
from intranet.media.demo.encoder import encode, encode_sound
from intranet.media.door import TalkTrouble
from intranet.media.talk.backchannel import Backchannel

pytestmark = pytest.mark.alone  # it counts pictures a second
PASSWORD = "p@ss/1:x"
LOUD = next(
    code
    for code in (f"S-{number:03}" for number in range(200))
    if DemoCamera(code, "").seed % SOUND_EVERY == 0
)
QUIET = next(
    code
    for code in (f"Q-{number:03}" for number in range(200))
    if DemoCamera(code, "").seed % SOUND_EVERY != 0
)
OPEN = DemoCamera(QUIET, "东街口")
LOCKED = DemoCamera(LOUD, "文化广场", "viewer", PASSWORD)
PROGRAM = """
import sys
from pathlib import Path
from intranet.media.demo.camera import DemoCamera
from intranet.media.demo.server import main
cameras = [DemoCamera(*line.split("|")) for line in sys.argv[3:]]
main(cameras, int(sys.argv[1]), Path(sys.argv[2]))
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(folder, *cameras):
    """Start the server's process and wait until it listens."""
    port = free_port()
    told = ["|".join((one.code, one.name, one.user, one.password)) for one in cameras]
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(port), str(folder), *told])
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return process, port
    raise AssertionError("the demo cameras do not listen")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    process, port = start(tmp_path_factory.mktemp("data"), OPEN, LOCKED)
    deadline = time.monotonic() + 60
    statuses = []
    while time.monotonic() < deadline and "200" not in statuses:
        client = Client(port)
        statuses.append(client.ask("DESCRIBE", "/" + OPEN.code + "/main")[0])
        statuses.append(client.login("DESCRIBE", "/" + LOCKED.code + "/main"))
        client.close()
        if statuses[-2:] == ["200", "200"]:
            break
        assert set(statuses[-2:]) <= {"200", "503"}
        statuses = [status for status in statuses if status == "503"]
        time.sleep(0.2)
    assert "503" in statuses, "a camera that is not drawn yet answers 503"
    yield port
    process.send_signal(signal.SIGTERM)
    assert process.wait(5) == 0


@pytest.fixture
def connect(server):
    """Open connections to the server that end with the test."""
    opened = []

    def open_one():
        opened.append(Client(server))
        return opened[-1]

    yield open_one
    for client in opened:
        client.close()


class Client:
    """A bare RTSP client, so that the test can be as wrong as it likes."""

    def __init__(self, port):
        self.port, self.number = port, 0
        self.socket = socket.create_connection(("127.0.0.1", port), 5)

    def ask(self, method, path, **headers):
        """Return status, headers (lower case) and body of one answer."""
        self.number += 1
        lines = [f"{method} rtsp://127.0.0.1:{self.port}{path} RTSP/1.0", f"CSeq: {self.number}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return self.answer()

    def answer(self):
        data = b""
        while b"\r\n\r\n" not in data:
            piece = self.socket.recv(1)
            if not piece:
                return "closed", {}, ""
            data += piece
        lines = data.decode().strip().split("\r\n")
        pairs = (line.split(": ", 1) for line in lines[1:])
        headers = {name.lower(): value for name, value in pairs}
        body = self.socket.recv(int(headers.get("content-length", 0))).decode()
        assert int(headers["cseq"]) == self.number
        return lines[0].split(" ")[1], headers, body

    def login(self, method, path, password=PASSWORD, nonce=None):
        """Answer the digest challenge; return the status."""
        status, headers, _ = self.ask(method, path)
        assert status == "401"
        realm, fresh = re.search(
            r'realm="([^"]*)", nonce="([^"]*)"', headers["www-authenticate"]
        ).groups()
        nonce, uri = nonce or fresh, f"rtsp://127.0.0.1:{self.port}{path}"
        value = authorization("viewer", password, realm=realm, nonce=nonce, uri=uri, method=method)
        return self.ask(method, path, Authorization=value)[0]

    def packet(self):
        """Return channel and content of one interleaved packet."""
        head = self.socket.recv(4, socket.MSG_WAITALL)
        assert head[0] == 0x24
        return head[1], self.socket.recv(int.from_bytes(head[2:], "big"), socket.MSG_WAITALL)

    def close(self):
        self.socket.close()


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def authorization(user, password, *, realm, nonce, uri, method, qop=""):
    middle = f"{nonce}:00000001:c0ffee:{qop}" if qop else nonce
    response = md5(f"{md5(f'{user}:{realm}:{password}')}:{middle}:{md5(f'{method}:{uri}')}")
    more = f', qop={qop}, nc=00000001, cnonce="c0ffee"' if qop else ""
    return (
        f'Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{uri}",'
        f' response="{response}"{more}'
    )


@pytest.mark.parametrize("qop", ["", "auth"])
def test_a_right_answer_opens_until_its_nonce_is_old(monkeypatch, qop):
    keeper = Doorkeeper("IP Camera(demo)")
    nonce = keeper.nonce(int(time.time()))
    told = {
        "realm": keeper.realm,
        "nonce": nonce,
        "uri": "rtsp://x/y",
        "method": "PLAY",
        "qop": qop,
    }
    header = authorization("viewer", PASSWORD, **told)
    assert keeper.check(header, "PLAY", "viewer", PASSWORD) is Verdict.GOOD
    assert keeper.check(header, "SETUP", "viewer", PASSWORD) is Verdict.WRONG
    assert keeper.check(header, "PLAY", "viewer", "other") is Verdict.WRONG
    assert keeper.check(header, "PLAY", "other", PASSWORD) is Verdict.WRONG
    later = time.time() + digest.NONCE_SECONDS + 2
    monkeypatch.setattr(digest.time, "time", lambda: later)
    assert keeper.check(header, "PLAY", "viewer", PASSWORD) is Verdict.STALE


@pytest.mark.parametrize(
    "header", ["", "Basic eDp5", "Digest", 'Digest username="viewer", nonce=é']
)
def test_nonsense_is_a_wrong_answer(header):
    assert Doorkeeper("r").check(header, "PLAY", "viewer", PASSWORD) is Verdict.WRONG


def test_a_made_up_nonce_is_stale_not_good():
    keeper = Doorkeeper("r")
    told = {"realm": "r", "nonce": f"{int(time.time()):x}-0", "uri": "u", "method": "PLAY"}
    header = authorization("viewer", PASSWORD, **told)
    assert keeper.check(header, "PLAY", "viewer", PASSWORD) is Verdict.STALE


def test_a_locked_camera_opens_to_its_password_alone(connect):
    path = f"/{LOCKED.code}/main"
    assert connect().login("DESCRIBE", path) == "200"
    assert connect().login("DESCRIBE", path, password="wrong") == "401"
    assert (
        connect().ask("SETUP", path + "/video", Transport="RTP/AVP/TCP;interleaved=0-1")[0] == "401"
    )
    assert connect().ask("PLAY", path)[0] == "401"


def test_a_right_password_with_an_old_nonce_is_told_so(server, connect):
    client = connect()
    path = f"/{LOCKED.code}/main"
    old = f"{int(time.time()) - 3600:x}-{'0' * 24}"
    assert client.login("DESCRIBE", path, nonce=old) == "401"
    realm = "IP Camera(demo)"
    uri = f"rtsp://127.0.0.1:{server}{path}"
    value = authorization("viewer", PASSWORD, realm=realm, nonce=old, uri=uri, method="DESCRIBE")
    assert "stale=TRUE" in client.ask("DESCRIBE", path, Authorization=value)[1]["www-authenticate"]


def test_what_it_cannot_do_is_refused_by_name(connect):
    client, path = connect(), f"/{OPEN.code}/main"
    assert client.ask("DESCRIBE", "/nobody/main")[0] == "404"
    assert client.ask("DESCRIBE", f"/{OPEN.code}/third")[0] == "404"
    assert client.ask("RECORD", path)[0] == "405"
    back = client.ask("DESCRIBE", path, Require="www.example.org/none")
    assert (back[0], back[1]["unsupported"]) == ("551", "www.example.org/none")
    assert (
        client.ask("SETUP", path + "/video", Transport="RTP/AVP;unicast;client_port=5000-5001")[0]
        == "461"
    )
    assert client.ask("SETUP", path + "/audio", Transport="RTP/AVP/TCP;interleaved=0-1")[0] == "404"
    assert client.ask("PLAY", path, Session="none")[0] == "454"
    assert client.ask("OPTIONS", path)[0] == "200"


def test_an_endless_request_is_cut_off(connect):
    client = connect()
    client.socket.sendall(b"DESCRIBE rtsp://x RTSP/1.0\r\n" + b"X: y\r\n" * 4000)
    with contextlib.suppress(ConnectionResetError):
        assert client.socket.recv(100) == b""


def test_packets_follow_each_other_and_the_camera_answers_while_it_plays(connect):
    client, path = connect(), f"/{OPEN.code}/sub"
    told = client.ask("SETUP", path + "/video", Transport="RTP/AVP/TCP;unicast;interleaved=4-5")[1]
    play = client.ask("PLAY", path, Session=told["session"].split(";")[0])
    sequence = int(re.search(r"seq=(\d+)", play[1]["rtp-info"])[1])
    began, pictures = time.monotonic(), 0
    while pictures < 30:
        channel, content = client.packet()
        if channel == 5:
            assert content[1] == 200  # a sender report
            continue
        assert channel == 4
        assert int.from_bytes(content[2:4], "big") == sequence
        sequence = (sequence + 1) % 65536
        pictures += content[1] >> 7
    assert 2.2 < time.monotonic() - began < 3.5


def frames_of(address, seconds=3):
    """Return how many pictures ffmpeg decodes in some seconds, and what it says."""
    command = [get_ffmpeg_exe(), "-hide_banner", "-nostdin", "-rtsp_transport", "tcp"]
    command += ["-i", address, "-t", str(seconds), "-f", "null", "-"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    counts = re.findall(r"frame=\s*(\d+)", done.stderr)
    return (int(counts[-1]) if counts else 0), done.stderr


def test_ffmpeg_plays_picture_and_sound(server):
    count, words = frames_of(url(LOCKED, "main", server))
    assert 33 <= count <= 39
    assert "960x540" in words
    assert "pcm_alaw, 8000 Hz" in words
    assert "error" not in words.lower()
    assert frames_of(url(OPEN, "sub", server), 1)[0] >= 11


GSTREAMER = """
import sys, gi
gi.require_version("Gst", "1.0")
from gi.repository import Gst
Gst.init(None)
login = f"user-id={sys.argv[2]} user-pw={sys.argv[3]}" if len(sys.argv) > 2 else ""
line = Gst.parse_launch(f"rtspsrc name=s protocols=tcp latency=0 location={sys.argv[1]} {login}"
    " s. ! rtph264depay ! h264parse ! avdec_h264 ! fakesink name=f signal-handoffs=true sync=false")
count = [0]
def seen(*_):
    count[0] += 1
line.get_by_name("f").connect("handoff", seen)
line.set_state(Gst.State.PLAYING)
message = line.get_bus().timed_pop_filtered(4 * Gst.SECOND, Gst.MessageType.ERROR)
line.set_state(Gst.State.NULL)
print(count[0], message.parse_error() if message else "")
"""


@pytest.mark.gstreamer
def test_gstreamer_plays_it(server):
    need_gstreamer()
    for camera, login in ((OPEN, []), (LOCKED, ["viewer", PASSWORD])):
        address = f"rtsp://127.0.0.1:{server}/{camera.code}/main"
        command = [SYSTEM_PYTHON, "-c", GSTREAMER, address, *login]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
        assert int(done.stdout.split()[0]) >= 36, done.stdout + done.stderr


def test_a_second_start_finds_its_loops_and_sweeps_what_is_left_over(tmp_path):
    folder = tmp_path / "demo-cameras"
    folder.mkdir()
    asyncio.run(encode(OPEN, folder, get_ffmpeg_exe()))
    asyncio.run(encode_sound(folder, get_ffmpeg_exe()))
    (folder / "GONE-0123.main.h264").write_bytes(b"old")
    (folder / "drawing-half").mkdir()
    kept = sorted(path.name for path in folder.glob(f"{OPEN.code}*"))
    process, port = start(tmp_path, OPEN)
    client = Client(port)
    assert client.ask("DESCRIBE", f"/{OPEN.code}/main")[0] == "200"
    client.close()
    process.send_signal(signal.SIGINT)
    assert process.wait(5) == 0
    assert sorted(path.name for path in folder.iterdir()) == [*kept, "street.alaw"]


def test_one_can_speak_through_a_demo_camera_and_listen_to_what_was_heard(tmp_path):
    process, port = start(tmp_path, OPEN, LOCKED)
    try:
        address = url(LOCKED, "main", port)
        deadline = time.monotonic() + 60
        while (report := say(Backchannel(address))).trouble is TalkTrouble.NOT_READY:
            assert time.monotonic() < deadline  # 503: its pictures are being drawn
            time.sleep(0.5)
        assert report.trouble is None
        heard = (tmp_path / "demo-heard" / f"{LOCKED.code}.wav").read_bytes()
        start_of_sound = heard.index(b"data") + 8
        samples = decoded(heard[start_of_sound:])
        assert abs(len(samples) / 8000 - 1.0) <= 0.06
        assert strength(samples[2000:6000], 700) > 0.85
    finally:
        process.terminate()
        process.wait(20)
