"""``intranet import``: lists that others keep, taken into the house; ``intranet jobs``."""

from __future__ import annotations

from pathlib import Path

import click

from intranet.config import Settings
from intranet.db import db
from intranet.errors import InputError
from intranet.jobs import operations


@click.group("import")
def import_() -> None:
    """Take lists that others keep."""


@import_.command("occupations")
@click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False
)
def occupations(file: Path | None) -> None:
    """Take occupations from a CSV file (code,name,also), or the house's own list and skills."""
    from intranet import create_app

    with create_app(Settings.from_env()).app_context():
        session = db.session()
        try:
            changed = (
                operations.take_occupations(session, operations.read_occupations(file))
                if file
                else operations.take_standard(session)
            )
        except InputError as wrong:
            raise click.ClickException(wrong.key % wrong.params) from None
        session.commit()
    click.echo(f"{changed} new or changed")


@click.group("jobs")
def jobs() -> None:
    """Look after the job board."""


@jobs.command("reindex")
def reindex() -> None:
    """Have the board find every published post anew: after a company or occupation was renamed."""
    from intranet import create_app

    with create_app(Settings.from_env()).app_context():
        session, after, rounds = db.session(), None, 0
        while True:
            after = operations.reindex_some(session, after)
            session.commit()
            rounds += 1
            if after is None:
                break
            click.echo(f"{rounds * operations.SOME} posts …", err=True)
    click.echo("every published post can be found")
