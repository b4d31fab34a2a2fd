"""Cameras with loudspeakers for the tests: each records what arrived, and when.

``OnvifCamera`` speaks RTSP with the ONVIF back channel, ``HikvisionCamera`` ISAPI, ``DahuaCamera``
its CGI. Each is told how to misbehave by keyword. They are ours; that they speak the protocols
right is shown by GStreamer's own ONVIF server, which hears the same driver
(``gst_loudspeaker.py``).
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import secrets
import socket
import socketserver
import threading
import time
from dataclasses import dataclass, field

USER, PASSWORD = "camera", "k7@Secret:9/x"


@dataclass
class Heard:
    """One stretch of sound: each packet's time and sound, in the order they came."""

    at: list[float] = field(default_factory=list)
    pieces: list[bytes] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)

    @property
    def sound(self):
        return b"".join(self.pieces)

    def take(self, piece, head=b""):
        self.at.append(time.monotonic())
        self.pieces.append(piece)
        self.heads.append(head)


class Guard:
    """Digest as a camera asks for it."""

    def __init__(
        self, qop=False, algorithm="MD5", stale_after=0, password=PASSWORD, says_stale=True
    ):
        self.qop, self.algorithm, self.password = qop, algorithm, password
        self.stale_after = stale_after  # uses of a nonce before it is stale; 0: never
        self.says_stale = says_stale  # else a fresh nonce is all that tells
        self.nonce, self.uses, self.counts = secrets.token_hex(8), 0, set()

    def challenge(self, stale=False):
        words = f'Digest realm="IP Camera(C1234)", nonce="{self.nonce}"'
        words += ', qop="auth"' if self.qop else ""
        words += f", algorithm={self.algorithm}" if self.algorithm != "MD5" else ""
        return words + (', stale="TRUE"' if stale else "")

    def check(self, header, method, uri):
        """Return None when all is well, else the challenge to send."""
        if not header.startswith("Digest "):
            self.nonce, self.uses, self.counts = secrets.token_hex(8), 0, set()
            return self.challenge()
        values = dict(re.findall(r'(\w+)="?([^",]*)"?', header[7:]))
        if self.stale_after and self.uses >= self.stale_after:
            self.nonce, self.uses, self.counts = secrets.token_hex(8), 0, set()
            return self.challenge(stale=self.says_stale)
        hashed = hashlib.sha256 if self.algorithm == "SHA-256" else hashlib.md5

        def h(*parts):
            return hashed(":".join(parts).encode()).hexdigest()

        between = [values.get("nc", ""), values.get("cnonce", ""), "auth"] if self.qop else []
        secret = h(USER, "IP Camera(C1234)", self.password)
        wanted = h(secret, self.nonce, *between, h(method, uri))
        fits = values.get("response") == wanted and values.get("uri") == uri
        if not fits or values.get("nonce") != self.nonce:
            if not self.says_stale:
                self.nonce, self.uses, self.counts = secrets.token_hex(8), 0, set()
            return self.challenge()
        if self.qop:
            assert values["nc"] not in self.counts, "a count is used once with a nonce"
            self.counts.add(values["nc"])
        self.uses += 1
        return None


