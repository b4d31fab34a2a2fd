"""The ledger on the command line: checked, and written to a file for a script apart from it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner
from points_factory import books, grant  # noqa: F401
from sqlalchemy import text
from test_verifying import VERIFIER, unguarded

from intranet.db import db
from intranet.points.cli import points


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
        grant(books, 5)
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
