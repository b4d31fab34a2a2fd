"""``intranet points``: the ledger verified and handed out."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from intranet.config import Settings
from intranet.db import db, reading
from intranet.points import queries

TOLD_EVERY = 20_000  # entries, between two words on how far it is


@click.group()
def points() -> None:
    """Look after the points ledger."""


@points.command("verify")
def verify() -> None:
    """Check the whole ledger against itself; name every place that does not hold."""
    from intranet import create_app

    with create_app(Settings.from_env()).app_context(), reading():
        broken = list(queries.verify(db.session()))
    for one in broken:
        click.echo(f"entry {one.entry_id}: {one.what}" if one.entry_id else one.what)
    click.echo("the ledger does not hold" if broken else "the ledger holds")
    sys.exit(1 if broken else 0)


@points.command("export")
@click.option("--format", "kind", type=click.Choice(["jsonl"]), default="jsonl", show_default=True)
@click.option("--to", "path", type=click.Path(dir_okay=False, path_type=Path), required=True)
def export(kind: str, path: Path) -> None:
    """Write the ledger to a file: jsonl is what ``verifier.py`` reads."""
    from intranet import create_app

    del kind
    part, entries = path.with_name(f"{path.name}.part"), 0
    with (
        create_app(Settings.from_env()).app_context(),
        reading(),
        part.open("w", encoding="utf-8") as file,
    ):
        for record in queries.records(db.session()):
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
            entries += record["type"] == "entry"
            if record["type"] == "entry" and entries % TOLD_EVERY == 0:
                click.echo(f"{entries} entries…", err=True)
    part.replace(path)  # never half a file under its name
    click.echo(f"{entries} entries in {path}")
