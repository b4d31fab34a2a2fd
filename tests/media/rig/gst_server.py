"""A third party's RTSP server for the tests: GStreamer's gst-rtsp-server with camera-like mounts.

Run with the system's Python (``/usr/bin/python3``, which has ``gi``):

    gst_server.py [--port 0] [--size 640x360] [--fps 25] [--gop-seconds 2]

Prints ``READY <port>`` on standard output, then obeys lines on standard input and answers each
with ``OK …`` or ``ERROR …``:

    stall /path        frames and sound stop, the TCP connection stays open
    stall-video /path  only the frames stop, the sound goes on
    resume /path       goes on again
    jump SECONDS       moves the RTP timestamps of /odd that far, from now on
    clients            number of connected sessions
    quit

It ends when its standard input closes, so a killed test run leaves nothing behind. Mounts:

    /main    H.264 + PCMA          /pcmu  H.264 + PCMU        /silent  H.264 alone
    /digest  H.264, RTSP digest    /h265  H.265, 10 fps + PCMA       /audio   PCMA alone, no video
    /sub     H.264, 480x270        /odd   H.264 whose timestamps jump an hour
                                                            every 10 s, there and back

Every picture moves and carries the wall clock as a barcode (``barcode.py``).
"""

from __future__ import annotations

import argparse
import array
import itertools
import math
import sys
import threading
import time
from functools import partial
from typing import TYPE_CHECKING

import barcode
import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DIGEST_USER = "camera"
DIGEST_PASSWORD = "k7@Secret:9/x"
ODD_JUMP_SECONDS = 3600
ODD_PERIOD_SECONDS = 10
TONE_SECONDS = 0.04
# 440 Hz does not fit 40 ms; 450 Hz does, so the tone has no clicks.
TONE = array.array(
    "h", (int(1600 * math.sin(2 * math.pi * 450 * n / 8000)) for n in range(320))
).tobytes()


