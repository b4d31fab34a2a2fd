"""Commands that start the house: web, worker, everything at once; and the database's upgrade."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from cryptography.hazmat.primitives import hashes

from intranet.config import Settings
from intranet.https import root
from intranet.https.front import PAGE, hindrance
from intranet.https.names import address_of, network_addresses

if TYPE_CHECKING:
    from flask import Flask

HOUSE = Path(__file__).resolve().parent.parent
WEB_WORKERS_MAX = 4
# A blocked playlist holds a thread and nothing else, about 30 kB each, started on demand.
WEB_THREADS = 96
# How long one request may keep the others of its process waiting. Python's own 5 ms are long where
# twenty who speak and the players share it: a part of the picture changes hands a dozen times.
SWITCH_SECONDS = 0.001


@click.command()
@click.option(
    "--port", default=lambda: int(os.environ.get("PORT") or 8000), type=int, show_default="8000"
)
@click.option(
    "--bind",
    default=lambda: os.environ.get("BIND") or "127.0.0.1",
    show_default="127.0.0.1",
    help="address to listen on",
)
@click.option("--workers", default=lambda: min(os.cpu_count() or 1, WEB_WORKERS_MAX), type=int)
def web(port: int, bind: str, workers: int) -> None:
    """Serve the pages and the live streams."""
    from gunicorn.app.base import BaseApplication

    settings = Settings.from_env()
    metrics = settings.data_dir / "metrics"
    shutil.rmtree(metrics, ignore_errors=True)
    metrics.mkdir(parents=True, exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)

    class House(BaseApplication):  # type: ignore[misc,no-any-unimported,unused-ignore]
        def load_config(self) -> None:
            for name, value in _gunicorn_settings(bind, port, workers).items():
                self.cfg.set(name, value)

        def load(self) -> Flask:
            from intranet import create_app

            sys.setswitchinterval(SWITCH_SECONDS)
            house = create_app(settings)
            settle()
            return house

    House().run()


def settle() -> None:
    """Put what is there for good out of the collector's way.

    It would look through all the house is made of again and again, with every request waiting:
    half a second at a time on a slow box.
    """
    gc.collect()
    gc.freeze()


def _gunicorn_settings(bind: str, port: int, workers: int) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "bind": f"{bind}:{port}",
        "workers": workers,
        "worker_class": "gthread",
        "threads": WEB_THREADS,
        "timeout": 60,
        "graceful_timeout": 3,
        "keepalive": 15,
        # The most there is: what people paste into a search field is answered by the house.
        "limit_request_line": 8190,
        "control_socket_disable": True,
        # What proxies say is weighed in security.py, and nowhere else.
        "forwarded_allow_ips": "",
        "proc_name": "weiwang-web",
        "errorlog": "-",
        "loglevel": "warning",
        "child_exit": _forget_metrics,
    }
    if Path("/dev/shm").is_dir():  # noqa: S108 — the worker's heartbeat file must not wait for a disk
        settings["worker_tmp_dir"] = "/dev/shm"  # noqa: S108
    return settings


def _forget_metrics(server: Any, worker: Any) -> None:
    from prometheus_client import multiprocess

    del server
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


@click.command()
@click.option("--threads", default=2, show_default=True)
def worker(threads: int) -> None:
    """Run background jobs: purges, verification, and whatever the rooms hand over."""
    from intranet import create_app
    from intranet.background import consume

    settings = Settings.from_env()
    consume(create_app(settings), settings, threads)


@click.command()
@click.option(
    "--port", default=lambda: int(os.environ.get("PORT") or 8000), type=int, show_default="8000"
)
@click.option(
    "--bind",
    default=lambda: os.environ.get("BIND") or "127.0.0.1",
    show_default="127.0.0.1",
    help="address plain HTTP listens on",
)
def run(port: int, bind: str) -> None:
    """Start the whole intranet with the demo community; Ctrl-C stops all of it."""
    from intranet.processes import Household

    env = _demo_environment(port, bind)
    os.environ.update(env)
    settings = Settings.from_env()
    _refuse_taken_port(port)
    no_https = hindrance(settings)
    if no_https:  # the page that explains HTTPS says so, too
        env["INTRANET_HTTPS_PORT"] = "off"
    _prepare(settings)
    command = f"exec {sys.executable} -m intranet"
    manager = Household(settings.data_dir / "run.log")
    for name in ("web", "media", "worker", "demo-cameras"):
        manager.add_process(name, f"{command} {name}", env={**os.environ, **env}, cwd=str(HOUSE))
    if not no_https:
        # Without it the rest of the house is as good as before.
        manager.add_process(
            "https", f"{command} https", env={**os.environ, **env}, cwd=str(HOUSE), needed=False
        )
    click.echo(f"\n  微网 is starting on http://127.0.0.1:{port}")
    click.echo(f"  {no_https}" if no_https else _https_words(settings, port))
    click.echo(f"  demo accounts: {settings.data_dir / 'demo-accounts.txt'}")
    click.echo(f"  what it does is written to {settings.data_dir / 'run.log'}, what fails here too")
    click.echo("  Ctrl-C stops all of it.\n")
    # The children have sessions of their own: a terminal that closes must not leave them behind.
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    manager.loop()
    # 130 is "stopped by Ctrl-C", which is how this command is meant to end.
    status = manager.returncode or 0
    sys.exit(0 if status in {130, 143} else status if status >= 0 else 128 - status)


def _https_words(settings: Settings, port: int) -> str:
    """Make the root if need be; return where HTTPS is, and how browsers learn to trust it."""
    made = root.make_once(settings.data_dir, settings.https_names)
    others = [*settings.https_names, *network_addresses()]
    places = [address_of(one, settings.https_port) for one in [*others, "localhost"]]
    lines = [
        f"  and, once a device trusts its root, on {' '.join(places)}",
        f"  how: http://127.0.0.1:{port}{PAGE}; the fingerprint of the root (SHA-256):",
        f"  {root.fingerprint(made, hashes.SHA256())}",
    ]
    beyond = [one for one in others if not root.covers(made, one)]
    if beyond:
        lines.append(
            f"  the root was made before {', '.join(beyond)} came and does not hold there: delete "
            f"{settings.data_dir / 'https'}, start anew, and let every device trust the new one"
        )
    return "\n".join(lines)


def _demo_environment(port: int, bind: str) -> dict[str, str]:
    defaults = {
        "INTRANET_DEMO": "1",
        "INTRANET_CAMERA_NETWORKS": "127.0.0.0/8",
        # 86 demo cameras must not fill a newcomer's disk.
        "INTRANET_RECORDING_MAX_GB": "2",
        "INTRANET_COMMUNITY_NAME": "梧桐场镇社区",
    }
    return {
        "PORT": str(port),
        "BIND": bind,
        "PYTHONUNBUFFERED": "1",
        **{name: os.environ.get(name) or value for name, value in defaults.items()},
    }


def _refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            message = f"port {port} is taken; try another: make run PORT={port + 1}"
            raise click.ClickException(message) from None


def _prepare(settings: Settings) -> None:
    from intranet import create_app
    from intranet.schema import upgrade_database
    from intranet.workbench.cli import make_demo

    app = create_app(settings)
    with app.app_context():
        upgrade_database()
        make_demo(settings)


@click.group("db")
def db_group() -> None:
    """Look after the database."""


@db_group.command("upgrade")
def db_upgrade() -> None:
    """Bring the database to this version's shape."""
    from intranet import create_app
    from intranet.schema import upgrade_database

    with create_app(Settings.from_env()).app_context():
        upgrade_database()
    click.echo("the database is up to date")


@click.command()
def check() -> None:
    """Check configuration and health; ends with 1 when something needs a hand."""
    from intranet import create_app
    from intranet.health import report

    settings = Settings.from_env()
    with create_app(settings).app_context():
        findings = report(settings)
    for finding in findings:
        click.echo(f"{'ok  ' if finding.good else 'BAD '} {finding.name}: {finding.words}")
    sys.exit(0 if all(finding.good for finding in findings) else 1)


@click.command()
@click.option("--compile-only", is_flag=True, help="do not look for missing translations")
def messages(*, compile_only: bool) -> None:
    """Compile the rooms' catalogues; say which messages lack a translation."""
    from intranet.i18n import compile_catalogues, missing_messages

    missing = {} if compile_only else missing_messages(HOUSE)
    for locale, texts in missing.items():
        for text in sorted(texts):
            click.echo(f"{locale}: {text!r} is not translated")
    click.echo(f"{compile_catalogues()} messages compiled")
    sys.exit(1 if any(missing.values()) else 0)
