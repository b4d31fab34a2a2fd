"""The whole worker against GStreamer's RTSP server: live, lost, stalled, killed, asked for."""

from __future__ import annotations

import itertools
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from media import checker
from media.rig import barcode
from media.rig.rig import DIGEST_PASSWORD

from intranet.media import command, index, supervisor
from intranet.media.index import EndReason
from intranet.media.playlist import Tail, render
from intranet.media.process import MARK

pytestmark = pytest.mark.gstreamer
HOUSE = Path(__file__).resolve().parents[2]
LIVE_SECONDS = 15
CAMERA_MS = 55  # drawing, encoding, and h264parse, which waits for the next picture
PATIENCE = 3  # deadlines are for a machine at rest; what must be quick is measured, not waited for


class Worker:
    """A media worker in a process of its own."""

    def __init__(self, folder, streams):
        self.folder, self.streams = folder, streams
        self.said = folder.parent / "worker.log"
        self.start()

    def start(self):
        arguments = [sys.executable, str(Path(__file__).with_name("plain_worker.py"))]
        arguments.append(str(self.folder))
        with self.said.open("ab") as out:
            self.process = subprocess.Popen(
                arguments, cwd=HOUSE, stdin=subprocess.PIPE, stdout=out, stderr=out,
                env=os.environ | {"PYTHONPATH": str(HOUSE)},
            )  # fmt: skip
        self.process.stdin.write(json.dumps(self.streams).encode())
        self.process.stdin.close()

    def state(self, code="C1", stream="main"):
        try:
            return json.loads((self.folder / code / stream / "state.json").read_text())
        except FileNotFoundError:
            return {"state": "none", "trouble": None, "reconnects": 0, "last_fragment_at": None}

    def children(self):
        """The cameras' ffmpeg of this worker and of those before it, by their mark."""
        wanted = f"{MARK}={self.folder.resolve()}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            try:
                is_camera = b"concat" in (entry / "cmdline").read_bytes().split(b"\0")
                if is_camera and wanted in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except (OSError, ValueError):
                continue
        return found

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=15)


def until(true, seconds, what):
    """Poll until something is so; fail with its name after a deadline."""
    deadline = time.monotonic() + seconds * PATIENCE
    while not (found := true()):
        assert time.monotonic() < deadline, what
        time.sleep(0.02)
    return found


@pytest.fixture
def workers(tmp_path):
    started = []

    def start(*streams):
        worker = Worker(tmp_path / "media", list(streams))
        started.append(worker)
        return worker

    yield start
    for worker in started:
        worker.stop()
        assert worker.children() == []


def is_live(worker, code="C1", stream="main"):
    return worker.state(code, stream)["state"] == "live"


def wait_live(worker, code="C1", stream="main"):
    until(lambda: is_live(worker, code, stream), LIVE_SECONDS, f"{code}/{stream} is not live")


def wall_of_newest_part(worker):
    minutes = index.minutes(worker.folder / "C1" / "main", newest=1)
    parts = index.read_whole(minutes[-1])[1] if minutes else []
    return parts[-1].wall_us if parts else 0


@pytest.mark.alone
def test_a_camera_is_live_recorded_and_true_to_the_clock_in_its_picture(camera_rig, workers):
    worker = workers({"code": "C1", "url": camera_rig.url("/main")})
    wait_live(worker)
    tail = Tail(worker.folder / "C1" / "main")

    def shown():
        minutes = index.minutes(worker.folder / "C1" / "main")
        parts = [part for minute in minutes for part in index.read_whole(minute)[1]]
        return parts and parts[-1].msn >= 4

    until(shown, 20, "no segments come")
    before = checker.check(render(tail.window(), "main", parts=True), even=False)
    last = before.segments[-1]
    window = tail.wait_for(last.msn, len(last.parts), 2)
    after = checker.check(render(window, "main", parts=True), even=False)
    checker.check_follows(before, after)
    assert after.part_target <= 0.18, "G.711 becomes AAC and does not change the rhythm"
    assert "mp4a.40.2" in window.codecs
    drawn = [drawn_and_noted(worker, segment) for segment in window.segments[1:-1]]
    late = [noted_ms - picture_ms for picture_ms, noted_ms in drawn]
    # The camera's own time is in it too, and more of that when the machine is busy.
    assert min(late) - CAMERA_MS < 100
    assert min(late) > -20
    assert max(late) - min(late) < 100, "true to each other in any case"


