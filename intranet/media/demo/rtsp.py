"""RTSP 1.0 (RFC 2326) as a camera speaks it, over TCP alone: one connection, one session."""

from __future__ import annotations

import asyncio
import re
import secrets
from typing import TYPE_CHECKING, cast
from urllib.parse import unquote, urlsplit

from intranet.media.demo import loudspeaker
from intranet.media.demo.camera import STREAMS
from intranet.media.demo.digest import Verdict
from intranet.media.demo.loudspeaker import Loudspeaker
from intranet.media.demo.play import SOUND_TYPE, VIDEO_TYPE, Player

if TYPE_CHECKING:
    from intranet.media.demo.camera import DemoCamera
    from intranet.media.demo.loop import Loop
    from intranet.media.demo.stage import Stage

REQUEST_BYTES = 16 * 1024
IDLE_SECONDS = 60  # a connection that plays nothing is closed
CONNECTIONS = 600
METHODS = "OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN"
REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    454: "Session Not Found",
    455: "Method Not Valid in This State",
    461: "Unsupported Transport",
    503: "Service Unavailable",
    551: "Option not supported",
}


class Refusal(Exception):  # noqa: N818 - an answer, not a fault
    """An answer other than 200, with its headers."""

    def __init__(self, status: int, **headers: str) -> None:
        super().__init__(REASONS[status])
        self.status, self.headers = status, headers


class Request:
    """One request: method, URL and headers (names in lower case)."""

    def __init__(self, head: str) -> None:
        lines = head.split("\r\n")
        words = lines[0].split(" ")
        if len(words) != 3 or words[2] != "RTSP/1.0":
            raise Refusal(400)
        self.method, self.url = words[0], words[1]
        pairs = (line.partition(":") for line in lines[1:])
        self.headers = {name.strip().lower(): value.strip() for name, _, value in pairs}

    @property
    def places(self) -> list[str]:
        """The parts of the URL's path: code, stream, and perhaps a track."""
        return [unquote(part) for part in urlsplit(self.url).path.split("/") if part]


