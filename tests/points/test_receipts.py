"""A household proves its own entries against the printed root, and sees nobody else's."""

from __future__ import annotations

import importlib.util
import io
import json
import subprocess
import sys
from contextlib import redirect_stdout
from copy import deepcopy
from hashlib import sha256

import pytest
from factories import AT, create_account, log_in
from hypothesis import given, settings
from hypothesis import strategies as st
from points.ledger_factory import give
from points.points_factory import books  # noqa: F401
from points.points_year import Year
from sqlalchemy import select
from sqlalchemy.orm import Session
from test_verifying import VERIFIER

from intranet.db import db
from intranet.points import operations, queries
from intranet.points.models import Anchor, Dimension, Entry, EntryKind, EntryPlace
from intranet.points.models.merkle import leaf_hash, tree
from intranet.points.operations import Draft, Leg
from intranet.register.models import Party


def stand_alone():
    """Load the verifier as the file that people copy."""
    spec = importlib.util.spec_from_file_location("apart", VERIFIER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


APART = stand_alone()
LEAVES = st.lists(st.binary(max_size=6), min_size=1, max_size=40)


def rfc_6962(words):
    """Hash a list as RFC 6962, 2.1 has it, word by word: split at the greatest power of two."""
    if len(words) == 1:
        return sha256(b"\0" + words[0]).digest()
    k = 1
    while k * 2 < len(words):
        k *= 2
    return sha256(b"\1" + rfc_6962(words[:k]) + rfc_6962(words[k:])).digest()


@settings(max_examples=200, deadline=None)
@given(words=LEAVES, data=st.data())
def test_every_leaf_of_any_tree_proves_and_any_flipped_bit_fails(words, data):
    leaves = [leaf_hash(one) for one in words]
    root, ways = tree(leaves, range(len(leaves)))
    assert root == rfc_6962(words)
    for index, leaf in enumerate(leaves):
        assert APART.root_of(leaf, index, len(leaves), ways[index]) == root
    index = data.draw(st.integers(0, len(leaves) - 1))
    way = list(ways[index])
    step = data.draw(st.integers(-1, len(way) - 1))
    bit = 1 << data.draw(st.integers(0, 7))
    place = data.draw(st.integers(0, 31))

    def flipped(value):
        return value[:place] + bytes([value[place] ^ bit]) + value[place + 1 :]

    leaf = leaves[index]
    if step < 0:
        leaf = flipped(leaf)
    else:
        way[step] = flipped(way[step])
    assert APART.root_of(leaf, index, len(leaves), way) != root
    for wrong in (way[:-1], [*way, root]):
        if len(wrong) != len(way):
            with pytest.raises(ValueError, match="its way up"):
                APART.root_of(leaves[index], index, len(leaves), wrong)


def written(path, receipt):
    path.write_text(json.dumps(receipt, ensure_ascii=False), encoding="utf-8")
    return path


def checked(path, root):
    """Have the verifier check a receipt in this process; return how it ended and what it said."""
    out = io.StringIO()
    with redirect_stdout(out):
        status = APART.main(["--receipt", str(path), "--root", root])
    return status, out.getvalue()


@pytest.fixture
def home(app, client, books):
    """A year of 300 entries with its head made public, and somebody of the household."""
    Year(books, parties=8).fill(300)
    give(books.household, 5)
    give(books.household, 3)
    db.session.commit()
    with Session(db.engine) as apart:  # a fresh one, as the worker's is
        root = next(one for one in queries.look(apart).roots if one.year == 2026)
    facts = {"place": "公示栏", "actor_id": books.actor, "at": AT}
    operations.anchor(db.session(), roots=[root], **facts)
    give(books.household, 2)
    path = db.session.get(Party, books.household).grid_path
    log_in(client, create_account("resident", path, party_id=books.household))
    return client


def test_a_household_checks_its_own_entries_with_the_script_alone(home, books, tmp_path):
    url = f"/points/parties/{books.household}/receipt.json?year=2026"
    receipt = home.get(url).get_json()
    anchor = db.session.scalars(select(Anchor)).one()
    assert receipt["upto"] == anchor.entry_id
    assert [one["words"][14][0][3] for one in receipt["entries"]] == [5, 3]
    assert receipt["later"] == 1
    path = written(tmp_path / "receipt.json", receipt)
    words = [sys.executable, "-I", VERIFIER, "--receipt", path, "--root", receipt["root"]]
    apart = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert (apart.returncode, apart.stderr) == (0, "")
    assert apart.stdout == "2 entries of 2026: 0 places do not hold | 2026 年 2 条，0 处不符\n"
    page = home.get(f"/points/parties/{books.household}/receipt?year=2026").text
    assert receipt["root"] in page
    assert anchor.place in page
    assert home.get("/points/verifier.py").data == VERIFIER.read_bytes()


def test_a_receipt_tells_nothing_of_anybody_else(home, books):
    receipt = home.get(f"/points/parties/{books.household}/receipt.json?year=2026").text
    others = set(db.session.scalars(select(EntryPlace.party_id))) - {books.household}
    assert len(others) == 8
    assert not any(f"P{one:07}" in receipt for one in others)


def test_whatever_is_changed_in_a_receipt_is_named(home, books, tmp_path):
    receipt = home.get(f"/points/parties/{books.household}/receipt.json?year=2026").get_json()
    root = receipt["root"]
    for place in range(16):
        changed = deepcopy(receipt)
        changed["entries"][1]["words"][place] = "x"
        status, said = checked(written(tmp_path / "a", changed), root)
        assert status == 1
        assert "is not what was written" in said
    for name, value in (("index", 1), ("size", 7), ("path", [])):
        changed = deepcopy(receipt)
        (changed if name == "size" else changed["entries"][0])[name] = value
        assert checked(written(tmp_path / "a", changed), root)[0] == 1
    assert checked(written(tmp_path / "a", receipt), "0" * 64)[0] == 1
    assert checked(written(tmp_path / "a", {"type": "letter"}), root)[0] == 2
    assert checked(tmp_path / "nowhere", root)[0] == 2


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--help",),
        ("--receipt",),
        ("--receipt", "receipt.json"),
        ("--receipt", "receipt.json", "--head", "0"),
        ("ledger.jsonl", "7"),
        ("ledger.jsonl", "seven", "00"),
        ("--root", "00"),
    ],
)
def test_whoever_calls_it_wrongly_is_told_how_in_both_languages(words):
    said = subprocess.run(
        [sys.executable, "-I", VERIFIER, *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (said.returncode, said.stderr) == (2, "")
    assert "python verifier.py --receipt receipt.json --root HASH" in said.stdout
    assert "核验一户的凭证" in said.stdout


def test_each_place_is_named_in_chinese_as_well(home, books, tmp_path):
    url = f"/points/parties/{books.household}/receipt.json?year=2026"
    receipt = home.get(url).get_json()
    receipt["entries"][0]["words"][7] = "x"
    status, said = checked(written(tmp_path / "a", receipt), receipt["root"])
    number = receipt["entries"][0]["words"][0]
    assert status == 1
    assert f"entry {number}: is not what was written | {number} 号记账：不是当时写入的内容" in said


def test_an_entry_that_others_have_a_part_in_is_told_by_its_hash(books, tmp_path):
    session = db.session()
    legs = []
    issued = operations.issued_account(session, year=2026, dimension=Dimension.PARTICIPATION)
    for party in (books.household, books.shop):
        account = operations.party_account(session, party_id=party, year=2026)
        legs.append(Leg(issued, account, 2))
    by = {"rule": ("cleanup", 1), "approver_id": books.approver}
    draft = Draft(key="both", kind=EntryKind.GRANT, legs=legs, effective_on=AT.date(), **by)
    operations.post(session, draft, at=AT)
    give(books.household, 1)
    session.commit()
    found = queries.receipt(session, books.household, 2026)
    assert [one["words"] is None for one in found.entries] == [True, False]
    made = {
        "type": "receipt",
        "version": 1,
        "year": 2026,
        "size": found.top.size,
        "root": found.top.root,
        "entries": found.entries,
    }
    assert checked(written(tmp_path / "a", made), found.top.root)[0] == 0


def test_the_root_is_the_one_over_all_entries_of_the_year(books):
    give(books.household, 1)
    operations.open_period(db.session(), year=2027)
    give(books.household, 2, year=2027)
    give(books.household, 3)
    db.session.commit()
    words = {
        record["words"][0]: json.dumps(
            record["words"], ensure_ascii=False, separators=(",", ":")
        ).encode()
        for record in queries.records(db.session())
        if record["type"] == "entry"
    }
    found = queries.top(db.session(), 2026)
    assert (found.size, found.entry) == (2, 3)
    assert found.root == rfc_6962([words[1], words[3]]).hex()
    newest = db.session.get(Entry, 3)
    assert found.hash == newest.hash
    assert queries.top(db.session(), 2031) is None
