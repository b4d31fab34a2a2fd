"""Beancount and hledger read the ledger's journals, reckon it anew, and come to the same."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import subprocess
from datetime import date

import pytest
from beancount import loader
from beancount.core.data import Transaction
from factories import AT
from points.points_factory import books, grant, new_key  # noqa: F401
from points.points_year import Year
from sqlalchemy import select

from intranet.db import db
from intranet.points import operations, queries
from intranet.points.models import Entry, LedgerAccount, Period, Phase
from intranet.points.queries import STYLES
from intranet.points.queries.journal_styles import account, commodity


@pytest.fixture
def hledger():
    """Debian's hledger; where it is missing the test says so."""
    found = shutil.which("hledger")
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("hledger is not installed")

    def call(*words):
        env = os.environ | {"LC_ALL": "C.UTF-8"}
        return subprocess.run(
            [found, *map(str, words)],
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
            env=env,
        )

    return call


def written(style, path):
    """Write a journal; return its path and how many entries it holds."""
    entries = 0
    with path.open("w", encoding="ascii") as file:
        for piece, more in queries.journal(db.session(), STYLES[style]):
            file.write(piece)
            entries += more
    return path, entries


def ours():
    """Return what each account holds, debits positive, as the journals name accounts and goods."""
    return {
        (account(one.code), commodity(one.ledger)): one.debits_posted - one.credits_posted
        for one in db.session.scalars(select(LedgerAccount))
    }


def of_beancount(path):
    """Return Beancount's complaints, and what it reckons each account to hold."""
    entries, errors, _ = loader.load_file(str(path))
    held = {}
    for one in entries:
        for posting in one.postings if isinstance(one, Transaction) else ():
            key = (posting.account, posting.units.currency)
            held[key] = held.get(key, 0) + int(posting.units.number)
    return [str(one.message) for one in errors], held, entries


def of_hledger(hledger, path):
    """Return what hledger's own table of balances says."""
    table = hledger(
        "-f", path, "balance", "-O", "csv", "--flat", "-E", "--no-total", "--layout=bare"
    )
    assert table.returncode == 0, table.stderr
    rows = list(csv.DictReader(io.StringIO(table.stdout)))
    return {(row["account"], row["commodity"]): int(row["balance"]) for row in rows}


def checked(hledger, path):
    """Have hledger check a journal as strictly as it can."""
    return hledger("-f", path, "check", "--strict", "ordereddates")


def without_zeros(held):
    return {key: amount for key, amount in held.items() if amount}


@pytest.fixture
def small(books):
    """A year of 400 entries, closed after the next one had begun, and some of that."""
    Year(books).fill(400)
    session = db.session()
    operations.open_period(session, year=2027)
    early = grant(books, 4, year=2027)
    old = session.scalar(select(Period).where(Period.year == 2026))
    people = {"actor_id": books.actor, "confirmed_by": books.approver}
    operations.close_period(session, old, at=AT, **people)
    grant(books, 2, year=2027, day=date(2027, 1, 1), event="meeting:7 — 大会")
    grant(books, 3, year=2027, phase=Phase.PENDING)
    assert early.id < old.last_entry_id + 1
    session.commit()
    assert list(queries.verify(session)) == []
    return books


def test_both_programs_accept_the_journal_and_come_to_our_balances(small, hledger, tmp_path):
    path, entries = written("beancount", tmp_path / "a.beancount")
    assert entries == db.session.query(Entry).count() > 400
    complaints, held, parsed = of_beancount(path)
    assert complaints == []
    assert without_zeros(held) == without_zeros(ours())
    told = {one.meta["entry"]: one for one in parsed if isinstance(one, Transaction)}
    for one in db.session.scalars(select(Entry)):
        meta = told[str(one.id)].meta
        assert (meta["key"], meta["hash"]) == (one.key, one.hash)
        assert told[str(one.id)].date == one.effective_on

    path, entries = written("hledger", tmp_path / "a.journal")
    assert entries == len(told)
    answer = checked(hledger, path)
    assert (answer.returncode, answer.stderr) == (0, "")
    table = of_hledger(hledger, path)
    assert without_zeros(table) == without_zeros(ours())


@pytest.mark.parametrize("why", ["2026 was closed", "what the accounts hold"])
def test_a_falsified_balance_is_refused_by_both(small, hledger, tmp_path, why):
    shapes = {
        "beancount": r"(balance Equity:Issued:Y2026:Participation  )-?\d+",
        "hledger": r"(Equity:Issued:Y2026:Participation  0 \"JIFEN\" = )-?\d+",
    }
    for style, shape in shapes.items():
        path, _ = written(style, tmp_path / style)
        before, mark, after = path.read_text().partition(f"; {why}")
        wrong, times = re.subn(shape, r"\1-77", after, count=1)
        assert times == 1
        path.write_text(before + mark + wrong)
    complaints, _, _ = of_beancount(tmp_path / "beancount")
    assert len(complaints) == 1
    assert "Balance failed for 'Equity:Issued:Y2026:Participation'" in complaints[0]
    answer = checked(hledger, tmp_path / "hledger")
    assert answer.returncode == 1
    assert "Equity:Issued:Y2026:Participation" in answer.stderr


def test_a_total_that_is_not_what_the_entries_come_to_is_refused_by_both(small, hledger, tmp_path):
    one = db.session.scalar(select(LedgerAccount).where(LedgerAccount.code.like("Liab%Y2027")))
    one.credits_posted += 1
    with db.session.no_autoflush:
        for style in STYLES:
            path, _ = written(style, tmp_path / style)
            if style == "beancount":
                assert len(of_beancount(path)[0]) == 1
            else:
                assert checked(hledger, path).returncode == 1
    db.session.rollback()


def test_what_is_pending_or_let_go_moves_nothing_in_a_journal_and_no_note_is_told(books, tmp_path):
    grant(books, 3, phase=Phase.PENDING, note="for the great help of somebody")
    db.session.commit()
    for style in STYLES:
        text = written(style, tmp_path / style)[0].read_text()
        assert "pending-1" in text
        assert "great help" not in text
    assert of_beancount(tmp_path / "beancount")[:2] == ([], {})


def test_an_empty_ledger_is_a_journal_too(app, hledger, tmp_path):
    path, entries = written("beancount", tmp_path / "a")
    assert (of_beancount(path)[0], entries) == ([], 0)
    assert checked(hledger, written("hledger", tmp_path / "b")[0]).returncode == 0


# The same file is written whatever the engine: the small year runs on both.
@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True, scope="session")
def test_a_year_of_twenty_thousand_entries_is_accepted_by_both(app, books, hledger, tmp_path):
    Year(books, parties=300).fill(20_000)
    assert list(queries.verify(db.session())) == []
    path, entries = written("beancount", tmp_path / "a.beancount")
    assert entries >= 20_000
    complaints, held, _ = of_beancount(path)
    assert complaints == []
    assert without_zeros(held) == without_zeros(ours())
    path, _ = written("hledger", tmp_path / "a.journal")
    answer = checked(hledger, path)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert without_zeros(of_hledger(hledger, path)) == without_zeros(ours())
