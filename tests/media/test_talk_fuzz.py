"""Whatever a camera answers, speaking ends with a reason; nothing crashes, nothing grows."""

from __future__ import annotations

import os
import socket
import threading

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from media.talking import say, wanted

from intranet.media.door import TalkTrouble
from intranet.media.talk import wire
from intranet.media.talk.backchannel import Backchannel, find_track, resolved
from intranet.media.talk.digest import Credentials, read_challenges
from intranet.media.talk.isapi import _chosen
from intranet.media.talk.trouble import TalkError

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "300"))
often = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
WORDS = st.sampled_from(
    [
        *(b"RTSP/1.0 200 OK\r\n", b"RTSP/1.0 401 Unauthorized\r\n", b"RTSP/1.0 ", b"CSeq: 1\r\n"),
        *(
            b"CSeq: 99999999999999999999\r\n",
            b"\r\n",
            b"\r\n\r\n",
            b"$\x00\x00\x04abcd",
            b"$\x01\xff",
        ),
        *(b"Content-Length: 5\r\n", b"Content-Length: -1\r\n", b"Content-Length: 99999999\r\n"),
        *(
            b"Session: 1;timeout=0\r\n",
            b"Transport: interleaved=7\r\n",
            b"WWW-Authenticate: Digest ",
        ),
        *(b'realm="x", nonce="y", qop="auth"\r\n', b"WWW-Authenticate: Basic\r\n", b":", b"hello"),
        *(b"m=audio 0 RTP/AVP 8\r\na=sendonly\r\n", b"OPTIONS * RTSP/1.0\r\n", "微".encode()),
    ]
)
ANSWERS = st.lists(st.one_of(WORDS, st.binary(max_size=40)), max_size=14).map(b"".join)


@often
@given(data=ANSWERS)
def test_bytes_that_are_no_rtsp_are_refused_or_waited_for(data):
    left, trouble = bytearray(data), None
    try:
        while left and (taken := wire._message(left)):
            _number, _answer, size = taken
            assert 0 < size <= len(left)
            del left[:size]
    except TalkError as error:
        trouble = error.trouble
    assert trouble in {None, TalkTrouble.NOT_UNDERSTOOD}


def outcome(read, text):
    """Return what was read, or the reason why nothing was."""
    try:
        return read(text), None
    except TalkError as error:
        return None, error.trouble


LINES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "m=audio 0 RTP/AVP 8 0",
                "m=audio 0 RTP/AVP 200 999",
                "a=rtpmap:200 PCMA/8000",
                "m=audio",
                "a=sendonly",
                "a=control:x",
                "m=",
            ]
        ),
        st.from_regex(r"a=rtpmap:\d{1,4} PCM[AU]/8000(/1)?", fullmatch=True),
        st.text(max_size=30),
    ),
    max_size=12,
).map("\r\n".join)


@often
@given(sdp=LINES, base=st.text(min_size=1, max_size=20))
def test_a_description_gives_a_track_or_a_reason(sdp, base):
    found, trouble = outcome(find_track, sdp)
    assert trouble in {None, TalkTrouble.NO_LOUDSPEAKER, TalkTrouble.NO_CODEC}
    if found:
        assert 0 <= found.payload_type < 128
        assert resolved(base, found.control)


@often
@given(header=st.one_of(st.text(max_size=80), st.text(max_size=60).map(lambda t: f"Digest {t}")))
def test_any_challenge_is_answered_or_passed_over(header):
    challenges = read_challenges([header])
    credentials = Credentials("用户", 'p"\\w')
    if challenges:
        assert credentials.take([header])
        assert credentials.answer("DESCRIBE", "rtsp://c/")


@often
@given(listed=st.text(max_size=200))
def test_any_list_of_channels_gives_one_or_a_reason(listed):
    for text in (listed, f"<TwoWayAudioChannel>{listed}</TwoWayAudioChannel>"):
        _found, trouble = outcome(_chosen, text)
        assert trouble in {None, TalkTrouble.NO_LOUDSPEAKER, TalkTrouble.NO_CODEC}


@settings(
    max_examples=max(30, EXAMPLES // 20), deadline=None, suppress_health_check=list(HealthCheck)
)
@given(answers=st.lists(ANSWERS, min_size=1, max_size=4))
def test_a_camera_that_answers_nonsense_costs_one_clip_and_a_reason(answers):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def babble():
            connection, _address = server.accept()
            with connection:
                connection.settimeout(0.5)
                try:
                    for answer in answers:
                        connection.recv(65536)
                        connection.sendall(answer)
                except OSError:
                    pass

        thread = threading.Thread(target=babble)
        thread.start()
        report = say(Backchannel(f"rtsp://127.0.0.1:{port}/live"), wanted())
        thread.join()
        assert report.trouble is not None