def drawn_and_noted(worker, segment):
    """Return the time drawn into a segment's key picture and the time noted for it, in ms."""
    day, _, at = segment.minute.partition("-")
    minute = index.Minute(worker.folder / "C1" / "main", day, at)
    header = index.read_whole(minute)[0]
    part = segment.parts[0]
    data = minute.media_path.read_bytes()
    film = data[: header.init_size] + data[part.offset : part.offset + part.size]
    arguments = [command.find_ffmpeg(""), "-loglevel", "error", "-i", "pipe:0", "-frames:v", "1"]
    arguments += ["-pix_fmt", "gray", "-f", "rawvideo", "pipe:1"]
    grey = subprocess.run(arguments, input=film, capture_output=True, check=True).stdout
    return barcode.read(grey, header.width, header.height), part.wall_us / 1000


@pytest.mark.alone
def test_a_stalled_camera_is_found_within_three_seconds_and_comes_back(camera_rig, workers):
    worker = workers({"code": "C1", "url": camera_rig.url("/main")})
    wait_live(worker)
    # Only the pictures stop: sound and the connection go on.
    camera_rig.stall_video("/main")
    until(lambda: worker.state()["trouble"] == "stalled", 6, "the stall was not found")
    # Found after 2.2 s; the worker says so at its next word with the house, a second later at most.
    state = worker.state()
    assert 2.0 < state["at"] - state["last_fragment_at"] < 4.0
    camera_rig.resume("/main")
    wait_live(worker)
    before = wall_of_newest_part(worker)
    until(lambda: wall_of_newest_part(worker) > before, 5, "nothing new after the stall")


@pytest.mark.alone
def test_a_worker_that_was_frozen_blames_no_camera(camera_rig, workers):
    """With many streams, which it reads before it looks at their ages."""
    codes = [f"C{number}" for number in range(1, supervisor.FEW_STREAMS + 3)]
    worker = workers(*({"code": code, "url": camera_rig.url("/main")} for code in codes))
    for code in codes:
        wait_live(worker, code)
    worker.process.send_signal(signal.SIGSTOP)
    time.sleep(8)
    worker.process.send_signal(signal.SIGCONT)
    anew = "it did not begin anew"
    until(lambda: all(worker.state(code)["reconnects"] for code in codes), 5, anew)
    for code in codes:
        wait_live(worker, code)
    before = wall_of_newest_part(worker)
    until(lambda: wall_of_newest_part(worker) > before + 3_000_000, 10, "it does not go on")
    assert "trouble=<Trouble." not in worker.said.read_text(), "the jump was ours"
    assert {worker.state(code)["reconnects"] for code in codes} == {1}


def test_a_camera_that_was_switched_off_comes_back_behind_a_discontinuity(camera_rig, workers):
    worker = workers({"code": "C1", "url": camera_rig.url("/main")})
    wait_live(worker)
    until(lambda: wall_of_newest_part(worker), 10, "nothing recorded")
    camera_rig.kill()
    until(lambda: not is_live(worker), 5, "the loss was not found")
    camera_rig.start()
    until(lambda: is_live(worker), 20, "it did not come back")
    folder = worker.folder / "C1" / "main"
    until(lambda: len(index.minutes(folder)) >= 2, 5, "no new file")
    until(lambda: wall_of_newest_part(worker), 5, "nothing in the new file")
    first, *_, last = index.minutes(folder)
    assert index.read_whole(last)[0].discontinuity
    reader = index.IndexReader(first)
    index.read_on(reader)
    assert reader.end_reason in {EndReason.LOST, EndReason.MINUTE}
    reader.close()


