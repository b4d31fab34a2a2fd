"""What is said arrives at each maker's camera whole, in time and once; the channel is closed."""

from __future__ import annotations

import json
import subprocess
import threading
from itertools import pairwise
from urllib.parse import quote

import pytest
from media.rig.loudspeakers import (
    PASSWORD,
    DahuaCamera,
    Guard,
    HikvisionCamera,
    OnvifCamera,
)
from media.rig.rig import SYSTEM_PYTHON, need_gstreamer
from media.talking import FORMATS, clip, decoded, say, wanted
from media.voices import strength

from intranet.media.door import TalkTrouble
from intranet.media.talk.backchannel import Backchannel, find_track, resolved
from intranet.media.talk.dahua import Dahua
from intranet.media.talk.isapi import Isapi
from intranet.media.talk.trouble import TalkError

PACKET_SECONDS = 0.02
DRIVERS = {
    "backchannel": (OnvifCamera, Backchannel, "alaw"),
    "isapi": (HikvisionCamera, Isapi, "mulaw"),
    "dahua": (DahuaCamera, Dahua, "alaw"),
}


def hears_the_tone(sound, law, seconds=1.0, hertz=700):
    """Check length, pitch and loudness of what was heard."""
    samples = decoded(sound, law)
    assert abs(len(samples) / 8000 - seconds) <= 0.06
    middle = samples[len(samples) // 4 : -len(samples) // 4]
    assert strength(middle, hertz) > 0.85
    assert 0.1 < max(map(abs, middle)) < 0.95, "neither faint nor clipped"


@pytest.mark.parametrize("name", DRIVERS)
@pytest.mark.alone
def test_a_clip_is_heard_whole_in_time_and_the_channel_is_closed(name):
    kind, driver, law = DRIVERS[name]
    with kind(guard=Guard(qop=True)) as camera:
        report = say(driver(camera.url()))

        assert report.trouble is None
        assert report.spoken_milliseconds == pytest.approx(1000, abs=60)
        assert camera.opened == 1
        assert camera.sees_it_closed()
        [heard] = camera.heard
        hears_the_tone(heard.sound, law)
        took = heard.at[-1] - heard.at[0]
        assert took >= 0.9 * 1.0 - PACKET_SECONDS, "a burst"


@pytest.mark.parametrize("media_type", FORMATS)
def test_whatever_a_phone_records_is_spoken(media_type):
    with OnvifCamera() as camera:
        assert say(Backchannel(camera.url()), wanted(media_type=media_type)).trouble is None
        hears_the_tone(camera.heard[0].sound, "alaw")


@pytest.mark.parametrize("decibels", [-20, 0, 15])
def test_a_faint_and_a_loud_voice_come_out_alike(decibels):
    with OnvifCamera() as camera:
        say(Backchannel(camera.url()), wanted(clip(decibels=decibels)))
        samples = decoded(camera.heard[0].sound)[2000:-2000]
        power = sum(one * one for one in samples) / len(samples)
        assert 0.005 < power < 0.2


@pytest.mark.parametrize(
    "guard",
    [
        Guard(),
        Guard(qop=True),
        Guard(qop=True, algorithm="SHA-256"),
        Guard(stale_after=1),
        Guard(qop=True, stale_after=2),
        Guard(qop=True, stale_after=1, says_stale=False),
    ],
    ids=["rfc2069", "qop", "sha256", "stale-each-time", "stale-with-qop", "fresh-without-a-word"],
)
@pytest.mark.parametrize("name", ["backchannel", "isapi"])
def test_digest_of_every_kind_is_answered(name, guard):
    kind, driver, _law = DRIVERS[name]
    fresh = Guard(guard.qop, guard.algorithm, guard.stale_after, says_stale=guard.says_stale)
    with kind(guard=fresh) as camera:
        assert say(driver(camera.url())).trouble is None
        assert camera.closed == 1


def test_rtp_is_as_the_camera_wants_it():
    with OnvifCamera(interleaved="10-11", ssrc="0DEC0DED", control="trackID=4") as camera:
        say(Backchannel(camera.url()))
        heads = camera.heard[0].heads
        numbers = [int.from_bytes(one[2:4], "big") for one in heads]
        stamps = [int.from_bytes(one[4:8], "big") for one in heads]
        assert {one[8:].hex() for one in heads} == {"0dec0ded"}
        assert {one[1] & 0x7F for one in heads} == {8}
        assert all((b - a) % 2**16 == 1 for a, b in pairwise(numbers))
        assert all((b - a) % 2**32 == 160 for a, b in pairwise(stamps))


@pytest.mark.parametrize(
    ("base", "control", "wanted_url"),
    [
        ("rtsp://c/a/", "trackID=4", "rtsp://c/a/trackID=4"),
        ("rtsp://c/a?x=1", "trackID=4", "rtsp://c/a?x=1/trackID=4"),
        ("rtsp://c/a/", "rtsp://c/b/trackID=4", "rtsp://c/b/trackID=4"),
        ("rtsp://c/a", "*", "rtsp://c/a"),
    ],
)
def test_a_track_is_found_where_the_camera_says(base, control, wanted_url):
    assert resolved(base, control) == wanted_url


@pytest.mark.parametrize("base", ["", "no address at all"])
def test_without_a_content_base_the_address_asked_is_the_base(base):
    with OnvifCamera(base=base) as camera:
        assert say(Backchannel(camera.url("/live"))).trouble is None
        setup = next(uri for method, uri, _headers in camera.asked if method == "SETUP")
        assert setup == f"rtsp://127.0.0.1:{camera.port}/live/trackID=4"


def test_the_session_of_a_camera_that_soon_forgets_is_kept_alive():
    with OnvifCamera(timeout=1) as camera:
        assert say(Backchannel(camera.url()), wanted(clip(seconds=2.5))).trouble is None
        assert sum(method == "OPTIONS" for method, *_rest in camera.asked) >= 1


@pytest.mark.parametrize(
    ("faults", "trouble"),
    [
        ({"status": {"DESCRIBE": "551 Option not supported"}}, TalkTrouble.NO_LOUDSPEAKER),
        ({"status": {"DESCRIBE": "404 Not Found"}}, TalkTrouble.NOT_FOUND),
        ({"status": {"DESCRIBE": "503 Service Unavailable"}}, TalkTrouble.NOT_READY),
        ({"status": {"PLAY": "503 Service Unavailable"}}, TalkTrouble.BUSY),
        ({"status": {"SETUP": "403 Forbidden"}}, TalkTrouble.FORBIDDEN),
        ({"status": {"SETUP": "453 Not Enough Bandwidth"}}, TalkTrouble.BUSY),
        ({"status": {"PLAY": "500 Internal Server Error"}}, TalkTrouble.NOT_UNDERSTOOD),
        ({"sdp": "v=0\r\nm=video 0 RTP/AVP 96\r\na=recvonly\r\n"}, TalkTrouble.NO_LOUDSPEAKER),
        (
            {"sdp": "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 mpeg4-generic/16000\r\na=sendonly\r\n"},
            TalkTrouble.NO_CODEC,
        ),
        ({"interleaved": "300-301"}, TalkTrouble.NOT_UNDERSTOOD),
        ({"drop_after": 10}, TalkTrouble.DROPPED),
        ({"guard": Guard(password="another")}, TalkTrouble.WRONG_PASSWORD),
    ],
)
def test_what_an_onvif_camera_refuses_is_said_and_what_was_opened_is_closed(faults, trouble):
    with OnvifCamera(**faults) as camera:
        report = say(Backchannel(camera.url()))
        assert report.trouble is trouble
        hung_up = "drop_after" in faults
        assert camera.closed == (0 if hung_up else camera.opened)
        assert len(camera.heard) == hung_up, "nothing was said, or as far as it went"


@pytest.mark.parametrize(
    ("faults", "trouble"),
    [
        ({"open_status": "403 Forbidden", "open_body": "notSupport"}, TalkTrouble.FORBIDDEN),
        ({"open_status": "403 Forbidden"}, TalkTrouble.BUSY),
        ({"open_status": "503 Service Unavailable", "open_body": ""}, TalkTrouble.BUSY),
        ({"kind": "AAC"}, TalkTrouble.NO_CODEC),
        ({"drop_after": 10}, TalkTrouble.DROPPED),
        ({"guard": Guard(password="another")}, TalkTrouble.WRONG_PASSWORD),
    ],
)
def test_what_a_hikvision_camera_refuses_is_said_and_the_channel_is_closed(faults, trouble):
    with HikvisionCamera(**faults) as camera:
        assert say(Isapi(camera.url())).trouble is trouble
        assert not camera.is_open


@pytest.mark.parametrize(
    ("faults", "trouble"),
    [
        ({"post_status": "403 Forbidden"}, TalkTrouble.FORBIDDEN),
        ({"post_status": "503 Service Unavailable"}, TalkTrouble.BUSY),
        ({"drop_after": 10}, TalkTrouble.DROPPED),
        ({"guard": Guard(password="another")}, TalkTrouble.WRONG_PASSWORD),
    ],
)
def test_what_a_dahua_camera_refuses_is_said(faults, trouble):
    with DahuaCamera(**faults) as camera:
        assert say(Dahua(camera.url())).trouble is trouble


def test_a_camera_that_hangs_up_before_the_first_word_is_not_said_to_have_been_heard(monkeypatch):
    real = OnvifCamera.answer

    def hangs_up(camera, method, uri, headers):
        if method == "PLAY":
            raise ConnectionError
        return real(camera, method, uri, headers)

    monkeypatch.setattr(OnvifCamera, "answer", hangs_up)
    with OnvifCamera() as camera:
        assert say(Backchannel(camera.url())).trouble is TalkTrouble.HUNG_UP


def test_a_goodbye_that_is_not_answered_keeps_nobody_waiting(monkeypatch):
    monkeypatch.setattr("intranet.media.talk.wire.ANSWER_SECONDS", 60.0)
    with OnvifCamera(silent=["TEARDOWN"]) as camera:
        assert say(Backchannel(camera.url())).trouble is None
        assert len(camera.heard) == 1


@pytest.mark.timeout(30)
def test_an_answer_that_names_no_length_is_not_waited_for(monkeypatch):
    def say_it(camera, handler, status, body="", *lines):
        length = (
            [] if camera.asked[-1][1].endswith("audioData") else [f"Content-Length: {len(body)}"]
        )
        handler.wfile.write("\r\n".join([f"HTTP/1.1 {status}", *length, *lines, "", body]).encode())

    monkeypatch.setattr("intranet.media.talk.camera_http.ANSWER_SECONDS", 60.0)
    monkeypatch.setattr(HikvisionCamera, "say", say_it)
    with HikvisionCamera() as camera:
        assert say(Isapi(camera.url())).trouble is None
        hears_the_tone(camera.heard[0].sound, "mulaw")


def test_a_channel_somebody_left_open_is_closed_first():
    with HikvisionCamera() as camera:
        camera.is_open = True
        assert say(Isapi(camera.url())).trouble is None
        assert len(camera.heard) == 1


@pytest.mark.parametrize("method", ["DESCRIBE", "SETUP", "PLAY"])
def test_a_camera_that_says_nothing_is_not_waited_for_long(method, monkeypatch):
    monkeypatch.setattr("intranet.media.talk.wire.ANSWER_SECONDS", 0.3)
    with OnvifCamera(silent=[method]) as camera:
        assert say(Backchannel(camera.url())).trouble is TalkTrouble.TIMED_OUT


@pytest.mark.parametrize("says_stale", [True, False], ids=["one nonce", "another each time"])
def test_a_wrong_password_is_tried_once_for_more_would_lock_the_camera(says_stale):
    with OnvifCamera(guard=Guard(password="another", says_stale=says_stale)) as camera:
        say(Backchannel(camera.url()))
        assert sum("authorization" in headers for _m, _u, headers in camera.asked) == 1


@pytest.mark.parametrize(
    ("data", "media_type", "trouble"),
    [
        (clip(decibels=-90), "audio/webm", TalkTrouble.NO_SOUND),
        (b"\x1aE\xdf\xa3" + b"no sound at all" * 40, "audio/webm", TalkTrouble.BAD_SOUND),
        (clip("audio/wav")[:43], "audio/wav", TalkTrouble.BAD_SOUND),
    ],
    ids=["silence", "nonsense", "a head alone"],
)
def test_what_cannot_be_heard_is_not_spoken(data, media_type, trouble):
    with OnvifCamera() as camera:
        assert say(Backchannel(camera.url()), wanted(data, media_type)).trouble is trouble
        assert camera.heard == []
        assert camera.closed == camera.opened


def test_a_worker_told_to_stop_stops_in_the_middle_and_closes(monkeypatch):
    stop = threading.Event()
    with OnvifCamera() as camera:
        threading.Timer(0.4, stop.set).start()
        report = say(Backchannel(camera.url()), wanted(clip(seconds=5.0)), stop)
        assert report.trouble is TalkTrouble.CUT_OFF
        assert report.spoken_milliseconds < 5000
        assert camera.closed == 1


@pytest.mark.parametrize("sdp", ["", "m=audio", "m=audio 0 RTP/AVP x 999 -1\r\na=sendonly"])
def test_a_description_that_is_none_is_no_loudspeaker(sdp):
    with pytest.raises(TalkError):
        find_track(sdp)


@pytest.mark.gstreamer
@pytest.mark.parametrize(
    ("law", "password"), [("alaw", PASSWORD), ("mulaw", PASSWORD), ("alaw", "")]
)
def test_gstreamers_own_onvif_server_hears_it(tmp_path, law, password):
    need_gstreamer()
    command = [SYSTEM_PYTHON, "tests/media/rig/gst_loudspeaker.py", str(tmp_path)]
    command += ["--password", password] if password else []
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        try:
            port = server.stdout.readline().split()[1]
            login = f"camera:{quote(password, safe='')}@" if password else ""
            report = say(Backchannel(f"rtsp://{login}127.0.0.1:{port}/{law}"))
            assert report.trouble is None
        finally:
            server.stdin.close()
            server.wait(10)
    packets = [json.loads(line) for line in (tmp_path / f"{law}.jsonl").read_text().splitlines()]
    hears_the_tone(b"".join(bytes.fromhex(one["sound"]) for one in packets), law)
    assert {one["type"] for one in packets} == {8 if law == "alaw" else 0}
