"""Receipts by kept hashes say what the plain reading of all entries says, and stay cheap."""

from __future__ import annotations

import json

import pytest
from counting import counted
from emptying import empty
from factories import AT, create_account, create_town, log_in
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from points.points_factory import Books, books  # noqa: F401
from points.tiles_factory import changed_behind, enter, keep, keep_all, plainly
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from test_receipts import checked, written
from test_writers_at_once import at_once

from intranet.db import db
from intranet.points import operations, queries, tasks
from intranet.points.models import (
    HASH_SIZE,
    WIDTH,
    Anchor,
    AnchorRoot,
    Entry,
    EntryPlace,
    Period,
    Tile,
)
from intranet.points.models.merkle import climb, leaf_hash, tree
from intranet.points.queries.tiles import LAG_MAX
from intranet.register.models import Party, PartyKind

YEARS = (2026, 2027)


@settings(max_examples=300, deadline=None)
@given(
    size=st.integers(0, 150),
    width=st.sampled_from([2, 4, 8]),
    wanted=st.sets(st.integers(0, 149), max_size=5),
)
def test_a_tree_is_climbed_by_groups_as_it_is_made_whole(size, width, wanted):
    leaves = [leaf_hash(str(one).encode()) for one in range(size)]
    asked = []

    def nodes(level, numbers):
        span = width**level
        asked.extend((level, one) for one in numbers)
        whole = range(size // span)
        return {
            number: [
                tree(leaves[n * span : (n + 1) * span])[0]
                for n in whole[number * width : (number + 1) * width]
            ]
            for number in numbers
        }

    wanted = {one for one in wanted if one < size}
    assert climb(size, wanted, nodes, width) == tree(leaves, wanted)
    for level in {level for level, _ in asked}:  # what stands on the ways, and the right edge
        assert len([one for one in asked if one[0] == level]) <= len(wanted) + 1


ACTS = st.one_of(
    st.tuples(
        st.just("enter"),
        st.lists(
            st.tuples(st.sampled_from(YEARS), st.sampled_from(["one", "two", "both", "none"])),
            min_size=1,
            max_size=5,
        ),
        st.integers(1, 30),  # again and again
    ),
    st.tuples(st.just("anchor")),
    st.tuples(st.just("look")),
    st.tuples(st.just("keep"), st.integers(1, 4)),
)

SOME = ("enter", [(2026, "one"), (2027, "both"), (2026, "none")], 30)
# Two years by turns; a head ahead of the worker, then in the middle of what it has kept.
TURNS = [SOME, ("look",), ("keep", 1), ("anchor",), ("look",), SOME, SOME, ("keep", 9), ("look",)]


def begun():
    """Begin a ledger of two years and three households."""
    town = create_town()
    made = [
        Party(kind=PartyKind.HOUSEHOLD, grid_path=town.micros[0].path, created_at=AT)
        for _ in range(3)
    ]
    db.session.add_all(made)
    db.session.commit()
    people = [create_account(role, town.community.path).id for role in ("office", "secretary")]
    for year in YEARS:
        operations.open_period(db.session(), year=year)
    db.session.commit()
    one, two, third = (party.id for party in made)
    whose = {"one": [one], "two": [two], "both": [one, two], "none": [third]}
    return Books(one, two, *people), whose


def test_receipts_by_tiles_are_those_of_the_plain_reading_in_any_order_of_acts(app):
    tried = set()

    @settings(
        max_examples=20 if db.engine.dialect.name == "sqlite" else 12,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(acts=st.lists(ACTS, min_size=1, max_size=8))
    @example(acts=TURNS)
    def check(acts):
        db.session.rollback()
        empty(app.extensions["test_tables"])
        db.session.expunge_all()
        books, whose = begun()
        newest = 0
        for kind, *facts in acts:
            if kind == "enter":
                plan = [(year, whose[who]) for year, who in facts[0]] * facts[1]
                newest = enter(books, plan)
            elif kind == "anchor" and newest:
                published(newest)
            elif kind == "keep":
                keep(facts[0])
            elif kind == "look":
                tried.add(compared(books))
        tried.add(compared(books))
        assert list(queries.verify(db.session(), queries.every_tile)) == []

    check()
    assert {"beyond", "inside", "no head", "kept"} <= set().union(*tried)


def compared(books, years=YEARS):
    """Hold all receipts against the plain reading; return what stood in the way of them."""
    seen = set()
    for year in years:
        assert queries.top(db.session(), year) == plainly(year)[0]
        of_year = select(Entry.id).join(Period).where(Period.year == year)
        head = db.session.scalar(
            select(func.max(Anchor.entry_id))
            .join(AnchorRoot, AnchorRoot.anchor_id == Anchor.id)
            .where(AnchorRoot.year == year)
        )
        last = db.session.scalar(
            select(func.max(Tile.last_entry_id)).join(Period).where(Period.year == year)
        )
        seen |= {"kept"} if last else set()
        seen.add("no head" if head is None else "inside" if head < (last or 0) else "beyond")
        for party in (books.household, books.shop):
            own = owned(party, set(db.session.scalars(of_year)))
            top, entries = plainly(year, own, upto=head)
            found = queries.receipt(db.session(), party, year)
            assert found.top == top
            assert found.place == ("公示栏" if head else "")
            assert found.entries == [
                entries[one] | ({} if alone else {"words": None})
                for one, alone in own.items()
                if one in entries
            ]
            assert found.later == sum(1 for one in own if one > top.entry)
    db.session.rollback()
    return frozenset(seen)


def owned(party, of_year):
    """Return which entries of a year are a party's, and whether nobody else has a part in them."""
    rows = db.session.execute(
        select(EntryPlace.entry_id, EntryPlace.party_id).order_by(EntryPlace.entry_id)
    ).all()
    whose = {}
    for entry, one in rows:
        whose.setdefault(entry, set()).add(one)
    return {
        entry: parties == {party}
        for entry, parties in whose.items()
        if party in parties and entry in of_year
    }


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_second_level_grows_and_a_receipt_asks_as_little_as_before(app):
    """More than 64 tiles: receipts up to every kind of place in them, and all that is left out."""
    books, whose = begun()
    rest = WIDTH * WIDTH + 2 * WIDTH + 7
    plan = [(2026, whose["none"])] * rest
    plan[5] = plan[WIDTH * 3] = plan[WIDTH * WIDTH - 1] = plan[-1] = (2026, whose["one"])
    plan[17] = (2027, whose["one"])
    enter(books, plan[:200])
    keep_all()
    with counted() as few:
        assert queries.receipt(db.session(), books.household, 2026).top.size == 199
    enter(books, plan[200:])
    keep_all()
    levels = select(Tile.level, func.count()).group_by(Tile.level).order_by(Tile.level)
    assert db.session.execute(levels).all() == [(0, WIDTH + 2), (1, 1)]
    compared(books)
    db.session.remove()
    with counted() as many:
        found = queries.receipt(db.session(), books.household, 2026)
    assert [one["index"] for one in found.entries] == [5, WIDTH * 3 - 1, WIDTH**2 - 2, rest - 2]
    assert len(many) <= len(few) + 6, many
    for number in (2, WIDTH * 7 + 1, WIDTH**2 + 1):
        published(number)
        compared(books, [2026])
    assert list(queries.verify(db.session(), queries.every_tile)) == []
    a_changed_tile_of_many_and_the_one_above_them_are_named()


def a_changed_tile_of_many_and_the_one_above_them_are_named():
    above = db.session.scalar(select(Tile).where(Tile.level == 1))
    below = db.session.scalar(select(Tile).where(Tile.level == 0, Tile.number == 41))
    changed_behind(above.id, hashes=flipped(above.hashes))
    for check in (queries.some_tiles, queries.every_tile):
        [found] = said(check)
        assert found.what == "tile 0 on level 1 of 2026 is not that of the tiles below"
    db.session.rollback()
    first = below.first_entry_id
    changed_behind(below.id, hashes=flipped(below.hashes))
    [found] = said(queries.every_tile)
    assert found.entry_id == first
    assert found.what == "tile 41 on level 0 of 2026 is not that of its entries"
    db.session.rollback()


def published(number):
    """Make an older head public: as if it had been done then."""
    [own_hash] = db.session.scalars(
        text("SELECT hash FROM points_entry WHERE id = :id"), {"id": number}
    )
    head = Anchor(entry_id=number, hash=own_hash, place="公示栏", at=AT)
    db.session.add(head)
    db.session.flush()
    for year in db.session.scalars(select(Period.year)).all():
        top = plainly(year, upto=number)[0]
        if top.size:
            root = {"year": year, "size": top.size, "root": top.root}
            db.session.add(AnchorRoot(anchor_id=head.id, **root))
    db.session.commit()


@pytest.fixture
def kept(books):
    """Two years that interleave, three tiles of the one and one of the other."""
    plan = [(2026, [books.household]), (2026, [books.shop]), (2026, [books.shop])]
    enter(books, [*plan, (2027, [books.household])] * (WIDTH + 3))
    assert keep_all() == 4
    return books


def refused(words, change, **facts):
    with pytest.raises(DBAPIError, match=words):
        db.session.execute(text(change), facts)
    db.session.rollback()


def test_the_database_refuses_what_changes_a_tile_or_does_not_follow_it(kept):
    for change in ("DELETE FROM points_tile", "UPDATE points_tile SET number = number + 100"):
        refused("points_tile is append-only", change)
    columns = "period_id, level, number, first_entry_id, last_entry_id, root, hashes"
    again = f"INSERT INTO points_tile ({columns}) SELECT period_id, {{}} FROM points_tile t"
    again += " WHERE level = 0 AND number = 2"
    span = "first_entry_id, last_entry_id, root, hashes"
    refused("follows the one before it", again.format(f"0, 2, {span}"))
    refused("follows the one before it", again.format(f"0, 4, {span}"))
    refused("of a year without a gap", again.format(f"0, 3, {span}"))
    for first, last in ((1, WIDTH), (2, WIDTH), (last_entry() - 70, last_entry())):
        refused("of a year without a gap", again.format(f"0, 3, {first}, {last}, root, hashes"))
    refused("stands above complete ones", again.format(f"1, 0, {span}"))
    assert keep_all() == 0


def last_entry():
    return db.session.scalar(text("SELECT max(id) FROM points_entry"))


def test_two_workers_at_once_keep_each_tile_once(app, books):
    enter(books, [(2026, [books.household])] * (WIDTH * 6))
    done = at_once(app, [tasks.keep_tiles for _ in range(4)])
    assert sum(done) == 6
    tiles = db.session.scalars(select(Tile.number).order_by(Tile.number)).all()
    assert tiles == list(range(6))
    assert list(queries.verify(db.session(), queries.every_tile)) == []


def test_what_was_hashed_by_whoever_came_second_is_left_out(books):
    enter(books, [(2026, [books.household])] * (WIDTH * 3))
    slow = queries.leaves_to_keep(db.session(), limit=3)
    assert keep(2) == 2
    facts = {"period_id": slow.period_id, "number": slow.number, "runs": slow.runs}
    assert operations.keep_tiles(db.session(), **facts) == 1
    assert operations.keep_tiles(db.session(), **facts) == 0
    db.session.commit()
    compared(books, [2026])


def test_the_work_of_the_clock_is_bounded_and_goes_on(books):
    enter(books, [(2026, [books.household])] * (WIDTH * 5 + 1))
    assert list(tasks.tiles_kept(rounds=2, tiles=2)) == [(2, WIDTH * 2), (2, WIDTH * 4)]
    assert list(tasks.tiles_kept()) == [(1, WIDTH * 5)]
    assert keep_all() == 0


def test_a_house_just_upgraded_says_that_receipts_are_being_prepared(books, client):
    enter(books, [(2026, [books.shop])] * (LAG_MAX + WIDTH + 1))
    path = db.session.get(Party, books.household).grid_path
    log_in(client, create_account("resident", path, party_id=books.household))
    pages = [f"/points/parties/{books.household}/{one}?year=2026" for one in PAGES]
    for page in pages:
        answer = client.get(page, headers={"Accept": "text/html"})
        assert answer.status_code == 503
        assert "2026 年的积分凭证还在准备" in answer.text
    assert queries.top(db.session(), 2026).size == LAG_MAX + WIDTH + 1
    keep_all()
    assert [client.get(page).status_code for page in pages] == [200, 200]


PAGES = ("receipt", "receipt.json")


def flipped(value):
    return bytes([value[0] ^ 1]) + value[1:]


def said(check):
    return list(queries.verify(db.session(), check))


def test_whatever_is_changed_in_a_kept_tile_is_named(kept):
    tiles = db.session.scalars(select(Tile).order_by(Tile.id)).all()
    assert said(queries.some_tiles) == []
    assert said(queries.every_tile) == []
    tried = 0
    for one in tiles:
        facts = {name: getattr(one, name) for name in ("period_id", "level", "number")}
        facts |= {name: getattr(one, name) for name in ("first_entry_id", "last_entry_id")}
        others = {name: value + 1 for name, value in facts.items() if name != "period_id"}
        others |= {"root": flipped(one.root), "hashes": flipped(one.hashes)}
        others["hashes"] = one.hashes[HASH_SIZE:] + one.hashes[:HASH_SIZE]
        tile_id, first = one.id, one.first_entry_id
        for column, value in others.items():
            with db.session.begin_nested() as savepoint:
                try:
                    changed_behind(tile_id, **{column: value})
                except DBAPIError:
                    savepoint.rollback()
                    db.session.rollback()
                    continue  # a constraint of the column itself refuses it
            named = value if column == "first_entry_id" else first
            for check in (queries.some_tiles, queries.every_tile):
                found = said(check)
                assert any(one.entry_id == named and "tile" in one.what for one in found), (
                    column,
                    found,
                )
            tried += 1
            db.session.rollback()
            db.session.expire_all()
    assert tried > 15


def test_a_wrong_leaf_that_was_kept_is_named_by_the_script_of_whoever_holds_the_receipt(
    kept, tmp_path, client
):
    path = db.session.get(Party, kept.household).grid_path
    log_in(client, create_account("resident", path, party_id=kept.household))
    url = f"/points/parties/{kept.household}/receipt.json?year=2026"
    printed = client.get(url).get_json()["root"]
    tile_id, hashes = db.session.execute(
        select(Tile.id, Tile.hashes).order_by(Tile.id).limit(1)
    ).one()
    changed_behind(tile_id, hashes=flipped(hashes))
    db.session.commit()
    status, words = checked(written(tmp_path / "a", client.get(url).get_json()), printed)
    assert status == 1
    assert "is not what was written" in words
    assert json.loads((tmp_path / "a").read_text())["root"] == printed