class Picture:
    """I420 frames of a drifting wave and a running block under a barcode of the wall clock."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.strip = max(2, int(height * barcode.STRIP)) & ~1
        span = width + 256
        wave = [90 + abs((column % 256) - 128) // 2 for column in range(span)]
        self.wave = bytes(wave)
        self.chroma = bytes([118]) * (width * height // 4) + bytes([136]) * (width * height // 4)

    def frame(self, number: int, milliseconds: int) -> bytes:
        """Return frame ``number`` carrying the time ``milliseconds`` (Unix)."""
        width = self.width
        line = barcode.row(milliseconds, width)
        rows = [line * self.strip]
        block_top = self.strip + (number * 3) % max(1, self.height - self.strip - 60)
        block_left = (number * 7) % (width - 80)
        bright = bytes([200]) * 80
        for top in range(self.strip, self.height, 8):
            shift = (number * 2 + top // 8 * 5) % 256
            body = self.wave[shift : shift + width]
            if block_top <= top < block_top + 60:
                body = body[:block_left] + bright + body[block_left + 80 :]
            rows.append(body * min(8, self.height - top))
        rows.append(self.chroma)
        return b"".join(rows)


class Mount:
    """One path of the server: its pipeline, its frames, and the switches a test turns."""

    def __init__(
        self, path: str, size: tuple[int, int], fps: int, gop_seconds: float, **kind: str
    ) -> None:
        self.path, self.fps, self.gop = path, fps, max(1, round(fps * gop_seconds))
        self.video, self.audio = kind.get("video", "h264"), kind.get("audio", "")
        self.picture = Picture(*size)
        self.frames_flow, self.sound_flows = threading.Event(), threading.Event()
        self.resume()
        self.media: GstRtspServer.RTSPMedia | None = None
        self.factory = GstRtspServer.RTSPMediaFactory()
        self.factory.set_launch(self.launch())
        self.factory.set_shared(True)
        self.factory.set_latency(0)
        self.factory.set_suspend_mode(GstRtspServer.RTSPSuspendMode.NONE)
        self.factory.connect("media-configure", self.configure)

    def launch(self) -> str:
        """Return the pipeline in gst-launch's words."""
        parts = []
        if self.video:
            width, height = self.picture.width, self.picture.height
            caps = f"video/x-raw,format=I420,width={width},height={height},framerate={self.fps}/1"
            parts.append(
                f"appsrc name=frames is-live=true format=time"
                f" max-buffers=2 leaky-type=downstream caps={caps} ! {self.encoder()}"
            )
        if self.audio:
            number = 1 if self.video else 0
            codec = "alawenc ! rtppcmapay" if self.audio == "pcma" else "mulawenc ! rtppcmupay"
            parts.append(
                "appsrc name=sound is-live=true format=time"
                " max-buffers=2 leaky-type=downstream"
                " caps=audio/x-raw,format=S16LE,layout=interleaved,rate=8000,channels=1"
                f" ! {codec} name=pay{number} pt={8 if self.audio == 'pcma' else 0}"
            )
        return "( " + " ".join(parts) + " )"

    def encoder(self) -> str:
        """Return encoder and payloader; parameter sets repeat before every keyframe."""
        if self.video == "h265":
            return (
                f"x265enc speed-preset=ultrafast tune=zerolatency key-int-max={self.gop}"
                " bitrate=1500 option-string=scenecut=0:repeat-headers=1:pools=1:frame-threads=1"
                " ! h265parse ! rtph265pay name=pay0 pt=96 config-interval=-1"
            )
        return (
            f"x264enc speed-preset=superfast tune=zerolatency key-int-max={self.gop} bitrate=1500"
            " sliced-threads=false option-string=scenecut=0 ! video/x-h264,profile=main"
            " ! h264parse ! rtph264pay name=pay0 pt=96 config-interval=-1"
        )

    def configure(self, _factory: object, media: GstRtspServer.RTSPMedia) -> None:
        """Remember the fresh pipeline and start its frames."""
        self.media = media
        self.start_feeds(media)

    def start_feeds(self, media: GstRtspServer.RTSPMedia) -> threading.Event:
        """Start frames and sound; they end with the pipeline, which sets the returned event."""
        gone = threading.Event()
        media.connect("unprepared", lambda _media: gone.set())
        numbers = itertools.count()
        feeds = []
        if self.video:
            feeds.append(("frames", 1 / self.fps, self.frames_flow, partial(self.frame, numbers)))
        if self.audio:
            feeds.append(("sound", TONE_SECONDS, self.sound_flows, lambda: TONE))
        for name, period, flows, make in feeds:
            source = self.element(name)
            arguments = (source, period, flows, make, gone)
            threading.Thread(target=feed, args=arguments, daemon=True).start()
        return gone

    def frame(self, numbers: Iterator[int]) -> bytes:
        """Return the next frame with the time of now on it."""
        return self.picture.frame(next(numbers), time.time_ns() // 1_000_000)

    def element(self, name: str) -> Gst.Element | None:
        """Return a named element of the running pipeline."""
        return self.media.get_element().get_by_name_recurse_up(name) if self.media else None

    def stall(self, *, sound: bool) -> None:
        """Stop the frames, and the sound too when asked; connections stay open."""
        self.frames_flow.clear()
        if sound:
            self.sound_flows.clear()

    def resume(self) -> None:
        """Let frames and sound flow."""
        self.frames_flow.set()
        self.sound_flows.set()


class OddMount(Mount):
    """A camera with a bad clock: its packets are made elsewhere and their timestamps moved.

    Moving them inside the server's own pipeline would only make it wait for the hour to pass.
    """

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)
        self.offset_seconds = 0.0

    def launch(self) -> str:
        """Return a pipeline that sends ready packets."""
        return (
            "( appsrc name=pay0 is-live=true do-timestamp=true format=time"
            " caps=application/x-rtp,media=video,clock-rate=90000,encoding-name=H264,payload=96"
            ",packetization-mode=(string)1 )"
        )

    def configure(self, factory: object, media: GstRtspServer.RTSPMedia) -> None:
        """Start the pipeline that makes the packets."""
        inner = Gst.parse_launch(super().launch()[2:-2] + " ! appsink name=packets sync=false")
        out = media.get_element().get_by_name_recurse_up("pay0")
        sink = inner.get_by_name("packets")
        sink.set_property("emit-signals", True)
        sink.connect("new-sample", self.move, out)
        self.inner = inner
        super().configure(factory, media)
        inner.set_state(Gst.State.PLAYING)
        media.connect("unprepared", lambda _media: inner.set_state(Gst.State.NULL))

    def element(self, name: str) -> Gst.Element | None:
        """Return the source of frames in the inner pipeline."""
        return self.inner.get_by_name(name)

    def start_feeds(self, media: GstRtspServer.RTSPMedia) -> threading.Event:
        """Feed the inner pipeline and let the clock jump."""
        gone = super().start_feeds(media)
        threading.Thread(target=self.jump_again, args=(gone,), daemon=True).start()
        return gone

    def move(self, sink: Gst.Element, out: Gst.Element) -> Gst.FlowReturn:
        """Send one packet on, its timestamp moved by the present offset."""
        buffer = sink.emit("pull-sample").get_buffer()
        packet = bytearray(buffer.extract_dup(0, buffer.get_size()))
        stamp = int.from_bytes(packet[4:8], "big") + int(self.offset_seconds * 90000)
        packet[4:8] = (stamp % 2**32).to_bytes(4, "big")
        out.emit("push-buffer", Gst.Buffer.new_wrapped(bytes(packet)))
        return Gst.FlowReturn.OK

    def jump_again(self, gone: threading.Event) -> None:
        """Jump an hour ahead and back, every ten seconds."""
        while not gone.wait(ODD_PERIOD_SECONDS):
            self.offset_seconds = ODD_JUMP_SECONDS - self.offset_seconds


