"""What a camera's page asks of the house when somebody speaks, by the same requests."""

from __future__ import annotations

import http.cookiejar
import json
import time
import urllib.parse
import urllib.request
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from media.house import House

FORM = "application/x-www-form-urlencoded"


class Page:
    """What a camera's page does, by the same requests."""

    def __init__(self, house: House, code: str) -> None:
        self.code = code
        self.jar, self.address = http.cookiejar.CookieJar(), house.address
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        form = {"username": house.user, "password": house.password}
        self.post("/login", urllib.parse.urlencode(form).encode(), FORM)

    def post(self, path: str, body: bytes, kind: str) -> bytes:
        """Send a request as the page's script does."""
        headers = {
            "Content-Type": kind,
            "Accept": "application/json",
            "Sec-Fetch-Site": "same-origin",
        }
        request = urllib.request.Request(self.address + path, body, headers)
        with self.opener.open(request, timeout=20) as answer:
            return answer.read()

    def send(self, clip: bytes) -> dict:
        """Send a recorded clip."""
        mark = uuid.uuid4().hex
        body = b"".join(
            (
                f'--{mark}\r\nContent-Disposition: form-data; name="clip"; '.encode(),
                b'filename="v.webm"\r\n',
                b"Content-Type: audio/webm\r\n\r\n",
                clip,
                f"\r\n--{mark}--\r\n".encode(),
            )
        )
        return json.loads(
            self.post(f"/cameras/{self.code}/talk", body, f"multipart/form-data; boundary={mark}")
        )

    def is_over(self, told: dict) -> bool:
        """Ask how far it has come."""
        request = urllib.request.Request(
            self.address + told["status"], headers={"Accept": "application/json"}
        )
        with self.opener.open(request, timeout=20) as answer:
            state = json.loads(answer.read())
        if state["state"] == "failed":
            raise SystemExit(f"not spoken: {state['words']}")
        return not state["is_open"]

    def wait(self, told: dict) -> None:
        """Wait until it is over."""
        while not self.is_over(told):
            time.sleep(0.05)


def percentile(values: list[float], share: float) -> float:
    """Return the value below which this share of them lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]