def test_a_worker_killed_hard_leaves_nothing_that_the_next_does_not_clean(camera_rig, workers):
    worker = workers({"code": "C1", "url": camera_rig.url("/main")})
    wait_live(worker)
    until(lambda: wall_of_newest_part(worker), 10, "nothing recorded")
    (child,) = worker.children()
    os.kill(child, signal.SIGSTOP)  # so that it cannot notice the closed pipe by itself
    worker.process.kill()
    worker.process.wait()
    assert worker.children() == [child], "the orphan is there"
    killed_at = time.time()  # what the dead worker last said is older
    worker.start()
    until(lambda: child not in worker.children(), 10, "the orphan lives on")
    until(lambda: worker.state()["at"] > killed_at and is_live(worker), 15, "not live again")
    assert len(worker.children()) == 1
    folder = worker.folder / "C1" / "main"
    until(lambda: len(index.minutes(folder)) >= 2, 5, "no new file")
    minute = index.minutes(folder)[0]
    _header, parts, ended = index.read_whole(minute)
    assert ended
    assert minute.media_path.stat().st_size == parts[-1].offset + parts[-1].size


def test_orphans_end_by_themselves_when_nobody_restarts_the_worker(camera_rig, workers):
    worker = workers({"code": "C1", "url": camera_rig.url("/main")})
    wait_live(worker)
    worker.process.kill()
    worker.process.wait()
    until(lambda: worker.children() == [], 10, "an orphan lives on")


def test_a_second_worker_on_the_same_folder_goes_away(camera_rig, workers):
    worker = workers({"code": "C1", "url": camera_rig.url("/main")})
    wait_live(worker)
    second = workers({"code": "C1", "url": camera_rig.url("/main")})
    assert second.process.wait(timeout=15) == 3
    assert len(worker.children()) == 1


def test_a_sub_stream_runs_while_somebody_asks_for_it(camera_rig, workers):
    sub = {"code": "C1", "stream": "sub", "url": camera_rig.url("/sub"), "always": False}
    worker = workers(sub)
    until(lambda: worker.state(stream="sub")["state"] == "stopped", 10, "no word of it")
    assert worker.children() == []
    asked = worker.folder / "demand" / "C1.sub"
    asked.touch()
    wait_live(worker, stream="sub")
    os.utime(asked, (time.time() - 40, time.time() - 40))
    until(lambda: worker.children() == [], 5, "it runs on")


def test_h265_is_tagged_for_safari_and_odd_clocks_are_replaced(camera_rig, workers):
    worker = workers(
        {"code": "C1", "url": camera_rig.url("/h265")},
        {"code": "C2", "url": camera_rig.url("/odd")},
    )
    wait_live(worker)
    wait_live(worker, "C2")
    until(lambda: worker.state()["codecs"].startswith("hvc1."), 10, "no hvc1")
    camera_rig.jump(500)
    until(lambda: worker.state("C2")["trouble"] == "odd_timestamps", 20, "the jump was not seen")
    wait_live(worker, "C2")
    assert worker.state("C2")["trouble"] == "odd_timestamps", "it stays said"
    lived = worker.state("C2")["reconnects"]
    camera_rig.jump(-900)
    jumped_at = time.time()
    until(lambda: worker.state("C2")["at"] > jumped_at + 4, 15, "no more word")
    assert is_live(worker, "C2")
    assert worker.state("C2")["reconnects"] == lived, "a second jump does no harm"


@pytest.mark.parametrize(
    ("path", "trouble"),
    [("/nothing", "not_found"), ("/audio", "no_video"), ("/digest", "wrong_password")],
)
def test_what_is_wrong_is_told_apart(camera_rig, workers, path, trouble):
    worker = workers({"code": "C1", "url": camera_rig.url(path)})
    until(lambda: worker.state()["trouble"], 15, "no trouble was told")
    assert worker.state()["trouble"] == trouble
    assert worker.state()["state"] == "backoff"


