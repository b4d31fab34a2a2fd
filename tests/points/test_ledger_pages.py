"""The ledger's pages as people see them: rows, one entry, its correction by two, the files."""

from __future__ import annotations

import csv
import io
import re

import pytest
from counting import counted
from factories import create_account, log_in
from points.ledger_factory import give
from points.points_factory import books  # noqa: F401
from sqlalchemy import select

from intranet.audit import AuditEntry
from intranet.db import db
from intranet.grids.models import Grid
from intranet.points import queries
from intranet.points.models import Correction, CorrectionState, Phase
from intranet.register.models import Party, PartyKind


@pytest.fixture
def desk(app, client, books):
    """The secretary of the community of the books, and another one."""
    path = db.session.scalar(select(Grid.path).where(Grid.name == "场镇社区"))
    first, second = (create_account("secretary", path) for _ in range(2))
    log_in(client, first)
    other = app.test_client()
    other.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    log_in(other, second)
    return client, other


def once_of(page):
    return re.search(r'name="once" value="([^"]+)"', page).group(1)


def test_a_row_says_what_moved_for_whom_and_the_page_asks_a_fixed_number_of_questions(desk, books):
    client, _ = desk
    assert "还没有" in client.get("/points/ledger").text
    give(books.household, 5, event="incident:3")
    give(books.shop, 3, phase=Phase.PENDING)
    db.session.commit()
    page = client.get("/points/ledger").text
    assert "+5" in page
    assert "(+3)" in page
    with counted() as few:
        client.get("/points/ledger")
    for number in range(60):
        party = Party(
            kind=PartyKind.SHOP,
            grid_path=db.session.get(Party, books.shop).grid_path,
            public_name=f"面馆{number}",
            created_at=db.session.get(Party, books.shop).created_at,
        )
        db.session.add(party)
        db.session.flush()
        give(party.id, number + 1)
    db.session.commit()
    with counted() as many:
        page = client.get("/points/ledger").text
    assert len(many) == len(few)
    assert "面馆59" in page
    assert "面馆5<" not in page
    older = re.search(r'rel="next" href="([^"]+)"', page).group(1)
    assert "面馆5" in client.get(older.replace("&amp;", "&")).text
    part = client.get("/points/ledger?rule=cleanup", headers={"HX-Request-Type": "partial"})
    assert part.text.lstrip().startswith('<section id="ledger"')


@pytest.mark.parametrize("query", ["party=x", "since=never", "kind=nothing&state=x&year=9999"])
def test_nonsense_in_the_address_narrows_nothing(desk, books, query):
    client, _ = desk
    give(books.household, 5)
    db.session.commit()
    answer = client.get(f"/points/ledger?{query}&after=zzz")
    assert answer.status_code == 200
    assert "+5" in answer.text


def test_an_entry_shows_all_that_is_attested(desk, books):
    client, _ = desk
    entry = give(books.household, 5, note="thanks")
    db.session.commit()
    page = client.get(f"/points/entries/{entry.id}").text
    for words in (entry.hash, entry.previous_hash, entry.key, entry.body_sha256, "thanks"):
        assert words in page
    assert client.get("/points/entries/99999999999").status_code == 404


def ask(client, number, **fields):
    page = client.get(f"/points/entries/{number}").text
    form = {"once": once_of(page), "reason": "twice", "words": "登记了两次", **fields}
    return client.post(f"/points/entries/{number}/correct", data=form), form


