"""Forks writers of files and kills each with SIGKILL at a moment of its own; for test_files."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

from intranet import files, sealing
from intranet.config import Settings

KILLS = 30


def write(log: Path) -> None:
    with log.open("a", encoding="ascii", buffering=1) as lines:
        while True:
            sealed = random.random() < 0.3
            data = random.randbytes(random.choice([1, 5_000, 300_000, 2_000_000]))
            lines.write(files.put(data, "jpg", sealed=sealed) + "\n")


def main() -> None:
    settings = Settings.from_env()
    sealing.configure(settings)
    files.configure(settings)
    for number in range(KILLS):
        child = os.fork()
        if not child:
            random.seed(number)
            write(Path(sys.argv[1]))
        time.sleep(random.uniform(0.01, 0.25))
        os.kill(child, signal.SIGKILL)
        assert os.waitpid(child, 0)[1] == signal.SIGKILL


if __name__ == "__main__":
    main()
