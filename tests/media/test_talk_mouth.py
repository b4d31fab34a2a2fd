"""The mouth: what waits is said at once, once, a clip a camera at a time; speech while it is spoken."""

from __future__ import annotations

import math
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from media.rig.loudspeakers import DahuaCamera, Guard, HikvisionCamera, OnvifCamera
from media.talking import FFMPEG, Ledger, clip, decoded, wanted
from media.voices import strength

from intranet.media import networks, spool
from intranet.media.door import TalkDriver, TalkTrouble, TalkWanted
from intranet.media.talk import clip as clips
from intranet.media.talk import live
from intranet.media.talk import mouth as mouths
from intranet.media.talk.mouth import Mouth
from intranet.media.talk.speaker import Codec
from intranet.media.talk.trouble import TalkError

ALLOWED = (networks.ipaddress.ip_network("127.0.0.0/8"),)
RATE = 16_000


class Queue(Ledger):
    """A door with things to be said behind it."""

    def __init__(self):
        super().__init__()
        self.waiting, self.cut_off, self.lost = [], 0, []

    def talks_taken(self, most):
        taken, self.waiting = self.waiting[:most], self.waiting[most:]
        return taken

    def talks_cut_off(self):
        self.cut_off += 1
        return self.lost

    def ends(self, count=1):
        """Wait for this many to be over; return them by id."""
        with self.changed:
            over = lambda: [one for one in self.told if one.ended_at]  # noqa: E731
            assert self.changed.wait_for(lambda: len(over()) >= count, 30), self.told
            return {one.id: one for one in over()}


@pytest.fixture
def restarting(tmp_path):
    """A queue whose mouth opens when it is told to ``start``."""
    queue, stop = Queue(), threading.Event()
    mouth = Mouth(queue, tmp_path, FFMPEG, ALLOWED, lambda *_args, **_more: None)
    thread = threading.Thread(target=mouth.keep, args=(stop,))
    queue.media_dir, queue.stop, queue.start = tmp_path, stop, thread.start
    yield queue
    stop.set()
    thread.join(40)


@pytest.fixture
def queue(restarting):
    """A queue with a mouth at it."""
    restarting.start()
    return restarting


def wake(queue):
    spool.wake(queue.media_dir).parent.mkdir(exist_ok=True)
    spool.wake(queue.media_dir).touch()


def test_what_waits_is_said_once_and_told_twice_when_it_begins_and_when_it_is_over(queue):
    with OnvifCamera() as camera:
        queue.waiting = [wanted(url=camera.url(), driver=TalkDriver.BACKCHANNEL)]
        wake(queue)
        [report] = queue.ends().values()
        assert report.trouble is None
        assert report.driver is TalkDriver.BACKCHANNEL
        begun = [one for one in queue.told if one.ended_at is None]
        assert [one.began_at for one in begun] == [report.began_at]
        assert len(camera.heard) == 1
        assert queue.cut_off == 1


@pytest.mark.parametrize("driver", [TalkDriver.ISAPI, None], ids=["known", "not known yet"])
def test_a_channel_an_earlier_worker_left_open_is_closed_before_anything_is_said(
    restarting, driver
):
    with HikvisionCamera(guard=Guard(qop=True)) as camera:
        camera.is_open = True
        restarting.lost = [wanted(b"", id=1, url=camera.url(), driver=driver)]
        restarting.waiting = [wanted(id=2, url=camera.url(), driver=TalkDriver.ISAPI)]
        restarting.start()
        assert restarting.ends()[2].trouble is None
        closings = [uri for _method, uri, _headers in camera.asked if uri.endswith("/close")]
        opening = next(n for n, one in enumerate(camera.asked) if one[1].endswith("/open"))
        assert any(one[1].endswith("/close") for one in camera.asked[:opening])
        assert camera.opened == 1
        assert camera.closed == 2, "the one that was left, and what was said since"
        assert len(closings) >= 3, "and once more before opening, as always"
        assert [one.id for one in restarting.told if one.ended_at] == [2], "nothing is said again"


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "rtsp://192.0.2.1/live", "", "nonsense"])
def test_a_camera_that_cannot_be_reached_any_more_keeps_nobody_from_speaking(restarting, url):
    with OnvifCamera() as camera:
        restarting.lost = [wanted(b"", id=1, code="C-9", url=url)]
        restarting.waiting = [wanted(id=2, url=camera.url(), driver=TalkDriver.BACKCHANNEL)]
        restarting.start()
        assert restarting.ends()[2].trouble is None