class Rig:
    """The server with its mounts, and the command line that steers it."""

    def __init__(self, options: argparse.Namespace) -> None:
        width, height = (int(part) for part in options.size.split("x"))
        big, gop = (width, height), options.gop_seconds
        self.loop = GLib.MainLoop()
        self.server = GstRtspServer.RTSPServer.new()
        self.server.set_address("127.0.0.1")
        self.server.set_service(str(options.port))
        self.mounts = {
            mount.path: mount
            for mount in (
                Mount("/main", big, options.fps, gop, audio="pcma"),
                Mount("/pcmu", big, options.fps, gop, audio="pcmu"),
                Mount("/silent", big, options.fps, gop),
                Mount("/digest", big, options.fps, gop),
                Mount("/h265", big, 10, gop, video="h265", audio="pcma"),  # x265 is dear
                Mount("/audio", big, options.fps, gop, video="", audio="pcma"),
                Mount("/sub", (480, 270), 10, gop),
                OddMount("/odd", big, options.fps, gop),
            )
        }
        self.server.set_auth(self.authentication())
        table = self.server.get_mount_points()
        for path, mount in self.mounts.items():
            role = "owner" if path == "/digest" else "anyone"
            mount.factory.set_permissions(permissions(role))
            table.add_factory(path, mount.factory)

    def authentication(self) -> GstRtspServer.RTSPAuth:
        """Return digest for the owner's mounts and nothing for the others."""
        auth = GstRtspServer.RTSPAuth.new()
        anyone, owner = GstRtspServer.RTSPToken(), GstRtspServer.RTSPToken()
        anyone.set_string("media.factory.role", "anyone")
        owner.set_string("media.factory.role", "owner")
        auth.set_default_token(anyone)
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(DIGEST_USER, DIGEST_PASSWORD, owner)
        return auth

    def obey(self, line: str) -> str:
        """Carry out one command line and return its answer."""
        words = line.split()
        if words == ["clients"]:
            return f"OK {len(self.server.client_filter(None))}"
        if words == ["quit"]:
            self.loop.quit()
            return "OK"
        if len(words) == 2 and words[0] == "jump":
            self.mounts["/odd"].offset_seconds += float(words[1])
            return "OK"
        if len(words) < 2 or words[1] not in self.mounts:
            return f"ERROR what is {line.strip()!r}?"
        mount = self.mounts[words[1]]
        if words[0] in {"stall", "stall-video"}:
            mount.stall(sound=words[0] == "stall")
        elif words[0] == "resume":
            mount.resume()
        else:
            return f"ERROR what is {words[0]!r}?"
        return "OK"

    def listen(self) -> None:
        """Obey standard input until it closes."""
        for line in sys.stdin:
            print(self.obey(line), flush=True)
        self.loop.quit()

    def run(self) -> None:
        """Serve until told to stop."""
        if not self.server.attach(None):
            sys.exit("cannot listen on that port")
        print("READY", self.server.get_bound_port(), flush=True)
        threading.Thread(target=self.listen, daemon=True).start()
        self.loop.run()


def feed(
    source: Gst.Element,
    period_seconds: float,
    flows: threading.Event,
    make: Callable[[], bytes],
    gone: threading.Event,
) -> None:
    """Push what ``make`` makes once a period by the clock, until the pipeline is taken down.

    Stamped as a sensor stamps, at even steps, however late this thread may wake.
    """
    due, stamp = time.monotonic(), None
    while not gone.is_set():
        due += period_seconds
        time.sleep(max(0.0, due - time.monotonic()))
        late = time.monotonic() - due > 1
        if late:
            due = time.monotonic()  # the machine slept; do not race after it
        if stamp is None or late:
            clock = source.get_clock()
            if clock is None:
                continue  # not playing yet
            stamp = max(stamp or 0, clock.get_time() - source.get_base_time())
        else:
            stamp += int(period_seconds * Gst.SECOND)
        if flows.is_set():
            buffer = Gst.Buffer.new_wrapped(make())
            buffer.pts = stamp
            source.emit("push-buffer", buffer)


def permissions(role: str) -> GstRtspServer.RTSPPermissions:
    """Return the right to see and to play a mount, for one role."""
    table = GstRtspServer.RTSPPermissions()
    table.add_permission_for_role("owner", "media.factory.access", True)
    table.add_permission_for_role("owner", "media.factory.construct", True)
    # Seeing without constructing is what the server answers with 401 and a challenge.
    table.add_permission_for_role("anyone", "media.factory.access", True)
    table.add_permission_for_role("anyone", "media.factory.construct", role == "anyone")
    return table


def main() -> None:
    """Start the rig from the command line."""
    parser = argparse.ArgumentParser(description="GStreamer RTSP cameras for the tests")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--size", default="640x360")
    parser.add_argument("--fps", type=int, default=25)
    parser.add_argument("--gop-seconds", type=float, default=2.0)
    Gst.init(None)
    Rig(parser.parse_args()).run()


if __name__ == "__main__":
    main()
