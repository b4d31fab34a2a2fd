"""Every argument ffmpeg is given, word for word: a change here is a change of the contract."""

from __future__ import annotations

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