@pytest.mark.parametrize(
    ("kind", "driver"),
    [(HikvisionCamera, TalkDriver.ISAPI), (DahuaCamera, TalkDriver.DAHUA)],
)
def test_the_way_that_works_is_found(queue, kind, driver):
    with kind(guard=Guard(qop=True)) as camera:
        queue.waiting = [wanted(url=camera.url())]
        [report] = queue.ends().values()
        assert (report.trouble, report.driver) == (None, driver)
        assert len(camera.heard) == 1


def test_of_a_camera_without_a_loudspeaker_that_is_what_is_said(queue):
    with OnvifCamera(status={"DESCRIBE": "551 Option not supported"}) as camera:
        queue.waiting = [wanted(url=camera.url())]
        [report] = queue.ends().values()
        assert (report.trouble, report.driver) == (TalkTrouble.NO_LOUDSPEAKER, None)


def test_a_wrong_password_is_not_tried_on_every_door_of_the_camera(queue):
    with HikvisionCamera(guard=Guard(password="another")) as camera:
        queue.waiting = [wanted(url=camera.url())]
        [report] = queue.ends().values()
        assert report.trouble is TalkTrouble.WRONG_PASSWORD
        assert sum("authorization" in headers for _m, _u, headers in camera.asked) == 1


def test_an_address_outside_the_networks_is_not_spoken_to(queue):
    queue.waiting = [wanted(url="rtsp://192.0.2.1/live")]
    [report] = queue.ends().values()
    assert report.trouble is TalkTrouble.OUTSIDE_NETWORKS


def test_one_that_hangs_keeps_nobody_else_waiting(queue):
    with OnvifCamera(silent=["DESCRIBE"]) as mute, OnvifCamera() as camera:
        queue.waiting = [
            wanted(id=1, url=mute.url(), driver=TalkDriver.BACKCHANNEL),
            wanted(id=2, url=camera.url(), driver=TalkDriver.BACKCHANNEL),
        ]
        assert next(iter(queue.ends())) == 2
        assert queue.ends(2)[1].trouble is TalkTrouble.TIMED_OUT


def tone(seconds, hertz=700):
    samples = (
        int(4000 * math.sin(2 * math.pi * hertz * n / RATE)) for n in range(int(seconds * RATE))
    )
    return b"".join(one.to_bytes(2, "little", signed=True) for one in samples)


def speak(queue, speech, piece_seconds=0.1, *, let_go=True):
    """Append speech as a page does, in real time."""
    path = spool.speech(queue.media_dir, 7)
    size = int(piece_seconds * RATE) * 2
    with path.open("ab", buffering=0) as file:
        for start in range(0, len(speech), size):
            time.sleep(piece_seconds)
            file.write(speech[start : start + size])
    if let_go:
        spool.ended(path).touch()


@pytest.mark.alone
def test_speech_is_heard_while_it_is_being_spoken(queue):
    with OnvifCamera() as camera:
        spool.speech(queue.media_dir, 7).touch()
        queue.waiting = [TalkWanted(7, "C-1", camera.url(), TalkDriver.BACKCHANNEL)]
        wake(queue)
        speaker = threading.Thread(target=speak, args=(queue, tone(2.0)))
        speaker.start()
        deadline = time.monotonic() + 10
        while not camera.heard and time.monotonic() < deadline:
            time.sleep(0.01)
        assert speaker.is_alive(), "the first packet comes before the sentence ends"
        [report] = queue.ends().values()
        speaker.join()
        assert report.trouble is None
        sound = camera.heard[0].sound
        assert len(sound) / 8000 >= 1.95
        spoken = [one for one in decoded(sound) if one]
        assert strength(spoken[4000:8000], 700) > 0.85