def test_a_correction_is_asked_for_by_one_and_confirmed_by_another(desk, books):
    client, other = desk
    entry = give(books.household, 50)
    db.session.commit()
    number = entry.id
    answer, form = ask(client, number, reason="wrong_amount", amount="5")
    assert answer.status_code == 303
    again = client.post(f"/points/entries/{number}/correct", data=form)
    assert again.status_code == 303
    asked = db.session.scalars(select(Correction)).one()
    page = client.get(f"/points/entries/{number}").text
    assert "登记了两次" in page
    url = f"/points/corrections/{asked.id}/decide"
    assert "/decide" not in page
    page = other.get(f"/points/entries/{number}").text
    key = once_of(page)
    own = client.post(url, data={"once": key, "verb": "confirm"})
    assert own.status_code == 409
    assert "No. " not in own.text.split("<main", 1)[1]
    done = other.post(url, data={"once": once_of(page) + "x", "verb": "confirm"})
    assert done.status_code == 303
    late = other.post(url, data={"once": once_of(page) + "y", "verb": "confirm"})
    assert late.status_code == 409
    db.session.expire_all()
    asked = db.session.scalars(select(Correction)).one()
    assert (asked.state, asked.reversal_id, asked.replacement_id) == (
        CorrectionState.CONFIRMED,
        number + 2,
        number + 1,
    )
    page = client.get("/points/ledger").text
    assert page.count('<tr id="e') == 1
    assert "<details" in page.split('<tr id="e', 1)[1]
    acts = db.session.scalars(select(AuditEntry.action)).all()
    assert {"points:correction:ask", "points:correction:confirm"} <= set(acts)
    assert list(queries.verify(db.session())) == []
    assert "登记了两次" not in str(list(queries.records(db.session())))


def test_what_is_wrong_with_a_correction_is_said_beside_its_field_and_nothing_typed_is_lost(
    desk, books
):
    client, other = desk
    entry = give(books.household, 5)
    db.session.commit()
    huge = {"reason": "wrong_amount", "amount": "1000001"}
    for fields in ({"words": ""}, {"reason": "nothing"}, {"amount": "7"}, huge):
        answer, _ = ask(client, entry.id, **fields)
        assert answer.status_code == 422
        assert 'class="error"' in answer.text
    same, _ = ask(client, entry.id, reason="wrong_amount", amount="5", words="我写的话")
    assert same.status_code == 422
    assert "我写的话" in same.text
    ask(client, entry.id)
    asked = db.session.scalars(select(Correction)).one()
    page = other.get(f"/points/entries/{entry.id}").text
    url = f"/points/corrections/{asked.id}/decide"
    silent = other.post(url, data={"once": once_of(page), "verb": "refuse", "answer": ""})
    assert silent.status_code == 422
    refused = {"once": once_of(page) + "x", "verb": "refuse", "answer": "没有重复"}
    assert other.post(url, data=refused).status_code == 303
    page = client.get(f"/points/entries/{entry.id}").text
    assert "没有重复" in page
    assert "/correct" in page


def test_points_that_were_spent_are_not_taken_back_and_the_page_says_so(desk, books):
    from test_posting import decide, hold

    client, other = desk
    entry = give(books.household, 5)
    decide(hold(books, 4), Phase.POST)
    db.session.commit()
    ask(client, entry.id)
    asked = db.session.scalars(select(Correction)).one()
    page = other.get(f"/points/entries/{entry.id}").text
    data = {"once": once_of(page), "verb": "confirm"}
    answer = other.post(f"/points/corrections/{asked.id}/decide", data=data)
    assert answer.status_code == 409
    assert 'role="alert"' in answer.text


def test_the_list_is_exported_as_filtered_and_that_is_written_down(desk, books):
    client, _ = desk
    give(books.household, 5)
    give(books.shop, 3, rule=("=cmd()", 1))
    db.session.commit()
    table = client.get(f"/points/ledger/export.csv?party={books.household}")
    rows = list(csv.DictReader(io.StringIO(table.data.decode("utf-8-sig"))))
    assert len(rows) == 1
    assert "5" in rows[0].values()
    assert client.get("/points/ledger/export.xlsx").data[:2] == b"PK"
    assert client.get("/points/ledger/export.pdf").status_code == 404
    assert "'=cmd()" in client.get("/points/ledger/export.csv").data.decode("utf-8-sig")
    db.session.rollback()
    noted = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "points:ledger:export")
    ).all()
    assert len(noted) == 3