def test_the_password_is_nowhere(camera_rig, workers):
    worker = workers(
        {"code": "C1", "url": camera_rig.digest_url()},
        {"code": "C2", "url": camera_rig.digest_url("Wrong#Pass7x").replace("#", "%23")},
    )
    wait_live(worker)
    until(lambda: worker.state("C2")["trouble"] == "wrong_password", 15, "no refusal")
    until(lambda: wall_of_newest_part(worker), 10, "nothing recorded")
    from urllib.parse import quote

    secrets = [DIGEST_PASSWORD, quote(DIGEST_PASSWORD, safe=""), "Wrong#Pass7x", "Wrong%23Pass7x"]
    for pid in [worker.process.pid, *worker.children()]:
        for name in ("cmdline", "environ"):
            shown = Path(f"/proc/{pid}/{name}").read_bytes().decode(errors="replace")
            assert not any(secret in shown for secret in secrets)
    worker.stop()
    files = [path for path in worker.folder.rglob("*") if path.is_file()]
    assert len(files) > 5
    for path in [*files, worker.said]:
        data = path.read_bytes()
        assert not any(secret.encode() in data for secret in secrets), path.name


def test_a_still_is_made_and_renewed_while_somebody_asks(camera_rig, workers):
    worker = workers({"code": "C1", "url": camera_rig.url("/main")})
    still = worker.folder / "C1" / "still.jpg"
    until(still.exists, 20, "no still")
    assert still.read_bytes().startswith(b"\xff\xd8")
    first = still.stat().st_mtime
    (worker.folder / "demand" / "C1.still").touch()
    until(lambda: still.stat().st_mtime > first, 12, "it was not renewed")


def test_stopping_ends_the_files_properly(camera_rig, workers):
    worker = workers({"code": "C1", "url": camera_rig.url("/main")})
    wait_live(worker)
    until(lambda: wall_of_newest_part(worker), 10, "nothing recorded")
    worker.stop()
    assert worker.process.returncode == 0
    reader = index.IndexReader(index.minutes(worker.folder / "C1" / "main")[-1])
    index.read_on(reader)
    assert reader.end_reason is EndReason.STOPPED
    reader.close()
    assert worker.state()["state"] == "stopped"


def test_a_still_that_cannot_be_written_is_not_the_last(camera_rig, workers):
    worker = workers({"code": "C1", "url": camera_rig.url("/main")})
    wait_live(worker)
    still = worker.folder / "C1" / "still.jpg"
    in_the_way = still.with_suffix(".new")
    until(still.exists, 20, "no still")
    in_the_way.mkdir()
    first = still.stat().st_mtime
    demand = worker.folder / "demand" / "C1.still"
    for _ in range(7):
        demand.touch()
        time.sleep(1)
    assert still.stat().st_mtime == first
    in_the_way.rmdir()
    demand.touch()
    until(lambda: still.stat().st_mtime > first, 12, "stills ended for good")


def test_a_child_that_cannot_be_started_takes_no_other_camera_with_it(camera_rig, workers):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"rtsp://127.0.0.1:{closed.getsockname()[1]}/x"
    worker = workers({"code": "C1", "url": camera_rig.url("/main")}, {"code": "C2", "url": nobody})
    wait_live(worker)
    pid = worker.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    used = {int(entry.name) for entry in Path(f"/proc/{pid}/fd").iterdir()}
    free = (number for number in itertools.count() if number not in used)
    # Three more files may be open at once: a state can be written, a child needs six.
    limit = next(itertools.islice(free, 3, None))
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (limit, before[1]))
    until(lambda: "no_child" in worker.said.read_text(), 30, "C2 was not tried")
    newest = wall_of_newest_part(worker)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
    until(lambda: wall_of_newest_part(worker) > newest, 10, "C1 is recorded no more")
    assert worker.process.poll() is None
    assert is_live(worker)
