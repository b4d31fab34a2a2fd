"""A third party's ONVIF camera with a loudspeaker: GStreamer's RTSP server and its back channel.

Run with the system's Python (``/usr/bin/python3``, which has ``gi``):

    gst_loudspeaker.py FOLDER [--port 0] [--user NAME --password WORD]

Prints ``READY <port>``; ends when its standard input closes. Mounts ``/alaw`` and ``/mulaw`` show
a picture and take sound of that law; ``/mute`` has no way back. Every packet of sound is appended
to ``FOLDER/<mount>.jsonl``: when it came (monotonic seconds), its RTP header's fields, and the
sound itself in hex.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from pathlib import Path

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

PICTURE = (
    # Nobody takes the picture of a client that only speaks. The other branch takes it: a "not
    # linked" that reaches the source ends the whole pipeline, now and then before the first sound.
    "( videotestsrc is-live=true ! video/x-raw,width=160,height=90,framerate=5/1"
    " ! x264enc tune=zerolatency speed-preset=ultrafast ! tee name=picture"
    " picture. ! queue ! fakesink sync=false async=false"
    " picture. ! rtph264pay name=pay0 pt=96 )"
)
LAWS = {"alaw": ("PCMA", 8), "mulaw": ("PCMU", 0)}


def mount(server: GstRtspServer.RTSPOnvifServer, folder: Path, law: str) -> None:
    """Add one camera that takes sound of this law, and writes it down."""
    name, number = LAWS[law]
    factory = GstRtspServer.RTSPOnvifMediaFactory.new()
    factory.set_media_gtype(GstRtspServer.RTSPOnvifMedia.__gtype__)
    factory.set_launch(PICTURE)
    factory.set_shared(False)
    factory.set_backchannel_launch(
        f"( capsfilter name=depay_backchannel"
        f' caps="application/x-rtp,media=audio,payload={number},clock-rate=8000,'
        f'encoding-name={name}" ! appsink name=heard sync=false async=false emit-signals=true )'
    )
    out = (folder / f"{law}.jsonl").open("a", encoding="ascii")

    def heard(sink: Gst.Element) -> Gst.FlowReturn:
        """Write down one packet."""
        at = time.monotonic()
        buffer = sink.emit("pull-sample").get_buffer()
        packet = buffer.extract_dup(0, buffer.get_size())
        line = {
            "at": at,
            "type": packet[1] & 0x7F,
            "marker": packet[1] >> 7,
            "sequence": int.from_bytes(packet[2:4], "big"),
            "timestamp": int.from_bytes(packet[4:8], "big"),
            "ssrc": packet[8:12].hex(),
            "sound": packet[12:].hex(),
        }
        out.write(json.dumps(line) + "\n")
        out.flush()
        return Gst.FlowReturn.OK

    def configure(_factory: object, media: GstRtspServer.RTSPMedia) -> None:
        sink = media.get_element().get_by_name_recurse_up("heard")
        sink.connect("new-sample", heard)

    factory.connect("media-configure", configure)
    table = GstRtspServer.RTSPPermissions()
    for right in ("media.factory.access", "media.factory.construct"):
        table.add_permission_for_role("owner", right, True)
    factory.set_permissions(table)
    server.get_mount_points().add_factory(f"/{law}", factory)


def main() -> None:
    """Serve until standard input closes."""
    parser = argparse.ArgumentParser(description="An ONVIF loudspeaker for the tests")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", default="0")
    parser.add_argument("--user", default="camera")
    parser.add_argument("--password", default="")
    options = parser.parse_args()
    Gst.init(None)
    server = GstRtspServer.RTSPOnvifServer.new()
    server.set_address("127.0.0.1")
    server.set_service(options.port)
    auth = GstRtspServer.RTSPAuth.new()
    owner = GstRtspServer.RTSPToken()
    owner.set_string("media.factory.role", "owner")
    if options.password:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(options.user, options.password, owner)
    else:
        auth.set_default_token(owner)
    server.set_auth(auth)
    for law in LAWS:
        mount(server, options.folder, law)
    if not server.attach(None):
        sys.exit("cannot listen on that port")
    print("READY", server.get_bound_port(), flush=True)
    loop = GLib.MainLoop()
    threading.Thread(target=lambda: (sys.stdin.read(), loop.quit()), daemon=True).start()
    loop.run()


if __name__ == "__main__":
    main()
