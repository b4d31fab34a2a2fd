"""``intranet points``: the ledger verified and handed out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from sqlalchemy.orm import Session

from intranet.config import Settings
from intranet.db import db, reading
from intranet.points import operations, queries, tasks
from intranet.points.models import WIDTH

ROUNDS_MAX = 100_000  # transactions
TOLD_EVERY = 20_000  # entries, between two words on how far it is
FORMATS = ("jsonl", *queries.STYLES)


@click.group()
def points() -> None:
    """Look after the points ledger."""


@points.command("verify")
@click.option("--receipts", is_flag=True, help="Hold all kept hashes of receipts against entries.")
def verify(receipts: bool) -> None:
    """Check the whole ledger against itself; name every place that does not hold."""
    from intranet import create_app

    tiles = queries.every_tile if receipts else queries.some_tiles
    with create_app(Settings.from_env()).app_context(), reading():
        session = queries.at_one_moment(db.session())
        broken = [*queries.verify(session, tiles), *queries.irregular(session)]
    for one in broken:
        click.echo(f"entry {one.entry_id}: {one.what}" if one.entry_id else one.what)
    click.echo("the ledger does not hold" if broken else "the ledger holds")
    sys.exit(1 if broken else 0)


@points.command("receipts")
@click.option("--anew", is_flag=True, help="Drop all that is kept first.")
def receipts(anew: bool) -> None:
    """Keep the hashes that receipts are made of, as the worker does; with --anew all of them.

    What is kept is the house's own memory of its entries: it is dropped only where the ledger
    itself holds.
    """
    from intranet import create_app

    with create_app(Settings.from_env()).app_context():
        if anew:
            _drop()
        done = told = 0
        for more, _last in tasks.tiles_kept(rounds=ROUNDS_MAX):
            done += more
            if done * WIDTH >= told + TOLD_EVERY:
                told = done * WIDTH
                click.echo(f"{told} entries…", err=True)
    click.echo(f"{done} tiles of {WIDTH} entries were new")


def _drop() -> None:
    with reading():
        broken = next(queries.verify(queries.at_one_moment(db.session()), queries.no_tiles), None)
        db.session.rollback()
    if broken is not None:
        click.echo("the ledger does not hold: nothing was dropped (see points verify)", err=True)
        sys.exit(1)
    operations.drop_tiles(db.session())
    db.session.commit()


@points.command("export")
@click.option("--format", "kind", type=click.Choice(FORMATS), default=FORMATS[0], show_default=True)
@click.option("--to", "path", type=click.Path(dir_okay=False, path_type=Path), required=True)
def export(kind: str, path: Path) -> None:
    """Write the ledger to a file: for ``verifier.py`` (jsonl), Beancount or hledger."""
    from intranet import create_app

    part, entries = path.with_name(f"{path.name}.part"), 0
    try:
        part.touch()
    except OSError as error:
        raise click.ClickException(f"cannot write {path}: {error.strerror}") from error
    with (
        create_app(Settings.from_env()).app_context(),
        reading(),
        part.open("w", encoding="utf-8") as file,
    ):
        for text, more in _pieces(kind, queries.at_one_moment(db.session())):
            file.write(text)
            entries += more
            if more and entries % TOLD_EVERY == 0:
                click.echo(f"{entries} entries…", err=True)
    part.replace(path)  # never half a file under its name
    click.echo(f"{entries} entries in {path}")


@points.command("root")
@click.option("--year", type=int, required=True)
def root(year: int) -> None:
    """Print what belongs on the notice: the head of a year's entries, and the root above them."""
    from intranet import create_app

    with create_app(Settings.from_env()).app_context(), reading():
        found = queries.top(queries.at_one_moment(db.session()), year)
    if found is None or not found.size:
        click.echo(f"nothing was entered in {year}", err=True)
        sys.exit(1)
    click.echo(f"entry {found.entry}\nhash  {found.hash}\nroot  {found.root}")
    click.echo(f"{found.size} entries of {year}")


def _pieces(kind: str, session: Session) -> Iterator[tuple[str, int]]:
    """Yield what is written, each piece with how many entries it holds."""
    if kind != "jsonl":
        yield from queries.journal(session, queries.STYLES[kind])
        return
    for record in queries.records(session):
        yield json.dumps(record, ensure_ascii=False) + "\n", int(record["type"] == "entry")
