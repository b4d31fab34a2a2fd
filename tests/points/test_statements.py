"""Statements: opening, entries, closing; all of them together are the trial balance."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise

import pytest
from counting import counted
from factories import AT, create_account, log_in, viewer_of
from points.ledger_factory import give
from points.points_factory import DAY, books  # noqa: F401
from points.points_year import Year
from sqlalchemy import select

from intranet.db import db
from intranet.grids.models import Grid
from intranet.points import operations, queries
from intranet.points.models import AccountKind, Dimension, LedgerAccount, Phase
from intranet.points.queries import Heading, Whose, span
from intranet.register.models import Party, PartyKind


def whose(party_id):
    party = db.session.get(Party, party_id)
    return Whose(party.id, party.grid_path, party.kind)


def parties():
    of = select(LedgerAccount.party_id).where(LedgerAccount.party_id.is_not(None)).distinct()
    return db.session.scalars(of).all()


def accounts(kind):
    return db.session.scalars(select(LedgerAccount).where(LedgerAccount.kind == kind)).all()


@pytest.mark.parametrize("seed", range(4))
def test_the_statements_of_all_parties_come_to_the_trial_balance(books, seed):
    """I18: earned, corrected, redeemed, expired and deducted of all are what the accounts hold."""
    Year(books, parties=6, seed=seed).fill(220)
    give(books.household, 3, phase=Phase.PENDING)
    db.session.commit()
    made = [queries.statement(db.session(), whose(one), *span(2026, 0)) for one in parties()]
    held = {one.party_id: 0 for one in accounts(AccountKind.PARTY)}
    for one in accounts(AccountKind.PARTY):
        held[one.party_id] += one.balance
    assert {one.whose.party_id: one.closing for one in made} == held
    assert all(one.opening == 0 and one.closing == sum(one.sums.values()) for one in made)
    together = {heading: sum(one.sums[heading] for one in made) for heading in Heading}
    for heading, kind in (
        (Heading.REDEEMED, AccountKind.REDEEMED),
        (Heading.EXPIRED, AccountKind.EXPIRED),
        (Heading.DEDUCTED, AccountKind.DEDUCTED),
    ):
        assert together[heading] == -sum(one.balance for one in accounts(kind))
    earned = sum(together[Heading(one.value)] for one in Dimension) + together[Heading.CORRECTED]
    assert earned == -sum(one.balance for one in accounts(AccountKind.ISSUED))
    pending = sum(one.credits_pending - one.debits_pending for one in accounts(AccountKind.PARTY))
    assert sum(line.amount for one in made for line in one.pending) == pending


def test_months_follow_each_other_and_come_to_the_year(books):
    Year(books, parties=5).fill(200)
    for party_id in parties():
        year = queries.statement(db.session(), whose(party_id), *span(2026, 0))
        months = [
            queries.statement(db.session(), whose(party_id), *span(2026, one))
            for one in range(1, 13)
        ]
        assert months[0].opening == year.opening
        assert all(later.opening == earlier.closing for earlier, later in pairwise(months))
        assert months[-1].closing == year.closing
        assert [line for one in months for line in one.moved] == list(year.moved)


def test_what_was_decided_later_was_pending_at_the_end_of_a_month(books):
    pending = give(books.household, 3, phase=Phase.PENDING, day=date(2026, 5, 20))
    more = {"phase": Phase.POST, "key": "p", "effective_on": date(2026, 6, 2), "at": AT}
    operations.resolve(db.session(), pending, **more)
    may = queries.statement(db.session(), whose(books.household), *span(2026, 5))
    june = queries.statement(db.session(), whose(books.household), *span(2026, 6))
    assert [line.amount for line in may.pending] == [3]
    assert (may.closing, june.pending, june.closing) == (0, [], 3)


def test_a_month_ends_with_its_last_day():
    days = [span(2028, month) for month in range(1, 13)]
    assert days[1][1] == date(2028, 2, 29)
    assert all(later[0] == earlier[1] + timedelta(days=1) for earlier, later in pairwise(days))
    assert span(2028, 0) == (days[0][0], days[-1][1])


def test_figures_are_what_the_ledger_says(books):
    Year(books, parties=6).fill(250)
    other = Party(
        kind=PartyKind.SHOP,
        grid_path=db.session.scalar(select(Grid.path).where(Grid.name == "微网格2-1")),
        created_at=AT,
    )
    db.session.add(other)
    db.session.flush()
    give(other.id, 11, dimension=Dimension.SUPERVISION)
    db.session.commit()
    path = db.session.scalar(select(Grid.path).where(Grid.name == "场镇社区"))
    viewer = viewer_of(create_account("secretary", path), ("secretary", path))
    found = queries.points_figures(db.session(), viewer, 2026)
    issued = {one.dimension: -one.balance for one in accounts(AccountKind.ISSUED)}
    assert found.whole == issued
    for dimension in Dimension:
        assert sum(month.get(dimension, 0) for month in found.months) == issued[dimension]
        assert sum(one.get(dimension, 0) for one in found.grids.values()) == issued[dimension]
    assert found.grids[other.grid_path] == {Dimension.SUPERVISION: 11}
    inside = queries.points_figures(db.session(), viewer, 2026, grid_path=other.grid_path)
    assert inside.whole[Dimension.SUPERVISION] == 11
    assert inside.months[DAY.month - 1][Dimension.SUPERVISION] == 11
    made = [queries.statement(db.session(), whose(one), *span(2026, 3)) for one in parties()]
    march = sum(
        line.amount for one in made for line in one.moved
        if line.heading in {Heading(d.value) for d in Dimension}
    )  # fmt: skip
    undone = sum(
        line.amount for one in made for line in one.moved if line.heading is Heading.CORRECTED
    )
    assert sum(found.months[2].values()) == march + undone


@pytest.fixture
def office(client, books):
    path = db.session.scalar(select(Grid.path).where(Grid.name == "场镇社区"))
    log_in(client, create_account("office", path))
    return client


def test_a_statement_is_printed_with_its_address_as_a_code_and_the_head_of_the_chain(office, books):
    give(books.household, 5)
    db.session.commit()
    head = queries.head_of_chain(db.session())
    page = office.get(f"/points/parties/{books.household}/statement?year=2026&month=11").text
    assert head[1] in page
    assert 'class="qr"' in page
    assert "month=11" in re.search(r"<code>([^<]+)</code>", page).group(1)
    assert "+5" in page
    empty = office.get(f"/points/parties/{books.household}/statement?year=2026&month=2").text
    assert "没有登记" in empty


@pytest.mark.parametrize(
    "nonsense", ["year=x", "year=1999", "year=２０２６", "month=13", "month=-1"]
)
def test_there_is_no_paper_of_a_year_or_month_that_there_is_not(office, books, nonsense):
    give(books.household, 5)
    db.session.commit()
    papers = ("statement", "receipt", "receipt.json")
    answers = [office.get(f"/points/parties/{books.household}/{one}?{nonsense}") for one in papers]
    assert [one.status_code for one in answers] == [404] * 3
    empty = [office.get(f"/points/parties/{books.household}/{one}?year=&month=") for one in papers]
    assert [one.status_code for one in empty] == [200] * 3


def test_a_household_reads_its_own_statement_and_nobody_elses(client, books):
    path = db.session.get(Party, books.household).grid_path
    log_in(client, create_account("resident", path, party_id=books.household))
    assert client.get(f"/points/parties/{books.household}/statement").status_code == 200
    assert client.get(f"/points/parties/{books.shop}/statement").status_code == 404
    assert client.get(f"/points/parties/{books.shop}/receipt.json").status_code == 404
    assert client.get("/points/parties/99999999999/receipt").status_code == 404


def test_statements_and_figures_ask_a_fixed_number_of_questions(office, books):
    give(books.household, 1)
    db.session.commit()
    urls = (f"/points/parties/{books.household}/statement", "/points/figures")
    few = []
    for url in urls:
        with counted() as asked:
            assert office.get(url).status_code == 200
        few.append(len(asked))
    Year(books, parties=8).fill(120)
    for _ in range(20):
        give(books.household, 2)
    db.session.commit()
    for url, before in zip(urls, few, strict=True):
        with counted() as asked:
            office.get(url)
        assert len(asked) == before
