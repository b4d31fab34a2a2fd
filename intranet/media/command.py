"""The only place that builds ffmpeg's arguments. Golden tests hold every one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import ffmpeg

from intranet.media import spool

# A little under three frames of 25, so that a timestamp off by a hair does not make it four.
FRAGMENT_MICROSECONDS = {"main": 108_000, "sub": 480_000}
INTERLEAVE_MICROSECONDS = 200_000
# Pictures wait for the sound beside them, and a frame of AAC is 1024 samples: 32 ms at this rate.
# At 16 kHz live was 130 ms later, measured; at 48 kHz encoding costs half as much again.
AUDIO_HERTZ = 32_000
SOCKET_TIMEOUT_MICROSECONDS = 5_000_000
PROTOCOLS = "file,pipe,rtp,udp,tcp,tls,rtsp,rtsps,srtp,crypto"
STILL_WIDTH = 640


def find_ffmpeg(setting: str) -> str:
    """Return the program to run: the setting, the system's, or the one bundled in a wheel."""
    import shutil

    if setting:
        return setting
    found = shutil.which("ffmpeg")
    if found:
        return found
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_exe())


def source_list(url: str) -> bytes:
    """Return the ffconcat text that names the camera; it goes in by stdin.

    On the command line every user of the machine could read the password.
    """
    lines = (
        "ffconcat version 1.0",
        f"file '{_quoted(url)}'",
        "option rtsp_transport tcp",
        f"option timeout {SOCKET_TIMEOUT_MICROSECONDS}",
        "option allowed_media_types video+audio",
        "option fpsprobesize 0",
        # No upper bound of ours (0 is the library's own five seconds): a camera whose SDP lacks
        # the parameter sets is understood at its next key picture.
        "option analyzeduration 0",
        "option user_agent Weiwang",
    )
    return ("\n".join(lines) + "\n").encode()


def _quoted(url: str) -> str:
    """Escape what would end the quoted word; everything else in an address is ffmpeg's."""
    if any(ord(sign) < 32 for sign in url):
        message = "an address holds no control characters"
        raise ValueError(message)
    parts = urlsplit(url)
    userinfo, at, host = parts.netloc.rpartition("@")
    netloc = f"{quote(userinfo, safe=':%!$&()*+,;=-._~')}{at}{host}"
    return urlunsplit(parts._replace(netloc=netloc)).replace("'", "%27")


def ingest(
    program: str,
    stream: str,
    *,
    wallclock: bool = False,
    hevc: bool = False,
    audio: bool = True,
    talkative: bool = False,
) -> list[str]:
    """Return the command that turns one camera into fragmented MP4 on stdout.

    Video is copied; sound becomes AAC, because G.711 in MP4 is refused and would take the whole
    camera with it. ``hevc`` tags H.265 the way Safari wants it; ``talkative`` makes ffmpeg name
    the streams it found on stderr, for "test camera".
    """
    given: dict[str, Any] = {
        "f": "concat",
        "safe": 0,
        "protocol_whitelist": PROTOCOLS,
        "fflags": "+genpts+discardcorrupt",
    }
    if wallclock:
        given["use_wallclock_as_timestamps"] = 1
    source = ffmpeg.input("pipe:0", **given)
    made: dict[str, Any] = {
        "format": "mp4",
        "c:v": "copy",
        "avoid_negative_ts": "make_zero",
        "max_muxing_queue_size": 1024,
        # A sound track that is announced and never sent may not hold the pictures back.
        "max_interleave_delta": INTERLEAVE_MICROSECONDS,
        "flush_packets": 1,
        "movflags": "+empty_moov+default_base_moof+frag_keyframe",
        "frag_duration": FRAGMENT_MICROSECONDS[stream],
    }
    if hevc:
        made["tag:v"] = "hvc1"
    streams = [source["v:0"]]
    if audio:
        streams.append(source["a:0?"])
        made |= {"c:a": "aac", "ac": 1, "ar": AUDIO_HERTZ, "b:a": "32k"}
    else:
        made["an"] = None
    sink = ffmpeg.output(*streams, "pipe:1", **made)
    return _compiled(program, sink, level="info" if talkative else "warning")


def still(program: str) -> list[str]:
    """Return the command that turns an init segment and a key fragment into a JPEG."""
    source = ffmpeg.input("pipe:0", f="mp4", threads=1)
    made = {"format": "mjpeg", "frames:v": 1, "vf": f"scale={STILL_WIDTH}:-2", "q:v": 6}
    # A picture of one: threads would cost more to start than they save.
    made |= {"threads": 1, "filter_threads": 1}
    sink = ffmpeg.output(source["v:0"], "pipe:1", **made)
    return _compiled(program, sink)


@dataclass(frozen=True)
class LoopSink:
    """One encoded stream of a demo camera: where it goes, how wide, and how many kbit/s."""

    path: Path
    width: int | None  # pixels; None is the drawing's own
    rate_kbit: int
    slice_blocks: int  # macroblocks of a picture's first slice, the scene's