class Camera:
    """A server in threads of its own, on a port of its own."""

    def __init__(self, **faults):
        self.faults, self.heard, self.asked = faults, [], []
        self.opened = self.closed = 0
        self.guard = faults.get("guard")
        camera = self

        class Handler(socketserver.StreamRequestHandler):
            timeout = 20

            def handle(self):
                with contextlib.suppress(ConnectionError, TimeoutError, ValueError):
                    camera.serve(self)

        socketserver.ThreadingTCPServer.allow_reuse_address = True
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def sees_it_closed(self, times=1):
        """Wait until the channel was closed so often: a hang-up is noticed a moment later."""
        deadline = time.monotonic() + 10
        while self.closed < times and time.monotonic() < deadline:
            time.sleep(0.01)
        return self.closed == times

    def request(self, file):
        """Return the first line's words and the headers, or None at the end."""
        first = file.readline(65536)
        if not first:
            return None
        headers = {}
        while (line := file.readline(65536)) not in {b"\r\n", b""}:
            name, _colon, value = line.decode().partition(":")
            headers[name.strip().lower()] = value.strip()
        words = first.decode().split()
        self.asked.append((words[0], words[1], headers))
        return words, headers

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class OnvifCamera(Camera):
    """RTSP with a back channel, interleaved.

    Faults: ``sdp``, ``status`` (by method), ``interleaved``, ``ssrc``, ``base``, ``control``,
    ``drop_after`` packets, ``silent`` (methods it never answers), ``slow`` (seconds before each
    answer), ``timeout``.
    """

    def url(self, path="/Streaming/Channels/101", password=PASSWORD):
        from urllib.parse import quote

        login = f"{USER}:{quote(password, safe='')}@" if self.guard else ""
        return f"rtsp://{login}127.0.0.1:{self.port}{path}"

    def sdp(self):
        control = self.faults.get("control", "trackID=4")
        return self.faults.get("sdp") or (
            "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nt=0 0\r\na=control:*\r\n"
            "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=recvonly\r\na=control:trackID=1\r\n"
            "m=audio 0 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=recvonly\r\na=control:trackID=2\r\n"
            "m=audio 0 RTP/AVP 0 8\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
            f"a=sendonly\r\na=control:{control}\r\n"
        )

    def serve(self, handler):
        heard, playing, packets = Heard(), False, 0
        while True:
            sign = handler.rfile.read(1)
            if not sign:
                break
            if sign == b"$":
                assert playing, "no sound before PLAY's 200"
                channel, size = handler.rfile.read(1)[0], handler.rfile.read(2)
                packet = handler.rfile.read(int.from_bytes(size, "big"))
                if not heard.at:
                    self.heard.append(heard)
                assert channel == self.channel
                heard.take(packet[12:], packet[:12])
                packets += 1
                if packets == self.faults.get("drop_after"):
                    handler.connection.shutdown(socket.SHUT_RDWR)
                    break
                continue
            asked = self.request(_Pushed(sign, handler.rfile))
            if asked is None:
                break
            (method, uri, *_rest), headers = asked
            if method in self.faults.get("silent", ()):
                continue
            answer = self.answer(method, uri, headers)
            time.sleep(self.faults.get("slow", 0))
            playing = playing or (method == "PLAY" and " 200 " in answer.split("\r\n")[0])
            handler.wfile.write(answer.encode())

    def answer(self, method, uri, headers):
        def say(status, *lines, body=""):
            tail = [f"Content-Length: {len(body)}"] if body else []
            head = [f"RTSP/1.0 {status}", f"CSeq: {headers.get('cseq', 0)}", *lines, *tail]
            return "\r\n".join([*head, "", body])

        refused = (
            self.guard.check(headers.get("authorization", ""), method, uri) if self.guard else None
        )
        if refused:
            return say("401 Unauthorized", f"WWW-Authenticate: {refused}")
        status = self.faults.get("status", {}).get(method)
        if status:
            return say(status)
        if headers.get("require") != "www.onvif.org/ver20/backchannel" and method != "OPTIONS":
            return say("404 Not Found")  # it has no pictures to show, only a way back
        if method == "DESCRIBE":
            base = self.faults.get("base", f"rtsp://127.0.0.1:{self.port}/Streaming/Channels/101/")
            lines = ["Content-Type: application/sdp"]
            return say(
                "200 OK", *lines, *([f"Content-Base: {base}"] if base else []), body=self.sdp()
            )
        if method == "SETUP":
            self.opened += 1
            chosen = self.faults.get("interleaved", "0-1")
            self.channel = int(chosen.split("-")[0])
            ssrc = f";ssrc={self.faults['ssrc']}" if "ssrc" in self.faults else ""
            timeout = self.faults.get("timeout", 60)
            return say(
                "200 OK",
                f"Session: 1185d20035702ca;timeout={timeout}",
                f"Transport: RTP/AVP/TCP;unicast;interleaved={chosen}{ssrc}",
            )
        if method == "TEARDOWN":
            self.closed += 1
        return say("200 OK", "Session: 1185d20035702ca")


