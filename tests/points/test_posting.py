"""The ledger's one way in: whole entries, once, never below a floor, in open years only."""

from __future__ import annotations

import pytest
from factories import AT
from points.points_factory import DAY, balance, books, grant, new_key  # noqa: F401
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.points import operations, queries
from intranet.points.models import AccountKind, Dimension, Entry, EntryKind, Phase, Transfer
from intranet.points.operations import Draft, Leg


def hold(books, amount, key=None):
    session = db.session()
    account = operations.party_account(session, party_id=books.household, year=2026)
    redeemed = operations.taken_account(session, kind=AccountKind.REDEEMED, year=2026)
    legs = [Leg(account, redeemed, amount, Phase.PENDING)]
    draft = Draft(key=key or new_key(), kind=EntryKind.HOLD, legs=legs, effective_on=DAY)
    return operations.post(session, draft, at=AT)


def decide(pending, phase):
    more = {"phase": phase, "key": new_key(), "effective_on": DAY, "at": AT}
    return operations.resolve(db.session(), pending, **more)


def spending_before_it_comes(books, first):
    """Return a draft whose two legs end well and, in one of their two orders, dip in between."""
    session = db.session()
    account = operations.party_account(session, party_id=books.household, year=2026)
    issued = operations.issued_account(session, year=2026, dimension=Dimension.PARTICIPATION)
    redeemed = operations.taken_account(session, kind=AccountKind.REDEEMED, year=2026)
    legs = [Leg(issued, account, 5), Leg(account, redeemed, 4)]
    legs = legs if first == "comes" else legs[::-1]
    by = {"rule": ("cleanup", 1), "approver_id": books.approver}
    return Draft(key=new_key(), kind=EntryKind.GRANT, legs=legs, effective_on=DAY, **by)


def test_what_dips_below_a_floor_in_between_is_refused_in_words(books):
    grant(books, 1)
    before = counted()
    with pytest.raises(DomainError) as refused:
        operations.post(db.session(), spending_before_it_comes(books, "goes"), at=AT)
    assert refused.value.params == {"left": 1, "wanted": 4}
    assert counted() == before
    operations.post(db.session(), spending_before_it_comes(books, "comes"), at=AT)
    assert balance(books) == (2, 2)
    assert is_whole()


def undo(books, entry, **more):
    facts = {"key": new_key(), "effective_on": DAY, "at": AT, "note": "typing"} | more
    people = {"actor_id": books.actor, "approver_id": books.approver}
    return operations.reverse(db.session(), entry, **(people | facts))


def is_whole():
    return list(queries.verify(db.session())) == []


def counted():
    return [db.session.scalar(select(func.count()).select_from(one)) for one in (Entry, Transfer)]


def test_what_is_granted_is_there_at_once_and_what_is_pending_only_when_it_is_posted(books):
    grant(books, 5)
    pending = grant(books, 3, phase=Phase.PENDING)
    assert balance(books) == (5, 5)
    decide(pending, Phase.POST)
    assert balance(books) == (8, 8)
    let_go = grant(books, 4, phase=Phase.PENDING)
    decide(let_go, Phase.VOID)
    assert balance(books) == (8, 8)
    assert is_whole()


def test_the_number_of_an_entry_that_was_rolled_back_is_the_next_ones(books):
    undone = grant(books, 5)
    number = undone.id
    db.session.rollback()
    made = grant(books, 7)
    db.session.commit()
    db.session.expire_all()
    assert (made.id, made in db.session, undone in db.session) == (number, True, False)
    assert db.session.get(Entry, number) is made
    assert balance(books) == (7, 7)
    assert is_whole()


def test_an_entry_of_a_savepoint_that_was_rolled_back_leaves_nothing(books):
    grant(books, 2)
    savepoint = db.session.begin_nested()
    grant(books, 5)
    savepoint.rollback()
    grant(books, 7)
    db.session.commit()
    assert balance(books) == (9, 9)
    assert is_whole()


