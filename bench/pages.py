"""Pages a second of the roster, against a hello-world route on the same gunicorn.

    python bench/pages.py [--seconds 8] [--clients 8] [--rounds 3]

The roster page shows 50 micro-grids with full teams. Its poll answers 204. "Hello" is a bare Flask
app without session, database, template or hook, served by the same gunicorn process; "house" is
the house's own route without any of them (/healthz), with its hooks. With two cores or more the
server has one and the clients another. Exit status 1 when a target (of hello) is missed.
"""

from __future__ import annotations

import argparse
import logging
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import structlog
from flask import Flask
from sqlalchemy import event
from web.clients import Figures, load

ROWS = 50
PAGE_SHARE = 0.10
POLL_SHARE = 0.40


def serve(port: int) -> None:
    """Serve the house and the hello-world app from one gunicorn, until SIGTERM."""
    from gunicorn.app.base import BaseApplication
    from werkzeug.middleware.dispatcher import DispatcherMiddleware

    from intranet import create_app, logs
    from intranet.serve import _gunicorn_settings

    logs.configure()
    hello = Flask("hello")
    hello.add_url_rule("/", view_func=lambda: "Hello, World!")

    class Both(BaseApplication):
        def load_config(self):
            settings = _gunicorn_settings("127.0.0.1", port, 1)
            for name, value in settings.items():
                if name != "child_exit":
                    self.cfg.set(name, value)

        def load(self):
            return DispatcherMiddleware(create_app(), {"/hello": hello})

    Both().run()


def queries_of(app: Flask, path: str, cookie: str) -> int:
    """Count the statements one page costs, at the driver, without those that begin and end."""
    from intranet.db import db

    seen: list[str] = []

    def trace(raw, *_of_pool):
        raw.set_trace_callback(seen.append)

    db.session.remove()
    event.listen(db.engine, "checkout", trace)
    client = app.test_client(use_cookies=False)
    answer = client.get(path, headers={"Cookie": cookie})
    event.remove(db.engine, "checkout", trace)
    assert answer.status_code == 200, answer.status
    return sum(1 for statement in seen if statement.startswith("SELECT"))


def prepare(folder: Path, rows: int) -> tuple[str, str, int, int]:
    """Make a town of so many micro-grids; return code, cookie, queries of the page, its bytes."""
    from web.town import build

    from intranet import create_app
    from intranet.config import Settings
    from intranet.schema import upgrade_database

    folder.mkdir()
    os.environ["INTRANET_DATA_DIR"] = str(folder)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    app = create_app(Settings.from_env())
    with app.app_context():
        upgrade_database()
        code, cookie = build(app, rows)
    path = f"/grids/{code}/roster"
    client = app.test_client(use_cookies=False)
    page = client.get(path, headers={"Cookie": cookie}).get_data(as_text=True)
    with app.app_context():
        return code, cookie, queries_of(app, path, cookie), len(page.encode())


def request(path: str, cookie: str = "", *more: str) -> bytes:
    """Return the bytes of a GET."""
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *more]
    if cookie:
        lines.append(f"Cookie: {cookie}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def started(port: int, log: Path) -> subprocess.Popen:
    """Start the server on a core of its own and wait until it listens."""
    words = [sys.executable, __file__, "--serve", str(port)]
    cores = sorted(os.sched_getaffinity(0))
    with log.open("wb") as sink:  # each request is logged, as in earnest
        server = subprocess.Popen(words, stdout=sink, stderr=sink)
    if len(cores) > 1:
        os.sched_setaffinity(server.pid, {cores[0]})
        os.sched_setaffinity(0, {cores[1]})
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return server
        time.sleep(0.1)
    server.terminate()
    raise SystemExit("the server did not come up")


def cpu_seconds(server: subprocess.Popen) -> float:
    """Return what the server's worker process has spent; true even on a busy machine."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    ticks = sum(
        int(field)
        for child in children
        for field in Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[11:13]
    )
    return ticks / os.sysconf("SC_CLK_TCK")


def measure(
    server: subprocess.Popen, port: int, code: str, cookie: str, arguments: argparse.Namespace
) -> bool:
    """Load the three routes in turns; print the figures; tell whether the targets are met."""
    partial = ("HX-Request: true", "HX-Request-Type: partial")
    asked = {
        "hello": (request("/hello/"), 200),
        "house": (request("/healthz"), 200),
        "roster": (request(f"/grids/{code}/roster", cookie), 200),
        "poll": (request(f"/grids/{code}/roster?seen={10**9}", cookie, *partial), 204),
    }
    for wanted, status in asked.values():  # templates and catalogues are read once
        load(port, wanted, status, clients=2, seconds=1)
    rounds: dict[str, list[Figures]] = {name: [] for name in asked}
    spent = dict.fromkeys(asked, 0.0)
    for _ in range(arguments.rounds):
        for name, (wanted, status) in asked.items():
            before = cpu_seconds(server)
            figures = load(
                port, wanted, status, clients=arguments.clients, seconds=arguments.seconds
            )
            rounds[name].append(figures)
            spent[name] += cpu_seconds(server) - before
    print(f"{arguments.clients} clients, {arguments.rounds} rounds of {arguments.seconds:g} s")
    rate = {n: statistics.median(f.per_second for f in found) for n, found in rounds.items()}
    for name, found in rounds.items():
        p50, p95, p99 = (
            statistics.median(f.percentile(share) for f in found) for share in (0.5, 0.95, 0.99)
        )
        print(
            f"{name:7} {rate[name]:8.1f} /s   of hello {rate[name] / rate['hello']:.3f}"
            f"   of house {rate[name] / rate['house']:.3f}"
            f"   p50 {p50:.1f} ms  p95 {p95:.1f} ms  p99 {p99:.1f} ms"
            f"   server {spent[name] / sum(len(f.times) for f in found) * 1000:.2f} ms of core each"
        )
    page, poll = rate["roster"] / rate["hello"], rate["poll"] / rate["hello"]
    print(f"roster/hello {page:.3f} (target {PAGE_SHARE}), poll/hello {poll:.3f} ({POLL_SHARE})")
    return page >= PAGE_SHARE and poll >= POLL_SHARE


def main() -> int:
    """Run the bench."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--serve", type=int, metavar="PORT", help="be the server")
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.serve)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        small = prepare(Path(folder, "small"), ROWS // 5)
        code, cookie, queries, size = prepare(Path(folder, "town"), ROWS)
        print(f"roster: {ROWS} rows, {size // 1000} kB, {queries} queries; 10 rows: {small[2]}")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        server = started(port, Path(folder, "log"))
        try:
            good = measure(server, port, code, cookie, arguments) and queries == small[2]
        except SystemExit:
            log = Path(folder, "log").read_text(encoding="utf-8")
            print(log[-3000:])
            raise
        finally:
            server.terminate()
            server.wait(10)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