class _Pushed:
    """A file with one byte put back."""

    def __init__(self, first, file):
        self.first, self.file = first, file

    def readline(self, size):
        first, self.first = self.first, b""
        return first + self.file.readline(size)


class HttpCamera(Camera):
    """What the two makers' cameras have in common."""

    def url(self, password=PASSWORD):
        from urllib.parse import quote

        return f"http://{USER}:{quote(password, safe='')}@127.0.0.1:{self.port}"

    def say(self, handler, status, body="", *lines):
        head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *lines, "", body]
        handler.wfile.write("\r\n".join(head).encode())

    def refuses(self, handler, words, headers):
        refused = (
            self.guard.check(headers.get("authorization", ""), words[0], words[1])
            if self.guard
            else None
        )
        if refused:
            self.say(handler, "401 Unauthorized", "", f"WWW-Authenticate: {refused}")
        return bool(refused)

    def listen(self, handler):
        """Take raw sound until the other side hangs up, or it is time to."""
        heard = Heard()
        while piece := handler.rfile.read1(4096):
            if not heard.at:
                self.heard.append(heard)
            heard.take(piece)
            if len(heard.at) == self.faults.get("drop_after"):
                handler.connection.shutdown(socket.SHUT_RDWR)
                return


class HikvisionCamera(HttpCamera):
    """ISAPI two-way audio. Faults: ``kind``, ``open_status``, ``open_body``, ``drop_after``."""

    is_open = False

    def serve(self, handler):
        while (asked := self.request(handler.rfile)) is not None:
            words, headers = asked
            if self.refuses(handler, words, headers):
                continue
            what = words[1].rsplit("/", 1)[-1]
            if what == "channels":
                kind = self.faults.get("kind", "G.711ulaw")
                self.say(
                    handler,
                    "200 OK",
                    '<?xml version="1.0" encoding="UTF-8"?><TwoWayAudioChannelList version="2.0">'
                    '<TwoWayAudioChannel version="2.0"><id>1</id><enabled>false</enabled>'
                    f"<audioCompressionType>{kind}</audioCompressionType></TwoWayAudioChannel>"
                    "</TwoWayAudioChannelList>",
                )
            elif what == "open":
                if self.is_open or "open_status" in self.faults:
                    status = self.faults.get("open_status", "403 Forbidden")
                    self.say(handler, status, self.faults.get("open_body", "deviceBusy"))
                    continue
                self.is_open, self.opened = True, self.opened + 1
                self.say(
                    handler,
                    "200 OK",
                    "<TwoWayAudioSession><sessionId>1</sessionId></TwoWayAudioSession>",
                )
            elif what == "close":
                self.closed += self.is_open
                self.is_open = False
                self.say(handler, "200 OK")
            elif what == "audioData":
                assert headers["content-length"] == "0"
                self.say(handler, "200 OK")
                self.listen(handler)
                return


class DahuaCamera(HttpCamera):
    """audio.cgi. Faults: ``post_status``, ``drop_after``."""

    def serve(self, handler):
        while (asked := self.request(handler.rfile)) is not None:
            words, headers = asked
            if self.refuses(handler, words, headers):
                continue
            if "post_status" in self.faults and words[0] == "POST":
                self.say(handler, self.faults["post_status"])
                return
            if words[0] == "POST":
                assert headers["content-type"] == "Audio/G.711A"
                self.opened += 1
                self.listen(handler)
                self.closed += 1
                return
            self.say(handler, "200 OK", "type=IPC-HDW1230")
