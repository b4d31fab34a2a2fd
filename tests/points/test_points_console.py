"""The ledger on the command line: checked, and written to a file for a script apart from it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner
from points.points_factory import books, grant  # noqa: F401
from points.tiles_factory import changed_behind, enter
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from test_verifying import VERIFIER, unguarded

from intranet.db import db, reading
from intranet.points import queries
from intranet.points.cli import points
from intranet.points.models import WIDTH, Phase, Tile


@pytest.fixture
def run(app, monkeypatch):
    """Call ``intranet points`` on the database of the test."""
    settings = app.config["SETTINGS"]
    monkeypatch.setattr("intranet.create_app", lambda settings: app)  # its connections are closed
    monkeypatch.setenv("INTRANET_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("INTRANET_DATABASE_URL", settings.database_url)

    def call(*arguments):
        db.session.rollback()
        return CliRunner().invoke(points, arguments, catch_exceptions=False)

    return call


def test_the_ledger_is_checked_and_handed_to_a_stranger(books, run, tmp_path):
    for _ in range(3):
        grant(books, 5, phase=Phase.PENDING)
    db.session.commit()
    assert run("verify").output.endswith("the ledger holds\n")
    path = tmp_path / "ledger.jsonl"
    written = run("export", "--to", str(path))
    assert written.output == f"3 entries in {path}\n"
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    words = [sys.executable, "-I", str(VERIFIER), str(path)]
    apart = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert (apart.returncode, apart.stderr) == (0, "")
    assert apart.stdout.startswith("3 entries, head ")

    grant(books, 5)  # posted at once, as nobody may
    db.session.commit()
    assert "entry 4: gave or took points at once" in run("verify").output
    guards = unguarded()
    db.session.execute(text("UPDATE points_entry SET note = 'x' WHERE id = 2"))
    for guard in guards:
        db.session.connection().exec_driver_sql(guard)
    db.session.commit()
    found = run("verify")
    assert found.exit_code == 1
    assert "entry 2: is not what was written" in found.output
    run("export", "--to", str(path))
    apart = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert apart.returncode == 1
    assert "entry 2: is not what was written" in apart.stdout


def test_journals_are_written_whole_and_the_root_is_printed(books, run, tmp_path):
    grant(books, 5)
    entry = grant(books, 2)
    db.session.commit()
    for style in ("beancount", "hledger"):
        path = tmp_path / style
        assert run("export", "--format", style, "--to", str(path)).output.startswith("2 entries")
        assert path.read_text().count("hash: ") == 2
    assert sorted(one.name for one in tmp_path.iterdir()) == ["beancount", "hledger"]
    said = run("root", "--year", "2026").output
    assert f"entry {entry.id}\nhash  {entry.hash}\nroot  " in said
    assert run("root", "--year", "2031").exit_code == 1


def test_where_nothing_can_be_written_the_export_says_so(books, run, tmp_path):
    said = run("export", "--to", str(tmp_path / "nowhere" / "ledger.jsonl"))
    assert said.exit_code == 1
    assert "cannot write" in said.output
    assert "Traceback" not in said.output
    assert isinstance(said.exception, SystemExit)


def test_an_export_sees_one_state_of_the_ledger_whatever_is_entered_meanwhile(books, app):
    """On PostgreSQL each batch would else see what was committed just before it."""
    grant(books, 5)
    db.session.commit()
    db.session.rollback()
    with Session(db.engine) as apart:
        with reading():
            records = queries.records(queries.at_one_moment(apart))
            first = [next(records), next(records)]
        grant(books, 7)
        db.session.commit()
        rest = list(records)
    assert [one["type"] for one in first] == ["ledger", "account"]
    assert [one["type"] for one in rest].count("entry") == 1


def test_kept_hashes_are_checked_and_made_anew_only_where_the_ledger_holds(books, run):
    enter(books, [(2026, [books.household])] * (WIDTH * 6))
    assert run("receipts").output == "6 tiles of 64 entries were new\n"
    assert run("receipts").output == "0 tiles of 64 entries were new\n"
    assert run("verify", "--receipts").output == "the ledger holds\n"
    root = run("root", "--year", "2026").output
    tile = db.session.scalar(select(Tile).where(Tile.number == 3))
    changed_behind(tile.id, hashes=bytes(len(tile.hashes)))
    db.session.commit()
    found = run("verify", "--receipts")
    assert found.exit_code == 1
    assert "entry 193: tile 3 on level 0 of 2026 is not that of its entries" in found.output
    assert run("receipts", "--anew").output == "6 tiles of 64 entries were new\n"
    assert run("verify", "--receipts").output == "the ledger holds\n"
    assert run("root", "--year", "2026").output == root

    guards = unguarded()
    db.session.execute(text("UPDATE points_entry SET note = 'x' WHERE id = 2"))
    for guard in guards:
        db.session.connection().exec_driver_sql(guard)
    db.session.commit()
    kept = db.session.scalars(select(Tile.id)).all()
    refused = run("receipts", "--anew")
    assert refused.exit_code == 1
    assert "nothing was dropped" in refused.output
    assert db.session.scalars(select(Tile.id)).all() == kept
    with pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(text("DELETE FROM points_tile"))
    db.session.rollback()
