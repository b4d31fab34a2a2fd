"""``intranet media``, ``camera`` and ``demo-cameras``."""

from __future__ import annotations

import importlib
import sys

import click
import structlog
from sqlalchemy import select

from intranet import clock, files, sealing
from intranet.config import Settings
from intranet.db import db, reading

log = structlog.get_logger(__name__)
DEMO_PORT = 18554


@click.command()
@click.option(
    "--speaking", is_flag=True, hidden=True, help="only that part: it is started by itself"
)
def media(*, speaking: bool) -> None:
    """Run the media worker: cameras in; live, recording and stills out, speech to cameras."""
    from intranet import create_app
    from intranet.cameras.tasks import DatabaseDoor
    from intranet.media import worker
    from intranet.media.claim import AlreadyRunningError
    from intranet.media.command import find_ffmpeg
    from intranet.media.retention import Limits
    from intranet.media.talk import apart
    from intranet.media.talk.mouth import Mouth

    settings = Settings.from_env()
    door = DatabaseDoor(create_app(settings))
    ffmpeg, allowed = find_ffmpeg(settings.ffmpeg), settings.camera_networks
    if speaking:
        apart.speak(Mouth(door, settings.media_dir, ffmpeg, allowed, log.info))
        return
    limits = Limits(
        settings.recording_days, settings.recording_max_bytes, settings.recording_min_free_bytes
    )
    try:
        worker.run(
            door,
            settings.media_dir,
            ffmpeg=ffmpeg,
            allowed=allowed,
            limits=limits,
            log=log.info,
            speaking=[sys.executable, "-m", "intranet", "media", "--speaking"],
        )
    except AlreadyRunningError:
        message = f"another media worker runs on {settings.media_dir}"
        raise click.ClickException(message) from None


@click.group()
def camera() -> None:
    """Look after cameras."""


@camera.command("add")
@click.argument("code")
@click.option("--name", required=True)
@click.option("--grid", "grid_code", required=True, help="code of its micro-grid")
def add(code: str, name: str, grid_code: str) -> None:
    """Register a camera; its addresses are asked for, so that no command line holds a password."""
    url = click.prompt("RTSP address", hide_input=sys.stdin.isatty())
    sub_url = click.prompt(
        "RTSP address of the sub-stream", default="", hide_input=sys.stdin.isatty()
    )
    from intranet import create_app
    from intranet.cameras import operations
    from intranet.errors import DomainError
    from intranet.grids.models import Grid

    settings = Settings.from_env()
    with create_app(settings).app_context():
        path = db.session.scalar(select(Grid.path).where(Grid.code == grid_code))
        if path is None:
            message = f"there is no grid with code {grid_code}"
            raise click.ClickException(message)
        facts = operations.CameraFacts(name, path, None, None, None, url, sub_url, wallclock=False)
        try:
            made = operations.add_camera(
                db.session(),
                actor=None,
                code=code,
                facts=facts,
                allowed=settings.camera_networks,
                at=clock.now(),
                address="console",
            )
        except DomainError as error:
            raise click.ClickException(error.key % error.params) from error
        db.session.commit()
    click.echo(f"camera {made.code} is registered")


@camera.command("list")
def show() -> None:
    """Print the cameras and how they are."""
    from intranet import create_app
    from intranet.cameras.models import Camera, StreamState
    from intranet.media.door import StreamName

    with create_app(Settings.from_env()).app_context(), reading():
        rows = db.session.execute(
            select(Camera.code, Camera.name, Camera.main_place, StreamState.state)
            .outerjoin(
                StreamState,
                (StreamState.camera_id == Camera.id) & (StreamState.stream == StreamName.MAIN),
            )
            .where(Camera.retired_at.is_(None))
            .order_by(Camera.code)
        ).all()
    for code, name, place, state in rows:
        click.echo(f"{code}\t{state.value if state else '-'}\t{name}\t{place}")


@camera.command("test")
@click.argument("code")
def test(code: str) -> None:
    """Look at a camera once and say what was found."""
    from intranet import create_app
    from intranet.cameras.models import Camera
    from intranet.media import prober
    from intranet.media.command import find_ffmpeg

    settings = Settings.from_env()
    with create_app(settings).app_context(), reading():
        sealed = db.session.scalar(select(Camera.main_url_sealed).where(Camera.code == code))
    if sealed is None:
        message = f"there is no camera {code}"
        raise click.ClickException(message)
    url = sealing.unseal(sealed)
    found = prober.probe(
        url, find_ffmpeg(settings.ffmpeg), settings.camera_networks, str(settings.media_dir)
    )
    if found.trouble is not None:
        message = f"{code}: {found.trouble.value}"
        raise click.ClickException(message)
    size = f"{found.width}x{found.height}"
    click.echo(f"{code}: {found.codec} {size}, sound: {found.audio_codec or 'none'}")


@camera.command("renew-seals")
def renew_seals() -> None:
    """Make a new key; seal cameras' addresses, all sealed fields of people and files with it.

    The house may run meanwhile: its processes look at the key file.
    """
    from intranet import create_app
    from intranet.cameras import operations

    settings = Settings.from_env()
    with create_app(settings).app_context():
        sealing.add_key(settings)
        cameras = operations.renew_seals(db.session())
        db.session.commit()
        fields = sum(_renew_all(holder) for holder in sealing.HOLDERS)
        sealed = files.renew_seals()
    words = f"{cameras} cameras, {fields} personal fields and {sealed} files"
    click.echo(f"{words} sealed with a new key")


def _renew_all(holder: str) -> int:
    """Have a room seal its fields anew, a batch at a time: writers wait for one only."""
    module, name = holder.split(":")
    renew = getattr(importlib.import_module(module), name)
    fields, more, last = 0, 1, 0
    while more:
        more, last = renew(db.session(), last)
        db.session.commit()
        fields += more
    return fields


@click.command("demo-cameras")
def demo_cameras() -> None:
    """Be the demo community's cameras: RTSP on loopback, for every camera that points there."""
    import logging
    from urllib.parse import unquote, urlsplit

    from intranet import create_app
    from intranet.cameras.models import Camera
    from intranet.media.demo import server
    from intranet.media.demo.camera import DemoCamera

    settings = Settings.from_env()
    with create_app(settings).app_context(), reading():
        rows = db.session.execute(
            select(Camera.code, Camera.name, Camera.main_url_sealed).order_by(Camera.code)
        ).all()
    found, port = [], DEMO_PORT
    for code, name, sealed in rows:
        parts = urlsplit(sealing.unseal(sealed))
        if parts.hostname == "127.0.0.1" and parts.path == f"/{code}/main":
            port = parts.port or port
            login = (unquote(parts.username or ""), unquote(parts.password or ""))
            found.append(DemoCamera(code, name, *login))
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    server.main(found, port, settings.data_dir)
