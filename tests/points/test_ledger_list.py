"""Every filter of the ledger shows exactly what a plain reading of all entries says."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import pairwise

import pytest
from factories import AT, create_account, create_grid, viewer_of
from points.goods_of_two import award_goods, list_goods, supply_goods
from points.ledger_factory import give
from points.points_factory import books  # noqa: F401
from points.points_year import SKUS, Year
from sqlalchemy import func, select, text

from intranet.db import db
from intranet.grids.models import Grid, GridKind
from intranet.points import operations, queries
from intranet.points.models import (
    CorrectionReason,
    Dimension,
    Entry,
    EntryKind,
    EntryPlace,
    Goods,
    LedgerAccount,
    LetGo,
    Phase,
    Transfer,
    Waiting,
)
from intranet.points.models.placing import LETS_GO, PLACED, WAITS
from intranet.points.queries import LedgerState, Wanted
from intranet.register.models import Party, PartyKind


def grid(name):
    return db.session.scalar(select(Grid).where(Grid.name == name))


def viewer_at(role, path):
    return viewer_of(create_account(role, path), (role, path))


@pytest.fixture
def town(books):
    """A year of 300 entries in one micro-grid, and a few in two others and another community.

    Goods of both communities came, one kind was entered wrongly and undone, and one was given at a
    year's end.
    """
    Year(books, parties=8).fill(300)
    here = grid("微网格1-1")
    other = create_grid(GridKind.COMMUNITY, "柳林社区", "510115101002", grid("梧桐镇"))
    general = create_grid(GridKind.GENERAL, "柳林一格", "51011510100201", other)
    far = create_grid(GridKind.MICRO, "柳林1-1", "51011510100201001", general)
    places = (grid("微网格1-2"), grid("微网格2-1"), far, grid("第一小学"))
    parties = [Party(kind=PartyKind.SHOP, grid_path=one.path, created_at=AT) for one in places]
    db.session.add_all(parties)
    db.session.flush()
    for number, party in enumerate(parties * 3):
        give(party.id, number + 1, dimension=list(Dimension)[number % 3], rule=("other", 1))
    give(parties[0].id, 7, phase=Phase.PENDING, day=date(2026, 5, 4))
    for sku in SKUS:
        list_goods(grid("场镇社区"), sku)
    for place, sku, party in ((grid("场镇社区"), "SOAP", parties[0]), (other, "CUPS", parties[2])):
        goods = list_goods(place, sku)
        supply_goods(goods, 9)
        for wrong in (supply_goods(goods, 3), award_goods(goods, party)):
            operations.reverse(
                db.session(),
                wrong,
                key=f"undo:{wrong.id}",
                effective_on=wrong.effective_on,
                at=AT,
                actor_id=books.actor,
                approver_id=books.approver,
                note="twice",
            )
        award_goods(goods, party)
    db.session.commit()
    return {"here": here, "far": far, "parties": parties}


def read(viewer, wanted, rows_max=40):
    """Return all items of a list, page by page."""
    items, after = [], ""
    while True:
        page = queries.ledger(db.session(), viewer, wanted, after=after, rows_max=rows_max)
        items += page.items
        after = page.after
        if not after:
            return items


def plainly(path):
    """Return every entry that is listed, with what is known of it, by reading all there is."""
    undone = set(
        db.session.scalars(select(Entry.reverses_id).where(Entry.reverses_id.is_not(None)))
    )
    found = {}
    for one in db.session.scalars(select(Entry)):
        if one.id not in undone:
            found[one.id] = {"entry": one, "parties": set(), "paths": set(), "dimensions": set()}
            found[one.id]["goods"] = set()
            found[one.id]["phases"] = Counter()
    decided = {one.of_id: one.phase for one in db.session.scalars(select(Transfer)) if one.of_id}
    accounts = {one.id: one for one in db.session.scalars(select(LedgerAccount))}
    places = dict(db.session.execute(select(Party.id, Party.grid_path)).all())
    shelves = {f"goods:{one.sku}": one.grid_path for one in db.session.scalars(select(Goods))}
    for one in db.session.scalars(select(Transfer)):
        facts = found.get(one.entry_id)
        if facts is None:
            continue
        for account in (accounts[one.debit_id], accounts[one.credit_id]):
            if account.party_id:
                facts["parties"].add(account.party_id)
                facts["paths"].add(places[account.party_id])
            if account.ledger in shelves:
                facts["goods"].add(shelves[account.ledger])
            if account.dimension:
                facts["dimensions"].add(account.dimension)
        facts["phases"][one.phase] += 1
        if one.phase is Phase.PENDING:
            facts["phases"][decided.get(one.id, "waits")] += 1
    return {
        number: facts
        for number, facts in found.items()
        if any(one.startswith(path) for one in facts["paths"] or facts["goods"])
    }


def state_of(facts):
    if facts["entry"].kind is EntryKind.REVERSE:
        return LedgerState.CORRECTED
    if facts["phases"]["waits"]:
        return LedgerState.WAITING
    return LedgerState.LET_GO if facts["phases"][Phase.VOID] else LedgerState.POSTED


FILTERS = {
    "nothing": (Wanted(), lambda f: True),
    "rule": (Wanted(rule="other"), lambda f: f["entry"].rule_code == "other"),
    "kind": (Wanted(kind=EntryKind.HOLD), lambda f: f["entry"].kind is EntryKind.HOLD),
    "dimension": (
        Wanted(dimension=Dimension.SUPERVISION),
        lambda f: Dimension.SUPERVISION in f["dimensions"],
    ),
    "year": (Wanted(year=2026), lambda f: True),
    "another year": (Wanted(year=2027), lambda f: False),
    **{
        state.value: (Wanted(state=state), lambda f, s=state: state_of(f) is s)
        for state in LedgerState
    },
    "days": (
        Wanted(since=date(2026, 5, 1), until=date(2026, 7, 1)),
        lambda f: date(2026, 5, 1) <= f["entry"].effective_on <= date(2026, 7, 1),
    ),
    "several": (
        Wanted(kind=EntryKind.GRANT, state=LedgerState.POSTED, until=date(2026, 6, 1)),
        lambda f: (
            f["entry"].kind is EntryKind.GRANT
            and state_of(f) is LedgerState.POSTED
            and f["entry"].effective_on <= date(2026, 6, 1)
        ),
    ),
}


@pytest.mark.parametrize("where", ["温江区", "梧桐镇", "场镇社区", "第1网格", "柳林社区"])
def test_every_filter_shows_what_a_plain_reading_says_newest_first(town, where):
    role = "grid_member" if where == "第1网格" else "secretary"
    path = grid(where).path
    viewer = viewer_at(role, path)
    known = plainly(path)
    supplies = [n for n, facts in known.items() if facts["entry"].kind is EntryKind.SUPPLY]
    assert len(supplies) == {"第1网格": 0, "柳林社区": 1, "场镇社区": 5}.get(where, 6)
    for name, (wanted, fits) in FILTERS.items():
        got = [item.line.id for item in read(viewer, wanted)]
        expected = [number for number, facts in known.items() if fits(facts)]
        days = {n: known[n]["entry"].effective_on if wanted.by_day else 0 for n in expected}
        assert got == sorted(expected, key=lambda n, d=days: (d[n], n), reverse=True), (name, where)
        shown = {item.line.id: item.line.state for item in read(viewer, wanted)}
        assert all(state is state_of(known[number]) for number, state in shown.items())


def test_a_grid_and_a_party_narrow_within_the_viewers_scope_and_never_beyond(town):
    path = grid("场镇社区").path
    viewer = viewer_at("office", path)
    known = plainly(path)
    for name in ("微网格1-1", "第1网格", "第2网格", "微网格2-2", "第一小学"):
        place = grid(name).path
        got = {item.line.id for item in read(viewer, Wanted(grid_path=place))}
        assert got or name == "微网格2-2"
        inside = {n for n, f in known.items() if any(one.startswith(place) for one in f["paths"])}
        assert got == inside, name
    assert read(viewer, Wanted(grid_path=town["far"].path)) == []
    assert read(viewer, Wanted(party_id=town["parties"][2].id)) == []
    assert len(read(viewer, Wanted(party_id=town["parties"][1].id))) == 3
    assert read(viewer_at("resident", town["here"].path), Wanted()) == []


def test_the_balance_beside_each_item_is_what_came_before_and_the_item(books, town):
    viewer = viewer_at("secretary", grid("场镇社区").path)
    for party_id in db.session.scalars(
        select(LedgerAccount.party_id).where(LedgerAccount.party_id.is_not(None)).distinct()
    ):
        account = operations.party_account(db.session(), party_id=party_id, year=2026)
        for rows_max in (3, 1000):
            items = read(viewer, Wanted(party_id=party_id), rows_max)
            if not items:
                continue
            assert items[0].line.balance == account.balance
            for newer, older in pairwise(items):
                assert newer.line.balance - newer.posted == older.line.balance
            assert items[-1].line.balance == items[-1].posted


def test_a_correction_is_one_item_with_its_three_rows(books):
    wrong = give(books.household, 50)
    give(books.household, 1)
    viewer = viewer_at("secretary", grid("场镇社区").path)
    other = viewer_at("office", grid("场镇社区").path)
    asked = operations.ask_correction(
        db.session(),
        entry=wrong,
        reason=CorrectionReason.WRONG_AMOUNT,
        words="多打了一个零",
        amount=5,
        actor=other,
        at=AT,
        address="",
    )
    operations.confirm_correction(db.session(), asked=asked, actor=viewer, at=AT, address="")
    db.session.commit()
    items = read(viewer, Wanted())
    assert [item.line.id for item in items] == [asked.reversal_id, 2]
    folded = items[0]
    assert [one.id for one in folded.rows] == [1, asked.replacement_id, asked.reversal_id]
    assert [one.posted for one in folded.rows] == [50, 5, -50]
    assert (folded.posted, folded.reason) == (5, CorrectionReason.WRONG_AMOUNT)
    balances = [item.line.balance for item in read(viewer, Wanted(party_id=books.household))]
    assert balances == [6, 1]
    assert list(queries.verify(db.session())) == []


def rows_of(model, *columns):
    return sorted(db.session.execute(select(*(getattr(model, one) for one in columns))).all())


def test_places_move_with_their_party_and_with_the_tree_and_can_be_made_anew(books, town):
    """What lists are driven by is told from other tables: it is what these say, always."""

    def is_true():
        db.session.expire_all()
        kept = [
            rows_of(EntryPlace, "entry_id", "party_id", "grid_path", "community_path"),
            rows_of(Waiting, "transfer_id", "entry_id"),
            rows_of(LetGo, "entry_id"),
        ]
        for table in ("points_entry_place", "points_waiting", "points_let_go"):
            db.session.execute(text(f"DELETE FROM {table}"))
        for statement in (PLACED, WAITS, LETS_GO):
            db.session.execute(text(statement))
        again = [
            rows_of(EntryPlace, "entry_id", "party_id", "grid_path", "community_path"),
            rows_of(Waiting, "transfer_id", "entry_id"),
            rows_of(LetGo, "entry_id"),
        ]
        assert kept == again
        db.session.rollback()

    is_true()
    far, here = town["far"], grid("微网格1-1")
    party = db.session.get(Party, books.household)
    party.grid_path = far.path
    db.session.commit()
    is_true()
    moved = db.session.get(Party, town["parties"][0].id)
    moved.grid_path = grid("第一小学").path
    db.session.commit()
    is_true()
    old = here.path
    db.session.execute(
        Grid.__table__.update().where(Grid.path == old).values(path=f"{far.path}{here.id}.")
    )
    db.session.commit()
    places = db.session.scalars(select(EntryPlace.grid_path).distinct()).all()
    assert old not in places
    assert f"{far.path}{here.id}." in places
    assert db.session.scalar(select(func.count()).select_from(EntryPlace)) > 300
