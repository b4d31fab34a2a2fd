"""Every argument ffmpeg is given, word for word: a change here is a change of the contract."""

from __future__ import annotations

from pathlib import Path

import pytest

from intranet.media import command

HEAD = "ffmpeg -hide_banner -nostats -loglevel {level}"
INPUT = (
    " -f concat -fflags +genpts+discardcorrupt"
    " -protocol_whitelist file,pipe,rtp,udp,tcp,tls,rtsp,rtsps,srtp,crypto -safe 0{more} -i pipe:0"
)
SOUND = " -map 0:v:0 -map 0:a:0? -f mp4 -ac 1 -ar 32000"
REST = (
    " -avoid_negative_ts make_zero -b:a 32k -c:a aac -c:v copy -flush_packets 1 -frag_duration {frag}"
    " -max_interleave_delta 200000 -max_muxing_queue_size 1024"
    " -movflags +empty_moov+default_base_moof+frag_keyframe{tag} pipe:1"
)


@pytest.mark.parametrize(
    ("stream", "options", "level", "more", "frag", "tag"),
    [
        ("main", {}, "warning", "", 108000, ""),
        ("sub", {}, "warning", "", 480000, ""),
        ("main", {"wallclock": True}, "warning", " -use_wallclock_as_timestamps 1", 108000, ""),
        ("main", {"hevc": True}, "warning", "", 108000, " -tag:v hvc1"),
        ("main", {"talkative": True}, "info", "", 108000, ""),
    ],
)
def test_the_command_of_a_camera(stream, options, level, more, frag, tag):
    expected = HEAD.format(level=level) + INPUT.format(more=more) + SOUND
    expected += REST.format(frag=frag, tag=tag)
    assert command.ingest("ffmpeg", stream, **options) == expected.split(" ")


def test_the_command_of_a_camera_without_sound():
    arguments = command.ingest("ffmpeg", "main", audio=False)
    assert "-an" in arguments
    assert "0:a:0?" not in arguments
    assert "aac" not in arguments


def test_the_command_of_a_still():
    assert " ".join(command.still("/opt/ffmpeg")) == (
        "/opt/ffmpeg -hide_banner -nostats -loglevel warning -f mp4 -threads 1 -i pipe:0"
        " -map 0:v:0 -f mjpeg -filter_threads 1 -frames:v 1 -q:v 6 -threads 1 -vf scale=640:-2"
        " pipe:1"
    )


def test_the_address_goes_in_by_stdin_with_every_option_of_the_connection():
    text = command.source_list("rtsp://user:pass@10.0.0.9:554/Streaming/Channels/101?a=b").decode()
    assert text.splitlines() == [
        "ffconcat version 1.0",
        "file 'rtsp://user:pass@10.0.0.9:554/Streaming/Channels/101?a=b'",
        "option rtsp_transport tcp",
        "option timeout 5000000",
        "option allowed_media_types video+audio",
        "option fpsprobesize 0",
        "option analyzeduration 0",
        "option user_agent Weiwang",
    ]


def test_no_address_can_end_its_quotes_or_add_a_line():
    text = command.source_list("rtsp://u:it's@10.0.0.9/a'b\\c").decode()
    assert text.splitlines()[1] == "file 'rtsp://u:it%27s@10.0.0.9/a%27b\\c'"
    with pytest.raises(ValueError, match="control"):
        command.source_list("rtsp://10.0.0.9/a\nfile '/etc/passwd'")


def test_a_program_that_is_set_is_used_and_else_one_is_found():
    assert command.find_ffmpeg("/opt/ffmpeg") == "/opt/ffmpeg"
    assert "ffmpeg" in command.find_ffmpeg("")


def test_the_command_of_a_demo_camera_s_loops():
    mover = (Path("/w/1.svg"), "mod(3+2.5*t,900)-40", "12-2*abs(sin(2*PI*t*3/24))")
    sinks = [
        command.LoopSink(Path("/w/main"), None, 165, 1920),
        command.LoopSink(Path("/w/sub"), 480, 60, 480),
    ]
    arguments = command.demo_loops("ffmpeg", Path("/w/0.svg"), [mover], sinks, rate=12, seconds=24)

    def sink(label, rate, buffer, most, blocks, path):
        return (
            f" -map {label} -f h264 -b:v {rate}k -bufsize {buffer}k -c:v libx264 -maxrate {most}k"
            " -preset superfast -profile:v main -t 24 -threads 1 -x264-params"
            " cabac=0:bframes=0:ref=1:weightp=0:8x8dct=0:scenecut=0:keyint=24:min-keyint=24"
            f":slice-max-mbs={blocks} {path}"
        )

    assert " ".join(arguments) == (
        HEAD.format(level="error")
        + " -threads 1 -i /w/0.svg -threads 1 -i /w/1.svg -filter_complex "
        "[0:v]format=yuv420p[s0];[s0]loop=loop=-1:size=1:start=0[s1];[s1]fps=12[s2];"
        "[1:v]format=yuva420p[s3];[s3]loop=loop=-1:size=1:start=0[s4];"
        "[s2][s4]overlay=eof_action=repeat:x=mod(3+2.5*t\\,900)-40:y=12-2*abs(sin(2*PI*t*3/24))[s5];"
        "[s5]split=2[s6][s7];[s7]scale=480:-2:flags=area[s8]"
        + sink("[s6]", 165, 495, 206, 1920, "/w/main")
        + sink("[s8]", 60, 180, 75, 480, "/w/sub")
        + " -nostdin -filter_complex_threads 1"
    )


def test_the_command_of_the_demo_s_sound():
    assert " ".join(command.demo_sound("ffmpeg", Path("/w/street.part"), seconds=24)) == (
        HEAD.format(level="error") + " -f lavfi -i"
        " anoisesrc=color=brown:amplitude=0.06:seed=1:duration=24:sample_rate=8000"
        " -map 0:a -f alaw -c:a pcm_alaw /w/street.part -nostdin -y"
    )