class Connection(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, stage: Stage, connections: set[Connection]) -> None:
        self.stage, self.connections = stage, connections
        self.received = b""
        self.session = secrets.token_hex(8)
        self.player: Player | None = None
        self.loudspeaker: Loudspeaker | None = None
        self.spoken_to = ""  # the code of the camera that has it

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection, or drop it when there are too many."""
        self.transport = cast("asyncio.Transport", transport)
        if len(self.connections) >= CONNECTIONS:
            self.transport.abort()
            return
        self.connections.add(self)
        asyncio.get_running_loop().call_later(IDLE_SECONDS, self._drop_if_idle)

    def _drop_if_idle(self) -> None:
        plays = self.player is not None and self.player.beats
        if not plays and self.loudspeaker is None:
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the client."""
        del exc
        self.connections.discard(self)
        self._stop()

    def _stop(self) -> None:
        if self.player:
            self.player.stop()
            self.player = None
        if self.loudspeaker:
            self.loudspeaker.leave(self.stage.heard, self.spoken_to)
            self.loudspeaker = None

    def data_received(self, data: bytes) -> None:
        """Answer whole requests; take what is said to the loudspeaker, skip the client's RTCP."""
        self.received += data
        while self.received:
            if self.received[:1] == b"$":
                if len(self.received) < 4:
                    return
                length = 4 + int.from_bytes(self.received[2:4], "big")
                if len(self.received) < length:
                    return
                if self.loudspeaker and self.received[1] == self.loudspeaker.channel:
                    self.loudspeaker.take(self.received[4:length])
                self.received = self.received[length:]
                continue
            head, found, rest = self.received.lstrip(b"\r\n").partition(b"\r\n\r\n")
            body = re.search(rb"(?im)^content-length:\s*(\d{1,5})\s*$", head)
            length = int(body[1]) if body else 0
            if len(head) + length > REQUEST_BYTES:
                self.transport.abort()
                return
            if not found or len(rest) < length:
                return
            self.received = rest[length:]
            self._answer(head.decode("utf-8", "replace"))

    def _answer(self, head: str) -> None:
        request: Request | None = None
        body = ""
        try:
            request = Request(head)
            headers, body = self._handle(request)
            status = 200
        except Refusal as refusal:
            status, headers = refusal.status, refusal.headers
        lines = [f"RTSP/1.0 {status} {REASONS[status]}"]
        if request and "cseq" in request.headers:
            lines.append(f"CSeq: {request.headers['cseq']}")
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if body:
            lines.append(f"Content-Length: {len(body.encode())}")
        self.transport.write(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
        if request and request.method == "PLAY" and status == 200 and self.player:
            self.player.start()

    def _handle(self, request: Request) -> tuple[dict[str, str], str]:
        """Return headers and body of the answer; raises ``Refusal``."""
        if request.headers.get("require", loudspeaker.REQUIRE) != loudspeaker.REQUIRE:
            raise Refusal(551, Unsupported=request.headers["require"])
        match request.method:
            case "OPTIONS" | "GET_PARAMETER":
                return {"Public": METHODS}, ""
            case "DESCRIBE":
                return self._describe(request)
            case "SETUP":
                return self._setup(request), ""
            case "PLAY":
                return self._play(request), ""
            case "TEARDOWN":
                self._stop()
                return {}, ""
        raise Refusal(405, Allow=METHODS)

    def _camera(self, request: Request) -> tuple[DemoCamera, str]:
        """Return the camera and stream a request is about, if it may be asked."""
        places = request.places
        camera = self.stage.cameras.get(places[0]) if len(places) > 1 else None
        if camera is None or places[1] not in STREAMS:
            raise Refusal(404)
        if camera.password:
            keeper, header = self.stage.doorkeeper, request.headers.get("authorization", "")
            verdict = keeper.check(header, request.method, camera.user, camera.password)
            if verdict is not Verdict.GOOD:
                challenge = keeper.challenge(stale=verdict is Verdict.STALE)
                raise Refusal(401, WWW_Authenticate=challenge)
        return camera, places[1]

    def _loop(self, camera: DemoCamera, stream: str) -> Loop:
        loop = self.stage.loop(camera, stream)
        if loop is None or (camera.has_sound and not self.stage.sound()):
            raise Refusal(503, Retry_After="5")
        return loop

    def _describe(self, request: Request) -> tuple[dict[str, str], str]:
        camera, stream = self._camera(request)
        lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", f"s={camera.code}", "t=0 0", "a=control:*"]
        lines += [f"m=video 0 RTP/AVP {VIDEO_TYPE}", f"a=rtpmap:{VIDEO_TYPE} H264/90000"]
        loop = self._loop(camera, stream)
        lines += [f"a=fmtp:{VIDEO_TYPE} {loop.format_line}"]
        lines += [f"a=framerate:{loop.frames_per_second}", "a=control:video"]
        if camera.has_sound and stream == "main":
            lines += [f"m=audio 0 RTP/AVP {SOUND_TYPE}", f"a=rtpmap:{SOUND_TYPE} PCMA/8000"]
            lines += ["a=control:audio"]
        if "require" in request.headers:
            lines += loudspeaker.described()
        base = request.url.rstrip("/") + "/"
        headers = {"Content_Type": "application/sdp", "Content_Base": base}
        return headers, "\r\n".join(lines) + "\r\n"

    def _setup(self, request: Request) -> dict[str, str]:
        camera, stream = self._camera(request)
        track = request.places[2] if len(request.places) == 3 else ""
        tracks = {"video", "audio"} if camera.has_sound and stream == "main" else {"video"}
        is_talk = track == loudspeaker.TRACK and "require" in request.headers
        if track not in tracks and not is_talk:
            raise Refusal(404)
        transport = request.headers.get("transport", "")
        channel = re.search(r"RTP/AVP/TCP\b.*\binterleaved=(\d{1,3})", transport)
        if channel is None or not 0 <= int(channel[1]) < 255:
            raise Refusal(461)
        if is_talk:
            self.loudspeaker, self.spoken_to = Loudspeaker(int(channel[1])), camera.code
            told = f"RTP/AVP/TCP;unicast;interleaved={channel[1]}-{int(channel[1]) + 1}"
            return {"Transport": told, "Session": f"{self.session};timeout=60"}
        if self.player is None:
            loop = self._loop(camera, stream)
            self.player = Player(self.transport, loop, self.stage.sound())
        elif self.player.beats:
            raise Refusal(455)
        first = int(channel[1])
        source = self.player.add_track(track, first).source
        told = f"RTP/AVP/TCP;unicast;interleaved={first}-{first + 1};ssrc={source:08X}"
        return {"Transport": told, "Session": f"{self.session};timeout=60"}

    def _play(self, request: Request) -> dict[str, str]:
        self._camera(request)
        if self.loudspeaker is not None and self.player is None:
            return {"Session": self.session, "Range": "npt=0.000-"}
        if self.player is None or request.headers.get("session", "").split(";")[0] != self.session:
            raise Refusal(454)
        base = request.url.rstrip("/")
        tracks = (("video", self.player.video), ("audio", self.player.audio))
        info = ",".join(
            f"url={base}/{name};seq={track.sequence};rtptime={track.timestamp}"
            for name, track in tracks
            if track
        )
        return {"Session": self.session, "Range": "npt=0.000-", "RTP_Info": info}
