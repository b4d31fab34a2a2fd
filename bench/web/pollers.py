"""Open queue pages, each polling at its own interval, over HTTP, as browsers do.

The pages do what the page's script does: ask at the address the list gave them, from the newest
event the last 204 spoke of, and take the address of the new list when one comes.
"""

from __future__ import annotations

import heapq
import os
import random
import re
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from factories import viewer_of
from sqlalchemy import select

from intranet import clock
from intranet.db import db
from intranet.grids.models import Grid, GridKind
from intranet.incidents.models import Category, Source
from intranet.incidents.operations import Report, report
from intranet.people.models import Account, RoleGrant

from .city import City

SECONDS_BETWEEN_EVENTS = 6.0
ANSWER_BYTES_MAX = 1_000_000


@dataclass
class Figures:
    """What was counted."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    events: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        """Return the time within which so many answers came, in milliseconds."""
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


@dataclass
class Page:
    """One open page."""

    cookie: str
    url: str = ""
    interval: float = 15.0
    connection: socket.socket | None = None
    sent_at: float = 0.0
    received: bytearray = field(default_factory=bytearray)


def run(found: City, seconds: float) -> Figures:
    """Serve the city and have all its pages open for so long."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, **_settings_of(found)}
    words = [sys.executable, "-m", "intranet", "web", "--port", str(port)]
    log = Path(environment["INTRANET_DATA_DIR"], "web.log")
    with log.open("wb") as sink:
        server = subprocess.Popen(
            words,
            env=environment,
            stdout=sink,
            stderr=sink,
            cwd=Path(__file__).resolve().parents[2],
        )
    try:
        _wait(port, server)
        pages = [Page(cookie) for cookie in found.pollers]
        for page in pages:
            _open(port, page)
        return _poll(found, server, port, pages, seconds)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(15)


def _settings_of(found: City) -> dict[str, str]:
    settings = found.app.config["SETTINGS"]
    return {
        "INTRANET_DATA_DIR": str(settings.data_dir),
        "INTRANET_DATABASE_URL": settings.database_url,
    }


def _wait(port: int, server: subprocess.Popen) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if server.poll() is not None:
            break
        time.sleep(0.1)
    message = "the server did not come up"
    raise SystemExit(message)


def _open(port: int, page: Page) -> None:
    """Load the page as a browser does, and read from it how to poll."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(_request("/incidents?tab=inbox", page.cookie, "Connection: close"))
        received = bytearray()
        while more := connection.recv(262_144):
            received += more
    _read(page, received.decode(errors="replace"))


def _read(page: Page, html: str) -> None:
    given = re.search(r'hx-get="([^"]+)" hx-trigger="every (\d+)s', html)
    assert given, html[:400]
    page.url, page.interval = given[1].replace("&amp;", "&"), float(given[2])


def _request(url: str, cookie: str, *more: str) -> bytes:
    lines = [f"GET {url} HTTP/1.1", "Host: 127.0.0.1", f"Cookie: {cookie}", *more]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _poll(
    found: City, server: subprocess.Popen, port: int, pages: list[Page], seconds: float
) -> Figures:
    figures = Figures()
    dice = random.Random(1)
    started = time.perf_counter()
    queue = [(started + dice.random() * page.interval, n) for n, page in enumerate(pages)]
    heapq.heapify(queue)
    chooser = selectors.DefaultSelector()
    happens_at = started + SECONDS_BETWEEN_EVENTS
    before = _cpu_seconds(server)
    while (now := time.perf_counter()) < started + seconds:
        while queue and queue[0][0] <= now:
            due_at, number = heapq.heappop(queue)
            _ask(chooser, port, pages[number])
            heapq.heappush(queue, (due_at + pages[number].interval, number))
        if now >= happens_at:
            _happen(found, dice)
            figures.events += 1
            happens_at += SECONDS_BETWEEN_EVENTS
        for key, _ in chooser.select(0.02):
            _answered(chooser, port, key.data, figures)
    figures.cpu_seconds = _cpu_seconds(server) - before
    figures.seconds = time.perf_counter() - started
    return figures


def _ask(chooser: selectors.BaseSelector, port: int, page: Page) -> None:
    """Send a poll on the page's connection, or a new one where the server has closed it."""
    if page.connection is None:
        page.connection = socket.create_connection(("127.0.0.1", port), timeout=30)
        chooser.register(page.connection, selectors.EVENT_READ, page)
    page.received.clear()
    page.sent_at = time.perf_counter()
    page.connection.sendall(
        _request(page.url, page.cookie, "HX-Request: true", "HX-Request-Type: partial")
    )


def _answered(chooser: selectors.BaseSelector, port: int, page: Page, figures: Figures) -> None:
    assert page.connection is not None
    try:
        came = page.connection.recv(262_144)
    except ConnectionResetError:
        came = b""
    if not came:  # kept alive for 15 s: shorter than the intervals
        chooser.unregister(page.connection)
        page.connection.close()
        page.connection = None
        if page.sent_at:  # closed while we asked: a browser asks again
            _ask(chooser, port, page)
        return
    page.received += came
    assert len(page.received) < ANSWER_BYTES_MAX
    head, whole, body = bytes(page.received).partition(b"\r\n\r\n")
    if not whole:
        return
    status = int(head.split()[1])
    length = re.search(rb"(?i)content-length: (\d+)", head)
    if status == 200 and len(body) < int(length[1] if length else 0):
        return
    figures.answers[status] += 1
    figures.times.append(time.perf_counter() - page.sent_at)
    if status == 200:
        _read(page, body.decode())
    elif status == 204:
        seen = re.search(rb"(?i)weiwang-seen: (\d+)", head)
        assert seen, head
        page.url = re.sub(r"([?&]seen=)\d+", rf"\g<1>{int(seen[1])}", page.url)
    else:
        message = f"a poll was answered {head.decode('latin-1')}"
        raise SystemExit(message)
    page.received.clear()
    page.sent_at = 0.0


def _happen(found: City, dice: random.Random) -> None:
    """Somebody reports something somewhere in the city."""
    with found.app.app_context():
        session = db.session()
        micros = session.scalars(select(Grid).where(Grid.kind == GridKind.MICRO)).all()
        category = session.scalars(select(Category).where(Category.parent_id.is_not(None))).first()
        account, grant = session.execute(
            select(Account, RoleGrant).join(RoleGrant, RoleGrant.account_id == Account.id).limit(1)
        ).one()
        actor = viewer_of(account, (grant.role, grant.grid_path))
        content = Report(grid=dice.choice(micros), category=category, source=Source.PATROL)
        report(session, actor=actor, at=clock.now(), content=content)
        session.commit()
        db.session.remove()


def _cpu_seconds(server: subprocess.Popen) -> float:
    """Return what the server's processes have spent, the first one included."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    ticks = sum(
        int(number)
        for process in (str(server.pid), *children)
        for number in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
    )
    return ticks / os.sysconf("SC_CLK_TCK")
