"""HTTP to a camera, for the makers whose loudspeakers are reached that way; digest, bounded.

``http.client`` because one of them wants a body after ``Content-Length: 0`` on the same
connection, which no HTTP library above it sends.
"""

from __future__ import annotations

import http.client
import select
import socket
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from intranet.media.door import TalkTrouble
from intranet.media.talk.digest import Credentials
from intranet.media.talk.trouble import TalkError
from intranet.media.talk.wire import ANSWER_SECONDS, CHALLENGES_MAX, meaning

BODY_BYTES_MAX = 65_536


@dataclass
class CameraHttp:
    """A camera's HTTP side. ``url``: ``http://user:password@host:port``, its host resolved."""

    url: str = field(repr=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self.credentials = Credentials(unquote(parts.username or ""), unquote(parts.password or ""))

    def ask(self, method: str, path: str) -> bytes:
        """Send a request without a body; return the answer's. Raises TalkError unless 200."""
        connection, answer = self._begin(method, path)
        connection.close()
        return answer

    def begin(self, method: str, path: str) -> socket.socket:
        """Do the same, and return the connection: it stays open for what is sent raw.

        An answer that names no length has no body to wait for: it would end with the connection.
        """
        connection, _body = self._begin(method, path, goes_on=True)
        return connection

    def _begin(
        self, method: str, path: str, *, goes_on: bool = False
    ) -> tuple[socket.socket, bytes]:
        for _try in range(CHALLENGES_MAX):
            connection = self._connected()
            try:
                status, headers, body, raw = self._once(connection, method, path, goes_on)
            finally:
                connection.close()
            if status == 200:
                return raw, body
            raw.close()
            if status != 401 or not self.credentials.take(headers):
                break
        if b"busy" in body.lower():
            raise TalkError(TalkTrouble.BUSY)
        raise TalkError(meaning(status, asks=method == "GET"))

    def stream(self, path: str, kind: str, length: int) -> socket.socket:
        """Send the head of a POST whose body follows as it is spoken; return the connection."""
        connection = self._connected()
        headers = {"Content-Type": kind, "Content-Length": str(length)}
        headers |= self._authorization("POST", path)
        try:
            connection.putrequest("POST", path, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders()
            assert connection.sock is not None
            return connection.sock.dup()
        except OSError:
            raise TalkError(TalkTrouble.DROPPED) from None
        finally:
            connection.close()

    def _connected(self) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=ANSWER_SECONDS)
        try:
            connection.connect()
        except TimeoutError:
            raise TalkError(TalkTrouble.TIMED_OUT) from None
        except ConnectionRefusedError:
            raise TalkError(TalkTrouble.REFUSED) from None
        except OSError:
            raise TalkError(TalkTrouble.UNREACHABLE) from None
        return connection

    def _once(
        self, connection: http.client.HTTPConnection, method: str, path: str, goes_on: bool
    ) -> tuple[int, list[str], bytes, socket.socket]:
        assert connection.sock is not None
        raw = connection.sock.dup()
        try:
            headers = {"Content-Length": "0"} if method != "GET" else {}
            headers |= self._authorization(method, path)
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            is_endless = answer.length is None and not answer.chunked
            body = b"" if goes_on and is_endless else answer.read(BODY_BYTES_MAX)
        except TimeoutError:
            raw.close()
            raise TalkError(TalkTrouble.TIMED_OUT) from None
        except (OSError, http.client.HTTPException, ValueError):
            raw.close()
            raise TalkError(TalkTrouble.NOT_UNDERSTOOD) from None
        return answer.status, answer.headers.get_all("WWW-Authenticate", []), body, raw

    def _authorization(self, method: str, path: str) -> dict[str, str]:
        told = self.credentials.answer(method, path)
        return {"Authorization": told} if told else {}


def send(connection: socket.socket, data: bytes) -> None:
    """Send bytes whole. Raises TalkError when the camera takes none of them in time."""
    try:
        connection.settimeout(ANSWER_SECONDS)
        connection.sendall(data)
    except OSError:
        raise TalkError(TalkTrouble.DROPPED) from None


def listen(connection: socket.socket, seconds: float) -> None:
    """Wait; raise TalkError when the camera answers or hangs up, for either ends the talk."""
    try:
        ready, _writable, _odd = select.select([connection], [], [], max(0.0, seconds))
        if not ready:
            return
        said = connection.recv(4096)
    except OSError:
        raise TalkError(TalkTrouble.DROPPED) from None
    words = said.split(b" ", 2)
    status = int(words[1]) if len(words) > 2 and words[1][:3].isdigit() and len(words[1]) < 4 else 0
    raise TalkError(meaning(status, asks=False, otherwise=TalkTrouble.DROPPED))


class RawLine:
    """The connection on which two makers take sound as it is, without any frame around it."""

    def __init__(self, url: str) -> None:
        self._http = CameraHttp(url)
        self._wire: socket.socket | None = None

    def play(self, packet: bytes) -> None:
        """Send 20 ms."""
        assert self._wire is not None
        send(self._wire, packet)

    def wait(self, seconds: float) -> None:
        """Wait, noticing when the camera refuses or hangs up."""
        assert self._wire is not None
        listen(self._wire, seconds)

    def close(self) -> None:
        """Hang up."""
        if self._wire is not None:
            self._wire.close()
            self._wire = None
