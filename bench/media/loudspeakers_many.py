"""Many cameras with loudspeakers in a process of their own, so that its clock is nobody else's.

    loudspeakers_many.py COUNT

Prints their addresses as a JSON list; then, for each line on stdin, what each heard since the last:
for every talk the times of its packets (monotonic seconds) and the number of its bytes.
"""

from __future__ import annotations

import contextlib
import json
import sys

from loudspeaker import Guard, OnvifCamera


def main() -> None:
    with contextlib.ExitStack() as stack:
        cameras = [
            stack.enter_context(OnvifCamera(guard=Guard(qop=True))) for _ in range(int(sys.argv[1]))
        ]
        print(json.dumps([camera.url() for camera in cameras]), flush=True)
        for _line in sys.stdin:
            told = []
            for camera in cameras:
                heard, camera.heard = camera.heard, []
                told += [{"at": one.at, "bytes": len(one.sound)} for one in heard]
            print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