def test_what_is_held_cannot_be_spent_a_second_time(books):
    grant(books, 5)
    held = hold(books, 4)
    assert balance(books) == (5, 1)
    with pytest.raises(DomainError) as refused:
        hold(books, 2)
    assert refused.value.params == {"left": 1, "wanted": 2}
    decide(held, Phase.POST)
    assert balance(books) == (1, 1)
    assert is_whole()


def test_what_was_decided_is_not_decided_again(books):
    grant(books, 5)
    held = hold(books, 4)
    decide(held, Phase.VOID)
    for phase in (Phase.POST, Phase.VOID):
        with pytest.raises(DomainError, match="decided already"):
            decide(held, phase)
    assert balance(books) == (5, 5)


def test_an_entry_is_undone_once_by_its_mirror_image_and_a_correction_never(books):
    wrong = grant(books, 5)
    correction = undo(books, wrong)
    assert balance(books) == (0, 0)
    with pytest.raises(DomainError, match="corrected already"):
        undo(books, wrong)
    with pytest.raises(DomainError, match="not undone"):
        undo(books, correction)
    with pytest.raises(DomainError, match="not posted yet"):
        undo(books, grant(books, 3, phase=Phase.PENDING))
    assert is_whole()


def test_what_was_spent_is_not_taken_back(books):
    wrong = grant(books, 5)
    decide(hold(books, 4), Phase.POST)
    with pytest.raises(DomainError, match="There are only"):
        undo(books, wrong)
    assert balance(books) == (1, 1)


def test_the_same_key_and_content_is_the_first_entry_and_other_content_is_refused(books):
    first = grant(books, 5, key="meeting:7")
    assert grant(books, 5, key="meeting:7").id == first.id
    before = counted()
    with pytest.raises(DomainError, match="other content"):
        grant(books, 6, key="meeting:7")
    assert counted() == before
    assert balance(books) == (5, 5)


@pytest.mark.parametrize("amount", [0, -1, 10**12 + 1])
def test_what_moves_nothing_or_no_number_is_no_entry(books, amount):
    with pytest.raises(InputError):
        grant(books, amount)
    assert counted() == [0, 0]


def test_nobody_approves_his_own_entry(books):
    books.approver = books.actor
    with pytest.raises(DomainError, match="Somebody else"):
        grant(books, 5)


def test_points_and_goods_never_mix(books):
    session = db.session()
    stock = operations.goods_account(session, kind=AccountKind.STOCK, sku="RICE5")
    account = operations.party_account(session, party_id=books.household, year=2026)
    draft = Draft(new_key(), EntryKind.SUPPLY, [Leg(stock, account, 1)], DAY)
    with pytest.raises(InputError):
        operations.post(session, draft, at=AT)


def test_goods_are_handed_out_as_far_as_there_are_any(books):
    session = db.session()
    stock, supplied, handed = (
        operations.goods_account(session, kind=kind, sku="RICE5")
        for kind in (AccountKind.STOCK, AccountKind.SUPPLIED, AccountKind.HANDED)
    )

    def move(kind, leg):
        return operations.post(session, Draft(new_key(), kind, [leg], DAY), at=AT)

    move(EntryKind.SUPPLY, Leg(stock, supplied, 3))
    move(EntryKind.COLLECT, Leg(handed, stock, 2))
    with pytest.raises(DomainError, match="There are only"):
        move(EntryKind.COLLECT, Leg(handed, stock, 2))
    assert (stock.balance, handed.balance) == (1, 2)
    assert is_whole()


def close(books, period):
    people = {"actor_id": books.actor, "confirmed_by": books.approver}
    return operations.close_period(db.session(), period, at=AT, **people)