def demo_loops(
    program: str,
    background: Path,
    movers: Sequence[tuple[Path, str, str]],
    sinks: Sequence[LoopSink],
    *,
    rate: int,
    seconds: int,
) -> list[str]:
    """Return the command that lets drawings (a file, x and y of the time ``t``) move for a loop.

    H.264 byte streams with a key picture every two seconds, CAVLC and no reordering, so that the
    demo's sender may write its clock into them.
    """
    still = ffmpeg.input(str(background), threads=1).video.filter("format", "yuv420p")
    scene = still.filter("loop", loop=-1, size=1, start=0).filter("fps", rate)
    for path, x, y in movers:
        figure = ffmpeg.input(str(path), threads=1).video.filter("format", "yuva420p")
        scene = scene.overlay(figure.filter("loop", loop=-1, size=1, start=0), x=x, y=y)
    copies = scene.split()
    made = [_demo_sink(copies[number], sink, rate, seconds) for number, sink in enumerate(sinks)]
    whole = ffmpeg.merge_outputs(*made).global_args("-nostdin", "-filter_complex_threads", "1")
    return _compiled(program, whole, level="error")


def _demo_sink(scene: Any, sink: LoopSink, rate: int, seconds: int) -> Any:
    if sink.width:
        scene = scene.filter("scale", sink.width, -2, flags="area")
    keys = 2 * rate
    options = (
        f"cabac=0:bframes=0:ref=1:weightp=0:8x8dct=0:scenecut=0:keyint={keys}"
        f":min-keyint={keys}:slice-max-mbs={sink.slice_blocks}"
    )
    given: dict[str, Any] = {
        "format": "h264",
        "c:v": "libx264",
        "threads": 1,
        "preset": "superfast",
        "profile:v": "main",
        "x264-params": options,
        "b:v": f"{sink.rate_kbit}k",
        "maxrate": f"{sink.rate_kbit * 5 // 4}k",
        "bufsize": f"{sink.rate_kbit * 3}k",
        "t": seconds,
    }
    return ffmpeg.output(scene, str(sink.path), **given)


def demo_sound(program: str, path: Path, *, seconds: int) -> list[str]:
    """Return the command that makes the murmur of a street: G.711 A-law, 8 kHz."""
    noise = f"anoisesrc=color=brown:amplitude=0.06:seed=1:duration={seconds}:sample_rate=8000"
    source = ffmpeg.input(noise, f="lavfi")
    sink = ffmpeg.output(source.audio, str(path), format="alaw", **{"c:a": "pcm_alaw"})
    return _compiled(program, sink.global_args("-nostdin", "-y"), level="error")


LOUDNESS_LUFS = -16
PEAK = 0.7  # of full scale, about -3 dB
CLIP_SECONDS_MAX = 31
# Kinds of clips by their media type, as ffmpeg calls what takes them apart.
CLIP_KINDS = {
    "audio/webm": "matroska",
    "audio/ogg": "ogg",
    "audio/mp4": "mov",
    "audio/amr": "amr",
    "audio/amr-wb": "amr",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
}


def clip_loudness(program: str, path: Path, media_type: str) -> list[str]:
    """Return the command that says on stderr how loud a clip's voice is (EBU R 128)."""
    heard = _voice(_clip(path, media_type)).filter("ebur128", framelog="quiet")
    return _compiled(program, ffmpeg.output(heard, "pipe:1", format="null"), level="info")


def clip_speech(
    program: str, path: Path, media_type: str, *, law: str, gain_decibels: float
) -> list[str]:
    """Return the command that turns a clip into G.711 on stdout; ``law`` is alaw or mulaw."""
    heard = _voice(_clip(path, media_type)).filter("volume", volume=f"{gain_decibels:.1f}dB")
    return _compiled(program, _g711(_limited(heard), law))


# How loud the rest will be nobody knows yet: it is lifted by as loud as the last moments were, by
# at most 20 dB. ``speechnorm`` would wait in each pause for its end: the packets behind it came
# late, and were missing from the sentence's time.
LIFT = {
    "attacks": 0.01,
    "decays": 0.4,
    "points": "-90/-90|-62/-54|-46/-27|-26/-8.5|-5/-7|0/-6",
    "soft-knee": 6,
    "volume": -30,
}


def live_speech(program: str, *, law: str) -> list[str]:
    """Return the command that turns speech on stdin into G.711 on stdout as it comes."""
    source = ffmpeg.input(
        "pipe:0",
        f="s16le",
        ar=spool.SPEECH_HERTZ,
        ac=1,
        fflags="nobuffer",
        probesize=32,
        analyzeduration=0,
        threads=1,
    )
    heard = _voice(source.audio).filter("compand", **LIFT)
    return _compiled(program, _g711(_limited(heard), law))


def _clip(path: Path, media_type: str) -> Any:
    given = {"f": CLIP_KINDS[media_type], "t": CLIP_SECONDS_MAX, "protocol_whitelist": "file"}
    return ffmpeg.input(f"file:{path}", threads=1, **given).audio


def _voice(heard: Any) -> Any:
    """Keep what a camera's loudspeaker gives back; below and above is rumble and hiss."""
    return heard.filter("highpass", f=300).filter("lowpass", f=3400)


def _limited(heard: Any) -> Any:
    return heard.filter("alimiter", limit=PEAK, level=0, attack=2, release=40)


def _g711(heard: Any, law: str) -> Any:
    made = {"c:a": f"pcm_{law}", "ar": 8000, "ac": 1, "flush_packets": 1}
    return ffmpeg.output(heard, "pipe:1", format=law, **made)


def _compiled(program: str, sink: Any, level: str = "warning") -> list[str]:
    arguments: list[str] = ffmpeg.compile(sink, cmd=str(Path(program)))
    return [arguments[0], "-hide_banner", "-nostats", "-loglevel", level, *arguments[1:]]
