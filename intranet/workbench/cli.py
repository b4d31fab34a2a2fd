"""Commands of the workbench."""

from __future__ import annotations

import sys

import click

from intranet import audit as trail
from intranet.config import Settings
from intranet.db import db, reading
from intranet.workbench.demo.command import demo, make_demo
from intranet.workbench.tasks import ANCHORS

__all__ = ["audit", "demo", "make_demo"]


@click.group()
def audit() -> None:
    """Look after the audit trail."""


@audit.command("verify")
def verify() -> None:
    """Walk the whole chain; name every entry that does not hold."""
    from intranet import create_app

    settings = Settings.from_env()
    anchors = trail.read_anchors(settings.data_dir / ANCHORS)
    with create_app(settings).app_context(), reading():
        broken = list(trail.verify(db.session(), anchors))
    for link in broken:
        click.echo(f"entry {link.entry_id}: {link.what}")
    click.echo("the chain does not hold" if broken else "the chain holds")
    sys.exit(1 if broken else 0)
