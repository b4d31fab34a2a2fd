"""The ledger's pages as people see them: rows, one entry, its correction by two, the files."""

from __future__ import annotations

import csv
import io
import re
import zipfile

import pytest
from counting import counted
from factories import AT, create_account, log_in
from points.ledger_factory import give
from points.points_factory import books  # noqa: F401
from sqlalchemy import select

from intranet.audit import AuditEntry
from intranet.db import db
from intranet.grids.models import Grid
from intranet.points import queries
from intranet.points.models import Correction, CorrectionState, Phase
from intranet.register.models import Party, PartyKind
from intranet.register.operations.personal import index


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


@pytest.mark.parametrize("query", ["party=", "since=never", "kind=nothing&state=x&year=9999"])
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


def test_the_list_is_narrowed_by_a_name_as_the_register_finds_it(desk, books):
    client, _ = desk
    path = db.session.get(Party, books.shop).grid_path
    made = [
        Party(kind=PartyKind.SHOP, grid_path=path, public_name=name, created_at=AT)
        for name in ("惠民粮店", "百味面馆", "百味茶铺")
    ]
    db.session.add_all(made)
    db.session.flush()
    for number, one in enumerate(made, start=3):
        index(db.session(), one)
        give(one.id, number)
    db.session.commit()
    rice = client.get("/points/ledger?party=惠民").text
    assert "+3" in rice
    assert rice.count('<tr id="e') == 1
    both = client.get("/points/ledger?party=百味").text
    assert both.count('<tr id="e') == 0
    assert all(f'href="/points/ledger?party={one.id}"' in both for one in made[1:])
    assert "+4" in client.get(f"/points/ledger?party={made[1].id}").text
    nobody = client.get("/points/ledger?party=没有这家").text
    assert nobody.count('<tr id="e') == 0
    assert 'value="没有这家"' in nobody


def test_what_was_held_and_then_spent_does_not_look_like_paying_twice(desk, books):
    from test_posting import decide, hold

    client, _ = desk
    give(books.household, 9)
    fetched = decide(hold(books, 4), Phase.POST)
    db.session.commit()
    page = client.get("/points/ledger").text
    assert page.count("只计一次，计在后一笔") == 1
    assert f'<a class="small nowrap" href="/points/entries/{fetched.id}">' in page


def test_codes_are_said_in_plain_words_and_lead_where_they_come_from(desk, books):
    from test_posting import decide, hold

    client, _ = desk
    entry = give(books.household, 9, event="claim:62")
    held = hold(books, 4)
    fetched = decide(held, Phase.POST)
    db.session.commit()
    page = client.get(f"/points/entries/{entry.id}").text
    shown, folded = page.split('<details class="card" id="codes">', 1)
    assert 'href="/points/claims/62"' in shown
    assert f"编号 {books.household}，2026 年积分" in shown
    assert "2026 年发放：参与度" in shown
    for code in (entry.hash, f"Liabilities:Party:P{books.household:07}:Y2026", "claim:62"):
        assert code in folded
        assert code not in shown
    spent = client.get(f"/points/entries/{fetched.id}").text.split('id="codes"', 1)[0]
    assert "2026 年兑换支出" in spent
    assert not any(code in spent for code in ("Income:", "Expenses:", "collected"))


def test_a_wrong_amount_is_asked_about_in_its_own_words(desk, books):
    client, _ = desk
    entry = give(books.household, 50)
    db.session.commit()
    number = entry.id
    assert "数额有误" in client.get(f"/points/entries/{number}").text
    for amount, said in (("0", "积分应在 1 至 1000000 之间"), ("50", "与原登记数额相同")):
        answer, _form = ask(client, number, reason="wrong_amount", amount=amount)
        assert (answer.status_code, said in answer.text) == (422, True), amount
    assert db.session.scalars(select(Correction)).all() == []


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


def test_what_was_spent_is_a_number_in_both_files(desk, books):
    from test_posting import decide, hold

    client, _ = desk
    give(books.household, 9)
    decide(hold(books, 4), Phase.POST)
    db.session.commit()
    table = client.get("/points/ledger/export.csv").data.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(table)))
    assert sum(int(row["积分"] or 0) for row in rows) == 5
    assert {row["登记号"] for row in rows} == {str(books.household)}
    with zipfile.ZipFile(io.BytesIO(client.get("/points/ledger/export.xlsx").data)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert [int(one) for one in re.findall(r'<c r="I\d+"><v>(-?\d+)</v>', sheet)] == [-4, 9]


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