def test_a_year_is_closed_by_two_in_order_when_nothing_is_pending_and_takes_no_entry_then(books):
    session = db.session()
    old = operations.open_period(session, year=2026)
    new = operations.open_period(session, year=2027)
    grant(books, 5)
    pending = grant(books, 2, phase=Phase.PENDING)
    with pytest.raises(DomainError, match="still pending"):
        close(books, old)
    decide(pending, Phase.POST)
    with pytest.raises(DomainError, match="closed in order"):
        close(books, new)
    with pytest.raises(DomainError, match="Somebody else"):
        operations.close_period(session, old, actor_id=books.actor, confirmed_by=books.actor, at=AT)
    close(books, old)
    with pytest.raises(DomainError, match="not open"):
        grant(books, 1)
    grant(books, 1, year=2027)
    assert is_whole()
    people = {"actor_id": books.actor, "confirmed_by": books.approver}
    operations.reopen_period(session, old, at=AT, **people)
    grant(books, 1)
    assert balance(books) == (8, 8)
    assert is_whole()


def test_the_years_follow_each_other(books):
    with pytest.raises(DomainError, match="follow each other"):
        operations.open_period(db.session(), year=2028)


FORBIDDEN = {
    "change an entry": "UPDATE points_entry SET note = 'x'",
    "delete an entry": "DELETE FROM points_entry",
    "change a transfer": "UPDATE points_transfer SET amount = 6",
    "delete a transfer": "DELETE FROM points_transfer",
    "change an anchor": "UPDATE points_anchor SET hash = 'x'",
    "delete an anchor": "DELETE FROM points_anchor",
    "move an account": "UPDATE points_account SET code = code || 'x'",
    "lower a floor": "UPDATE points_account SET floor = -100",
    "delete an account": "DELETE FROM points_account",
}


@pytest.mark.parametrize("statement", FORBIDDEN.values(), ids=FORBIDDEN)
def test_the_database_itself_refuses(books, statement):
    grant(books, 5)
    operations.anchor(db.session(), place="公示栏", actor_id=books.actor, at=AT)
    db.session.commit()
    with pytest.raises((DBAPIError, IntegrityError)):
        db.session.execute(text(statement))
    db.session.rollback()
    assert is_whole()


def insert(table, **row):
    names, values = ", ".join(row), ", ".join(f":{name}" for name in row)
    db.session.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)


@pytest.mark.parametrize(
    "wrong",
    [{"id": 3}, {"previous_hash": "x"}, {"effective_on": "2025-01-01"}, {"reverses_id": 2}],
    ids=lambda one: next(iter(one)),
)
def test_the_database_takes_no_entry_out_of_its_order(books, wrong):
    first = grant(books, 5)
    second = undo(books, first)
    db.session.commit()
    row = {
        "id": 3,
        "key": "x",
        "body_sha256": "x",
        "kind": "grant",
        "rule_code": "JS01",
        "rule_version": 1,
        "rule_sha256": "",
        "approver_id": books.approver,
        "event": "",
        "note": "",
        "effective_on": "2026-11-23",
        "recorded_at": "2026-11-23 02:00:00",
        "period_id": second.period_id,
        "transfer_count": 1,
        "previous_hash": second.hash,
        "hash": "x",
    }
    with pytest.raises(DBAPIError):
        insert("points_entry", **(row | ({"id": 4} if "id" in wrong else wrong)))
    db.session.rollback()
    if db.engine.dialect.name == "postgresql":
        insert("points_entry", **row)
        with pytest.raises(DBAPIError):  # it has no transfer
            db.session.commit()
        db.session.rollback()


def test_the_database_applies_no_transfer_twice_nor_to_an_older_entry(books):
    pending = grant(books, 5, phase=Phase.PENDING)
    [transfer] = operations.transfers_of(db.session(), pending)
    decide(pending, Phase.POST)
    row = {
        "entry_id": 2,
        "number": 1,
        "debit_id": transfer.debit_id,
        "credit_id": transfer.credit_id,
        "amount": 5,
        "phase": "posted",
    }
    again = {"number": 2, "phase": "post", "of_id": transfer.id}
    for wrong in ({"entry_id": 1, "number": 2}, {"number": 2}, again, {"amount": -5}):
        with pytest.raises(DBAPIError), db.session.begin_nested():
            insert("points_transfer", **(row | wrong))
    assert balance(books) == (5, 5)