@pytest.mark.parametrize("codec", Codec)
@pytest.mark.alone
def test_silence_put_into_a_gap_is_taken_out_of_the_next_pause(tmp_path, codec):
    speech = b"".join(tone(0.4) + bytes(int(0.4 * RATE) * 2) for _time in range(3))
    path = spool.speech(tmp_path, 7)
    path.parent.mkdir()
    path.write_bytes(speech[: RATE // 2])
    growing = live.Growing(path, FFMPEG, "talk-tests")
    growing.start(codec)
    try:
        heard = [growing.packet() for _packet in range(30)]  # of which a good half is a gap
        assert growing.filled > 10
        with path.open("ab") as file:
            file.write(speech[RATE // 2 :])
        spool.ended(path).touch()
        while not growing._is_over:
            time.sleep(0.01)
        heard += iter(growing.packet, None)
    finally:
        growing.stop()
    assert growing.filled == 0
    assert len(heard) * 0.02 == pytest.approx(2.4, abs=0.06)
    loud = [one for one in heard if not growing._is_quiet(one)]
    assert 1.2 <= len(loud) * 0.02 < 1.35, "no word is left out"


def begun(path, codec=Codec.PCMA):
    growing = live.Growing(path, FFMPEG, "talk-tests")
    growing.start(codec)
    growing.stop()
    return growing


@pytest.mark.parametrize(
    ("pieces", "together", "is_enough"),
    [(2, 0, False), (3, 0, True), (2, 3, False), (3, 3, True), (5, 6, False), (6, 6, True)],
)
def test_what_comes_less_often_is_held_back_for_longer(tmp_path, pieces, together, is_enough):
    path = spool.speech(tmp_path, 7)
    path.parent.mkdir()
    path.write_bytes(tone(0.06 * pieces))
    if together:
        spool.many(path).write_text(f"{together}\n")
    growing = begun(path)
    # Else it waited for more until nobody spoke any more.
    assert growing.is_cut is not is_enough


def test_a_speaker_of_whom_nothing_comes_keeps_the_others_waiting_for_a_moment_only(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(live, "_STARTS", threading.BoundedSemaphore(1))
    monkeypatch.setattr(live, "GROWS_SECONDS", 5.0)
    silent, loud = spool.speech(tmp_path, 7), spool.speech(tmp_path, 8)
    silent.parent.mkdir()
    silent.touch()
    loud.write_bytes(tone(1.0))
    spool.ended(loud).touch()
    waiting = threading.Thread(target=begun, args=(silent,))
    waiting.start()
    growing = begun(loud)
    assert growing._ready, "it speaks"
    assert waiting.is_alive(), "while the other still waits for a word"
    spool.ended(silent).touch()
    waiting.join()


def test_a_phone_that_is_gone_does_not_keep_the_channel(queue, monkeypatch):
    monkeypatch.setattr(live, "GROWS_SECONDS", 0.5)
    with OnvifCamera() as camera:
        spool.speech(queue.media_dir, 7).touch()
        queue.waiting = [TalkWanted(7, "C-1", camera.url(), TalkDriver.BACKCHANNEL)]
        speak(queue, tone(1.0), let_go=False)
        end = queue.ends()[7]
        assert end.trouble is TalkTrouble.GONE, "not all of it was heard"
        assert end.began_at
        assert spool.ended(spool.speech(queue.media_dir, 7)).exists(), "what comes is too late"
        assert camera.closed == 1


def test_speech_that_never_came_is_no_speech(queue, monkeypatch):
    monkeypatch.setattr(live, "GROWS_SECONDS", 0.3)
    with OnvifCamera() as camera:
        queue.waiting = [TalkWanted(7, "C-1", camera.url(), TalkDriver.BACKCHANNEL)]
        assert queue.ends()[7].trouble is TalkTrouble.NO_SOUND
        assert camera.heard == []
        assert camera.closed == camera.opened


def test_no_clip_is_left_lying_about(restarting):
    left = spool.wake(restarting.media_dir).with_name(f"{clips.PREFIX}of-one-that-was-killed")
    left.parent.mkdir(exist_ok=True)
    left.write_bytes(clip(seconds=0.3))
    with OnvifCamera() as camera:
        restarting.waiting = [wanted(clip(seconds=0.3), url=camera.url())]
        restarting.start()
        restarting.ends()
    assert list(left.parent.glob(f"{clips.PREFIX}*")) == []


def test_what_cannot_be_heard_calls_no_camera(queue):
    with OnvifCamera() as camera:
        queue.waiting = [wanted(b"nonsense", url=camera.url())]
        assert queue.ends()[1].trouble is TalkTrouble.BAD_SOUND
        assert camera.asked == []


def test_what_finds_no_free_mouth_waits_and_is_said_all_the_same(restarting, monkeypatch):
    monkeypatch.setattr(mouths, "MOUTHS_MAX", 2)
    with OnvifCamera(silent=["DESCRIBE"]) as mute, OnvifCamera() as camera:
        restarting.waiting = [
            *(wanted(id=n, url=mute.url(), driver=TalkDriver.BACKCHANNEL) for n in (1, 2)),
            wanted(id=3, url=camera.url(), driver=TalkDriver.BACKCHANNEL),
        ]
        restarting.start()
        time.sleep(1.0)
        assert [one.id for one in restarting.waiting] == [3], "another worker's, if there were one"
        ends = restarting.ends(3)
        assert ends[3].trouble is None


def test_what_could_not_begin_in_time_is_not_said_later(queue, monkeypatch):
    monkeypatch.setattr(mouths, "BEGIN_SECONDS", 0.3)
    with OnvifCamera(slow=0.5) as camera:
        queue.waiting = [wanted(url=camera.url(), driver=TalkDriver.BACKCHANNEL)]
        assert queue.ends()[1].trouble is TalkTrouble.TOO_LATE
        assert camera.heard == []
        assert camera.closed == camera.opened


def test_a_wrong_password_is_not_tried_again_at_once(queue, monkeypatch):
    with DahuaCamera(guard=Guard(password="another")) as camera:
        url = camera.url()
        for number in (1, 2):
            queue.waiting = [wanted(id=number, url=url, driver=TalkDriver.DAHUA)]
            ends = queue.ends(number)
            assert ends[number].trouble is TalkTrouble.WRONG_PASSWORD
        assert sum("authorization" in headers for _m, _u, headers in camera.asked) == 1
        monkeypatch.setattr(mouths, "PASSWORD_SECONDS", 0.0)
        queue.waiting = [wanted(id=3, url=url, driver=TalkDriver.DAHUA)]
        queue.ends(3)
        assert sum("authorization" in headers for _m, _u, headers in camera.asked) == 2


def test_what_many_cameras_are_to_say_is_made_ready_once(tmp_path, monkeypatch):
    data, runs, real = clip(seconds=1.0), [], clips._run

    def counted(arguments, owner):
        runs.append(arguments)
        return real(arguments, owner)

    monkeypatch.setattr(clips, "_run", counted)
    decoder = clips.Decoder(FFMPEG, "talk-tests", tmp_path)
    with ThreadPoolExecutor(10) as pool:
        jobs = [pool.submit(decoder.speech, data, "audio/webm", codec) for codec in [*Codec] * 5]
        made = [one.result() for one in jobs]
    assert len(set(made)) == len(Codec)
    assert len(runs) == 1 + len(Codec), "its loudness, and the speech for each kind of camera"
    for _twice in range(2):  # what cannot be decoded is no better known the second time
        with pytest.raises(TalkError):
            decoder.speech(b"nonsense", "audio/webm", Codec.PCMA)
