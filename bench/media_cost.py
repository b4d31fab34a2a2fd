"""What 86 cameras cost, live and on disk, beside the same number of bare ``ffmpeg -c copy``.

    python bench/media_cost.py [--minutes 5] [--cameras 86] [--rounds 1]

The source is a light RTSP/TCP sender on this machine (1080p25, 3 Mb/s, key picture every 2 s,
no sound); its cost is not counted, only that of the media worker with its ``ffmpeg`` children,
from ``/proc``. Both sides run in turns, ``--rounds`` times each, each for its share of the
minutes, after a warm-up in which every camera has delivered. Prints figures and, at the end,
whether the claim holds: no gap, at most 1.4 times the CPU.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_exe
from media.house import free_port
from media.processes import Cost, cost, load
from media.recordings import check_playlists, check_recordings

HERE = Path(__file__).parent / "media"
RATIO_MAX = 1.4
FRAMES_PER_SECOND = 25
WARM_UP_SECONDS = 90


def make_loop(path: Path) -> None:
    """Encode 20 seconds of 1080p25 at 3 Mb/s."""
    keys = f"keyint={2 * FRAMES_PER_SECOND}:min-keyint={2 * FRAMES_PER_SECOND}:scenecut=0"
    source = f"testsrc2=size=1920x1080:rate={FRAMES_PER_SECOND}"
    command = [get_ffmpeg_exe(), "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", source]
    command += ["-t", "20", "-c:v", "libx264", "-preset", "superfast", "-profile:v", "main"]
    command += ["-x264-params", f"bframes=0:{keys}:nal-hrd=cbr:filler=1"]
    command += ["-b:v", "3M", "-minrate", "3M", "-maxrate", "3M", "-bufsize", "3M"]
    subprocess.run([*command, "-f", "h264", str(path)], check=True)


def start_bare(cameras: int, port: int, folder: Path) -> list[subprocess.Popen]:
    """Start one plain recorder per camera."""
    started = []
    for number in range(cameras):
        command = [get_ffmpeg_exe(), "-nostdin", "-loglevel", "error", "-rtsp_transport", "tcp"]
        command += ["-i", f"rtsp://127.0.0.1:{port}/C{number:03}/main", "-c", "copy"]
        started.append(subprocess.Popen([*command, "-y", str(folder / f"C{number:03}.mp4")]))
        time.sleep(0.05)
    return started


def start_worker(cameras: int, port: int, folder: Path) -> list[subprocess.Popen]:
    """Start the media worker with that many cameras."""
    command = [sys.executable, str(HERE / "worker.py"), str(port), str(cameras), str(folder)]
    return [subprocess.Popen(command)]


def delivered(folder: Path, cameras: int) -> bool:
    """Whether every camera has written something worth a second of video."""
    sizes: dict[str, int] = {}
    for path in folder.rglob("*.mp4"):
        code = path.relative_to(folder).parts[0].removesuffix(".mp4")
        sizes[code] = sizes.get(code, 0) + path.stat().st_size
    return sum(size > 400_000 for size in sizes.values()) >= cameras


def measure(start, options: argparse.Namespace, folder: Path) -> tuple[Cost, float, int]:
    """Run one side once; return its cost, its seconds and how many playlists were bad."""
    folder.mkdir()
    began = time.monotonic()
    processes = start(options.cameras, options.port, folder)
    pids = [process.pid for process in processes]
    try:
        while not delivered(folder, options.cameras):
            late = time.monotonic() - began > WARM_UP_SECONDS
            if late or any(process.poll() is not None for process in processes):
                raise SystemExit(f"not every camera came up within {WARM_UP_SECONDS} s")
            time.sleep(0.5)
        print(f"{folder.name}: all up after {time.monotonic() - began:.0f} s", flush=True)
        time.sleep(5)  # the staggered start's work is not the steady state
        before, start_time = cost(pids), time.monotonic()
        time.sleep(options.minutes * 60 / options.rounds)
        after = cost(pids, memory=True)
        seconds = time.monotonic() - start_time
        bad = check_playlists(folder, options.cameras) if start is start_worker else 0
        ended = [process.pid for process in processes if process.poll() is not None]
        if ended:
            raise SystemExit(f"{len(ended)} processes ended early")
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(20)
    spent = after.cpu_seconds - before.cpu_seconds
    return Cost(spent, after.pss_bytes, after.threads, after.processes), seconds, bad


def tell(name: str, found: Cost, seconds: float) -> None:
    """Print one round's figures."""
    print(
        f"{name:7} {100 * found.cpu_seconds / seconds:6.1f} % of one core,"
        f" {found.pss_bytes / 2**20:6.0f} MiB PSS, {found.threads} threads in"
        f" {found.processes} processes, {seconds:.0f} s; load {load()}",
        flush=True,
    )


def run(options: argparse.Namespace, folder: Path) -> bool:
    """Run both sides in turns; return whether the claim holds."""
    loop = folder / "loop.h264"
    make_loop(loop)
    print(f"{options.cameras} cameras at {loop.stat().st_size * 8 / 20e6:.2f} Mb/s", flush=True)
    command = [sys.executable, str(HERE / "sender.py"), str(options.port), str(loop)]
    with subprocess.Popen([*command, str(FRAMES_PER_SECOND)], stdout=subprocess.PIPE) as sender:
        if not sender.stdout.readline():
            raise SystemExit("the sender did not start")
        shares: dict[str, list[float]] = {"worker": [], "bare": []}
        gaps = 0
        try:
            for turn in range(options.rounds):
                for name, start in (("worker", start_worker), ("bare", start_bare)):
                    here = folder / f"{name}-{turn}"
                    found, seconds, bad = measure(start, options, here)
                    tell(name, found, seconds)
                    gaps += bad
                    shares[name].append(found.cpu_seconds / seconds)
                    if name == "worker":
                        gaps += check_recordings(here, options.cameras)
                    shutil.rmtree(here)
        finally:
            sender.kill()
    ratio = statistics.mean(shares["worker"]) / statistics.mean(shares["bare"])
    print(f"CPU ratio {ratio:.2f} (claim: at most {RATIO_MAX}); gaps {gaps} (claim: none)")
    return ratio <= RATIO_MAX and gaps == 0


def main() -> None:
    """Read the options and say at the end whether the claim holds."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--minutes", type=float, default=5.0, help="of measuring, per side")
    parser.add_argument("--cameras", type=int, default=86)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--port", type=int, default=free_port())
    parser.add_argument("--folder", help="where to record; default a new one in the temp folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="media-cost-", dir=options.folder) as name:
        good = run(options, Path(name))
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
