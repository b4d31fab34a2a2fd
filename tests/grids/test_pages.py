"""The roster's pages: each act as a browser without scripts sends it, and as htmx does."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from counting import counted
from factories import AT, create_account, create_grid, create_town, log_in, viewer_of
from grids_factory import LATER, begin, create_named, create_party, secretary_of
from sqlalchemy import select

from intranet import audit, kept, once
from intranet.db import db
from intranet.grids.models import Grid, GridKind, Post, PostEvent, PostKind
from intranet.people.models import RoleGrant
from intranet.register import operations as register

LATER_AT = AT + timedelta(minutes=1)
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def town(app):
    return create_town()


@pytest.fixture
def secretary(town, client):
    account = create_account("secretary", town.community.path)
    log_in(client, account)
    return viewer_of(account, ("secretary", town.community.path))


def form(grid, **fields):
    db.session.expire_all()
    version = db.session.scalar(select(Grid.version).where(Grid.id == grid.id))
    return {"once": once.new_key(), "version": version, **fields}


def joining(grid, person, kind="resident", **fields):
    return form(grid, kind=kind, party=person.id, starts_on=LATER.isoformat(), **fields)


def open_posts(grid):
    db.session.expire_all()
    return db.session.scalars(
        select(Post).where(Post.grid_path == grid.path, Post.ends_on.is_(None))
    ).all()


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_somebody_joins_the_team_and_the_row_shows_it(town, secretary, client, headers):
    grid = town.micros[0]
    person = create_named(grid, "陈秀英", phone="13900001234")
    answer = client.post(
        f"/grids/{grid.code}/team",
        data=joining(grid, person, "micro_member"),
        headers=headers,
        follow_redirects=True,
    )
    assert answer.status_code == 200
    assert "陈*英" in answer.text
    assert "陈秀英" not in answer.text
    assert ("<html" in answer.text) is (not headers)
    assert [post.party_id for post in open_posts(grid)] == [person.id]


def test_sending_the_form_twice_adds_one_post(town, secretary, client):
    grid = town.micros[0]
    person = create_named(grid, "陈秀英")
    data = joining(grid, person)
    first = client.post(f"/grids/{grid.code}/team", data=data, headers=HTMX)
    second = client.post(f"/grids/{grid.code}/team", data=data, headers=HTMX)
    assert (first.status_code, second.status_code) == (200, 200)
    assert len(open_posts(grid)) == 1


def test_a_form_from_an_older_row_gets_409_and_the_row_as_it_is(town, secretary, client):
    grid = town.micros[0]
    first, second = create_named(grid, "陈秀英"), create_named(grid, "李建国")
    stale = joining(grid, second)
    client.post(f"/grids/{grid.code}/team", data=joining(grid, first), headers=HTMX)
    answer = client.post(f"/grids/{grid.code}/team", data=stale, headers=HTMX)
    assert answer.status_code == 409
    assert "陈*英" in answer.text
    version = re.search(r'name="version" value="(\d+)"', answer.text).group(1)
    again = client.post(
        f"/grids/{grid.code}/team",
        data={**stale, "version": version, "once": once.new_key()},
        headers=HTMX,
    )
    assert again.status_code == 200


def test_what_cannot_be_is_said_beside_the_field_with_422(town, secretary, client):
    grid = town.micros[0]
    person = create_named(grid, "陈秀英")
    cases = [
        {**joining(grid, person), "party": ""},
        {**joining(grid, person), "starts_on": "tomorrow"},
        {**joining(grid, person), "starts_on": "2099-01-01"},
        {**joining(grid, person), "kind": "king"},
        {**joining(grid, person), "kind": "party_member"},
        {**joining(grid, person), "party": "999999"},
        {**joining(grid, person), "once": ""},
    ]
    for data in cases:
        answer = client.post(f"/grids/{grid.code}/team", data=data, headers=HTMX)
        assert answer.status_code == 422, data
        assert f'id="grid-{grid.code}"' in answer.text
        assert "error" in answer.text or "note bad" in answer.text
    assert open_posts(grid) == []


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_a_post_is_ended_and_the_slip_taken_back(town, secretary, client, headers):
    grid = town.micros[0]
    post = begin(secretary, grid, create_named(grid, "陈秀英"), PostKind.MICRO_MEMBER)
    url = f"/grids/{grid.code}/team/{post.id}/end"
    assert client.get(url).status_code == 200
    answer = client.post(
        url,
        data=form(grid, ends_on=LATER.isoformat(), reason="外出务工"),
        headers=headers,
        follow_redirects=True,
    )
    assert answer.status_code == 200
    assert open_posts(grid) == []
    act = re.search(r'name="act" value="(\w+)"', answer.text).group(1)
    undone = client.post(
        f"/grids/{grid.code}/team/undo", data={"act": act}, headers=headers, follow_redirects=True
    )
    assert undone.status_code == 200
    assert [one.id for one in open_posts(grid)] == [post.id]
    assert client.post(f"/grids/{grid.code}/team/undo", data={"act": act}).status_code == 409


def test_somebody_moves_to_another_grid(town, secretary, client):
    grid, other = town.micros[:2]
    post = begin(secretary, grid, create_named(grid, "陈秀英"))
    answer = client.post(
        f"/grids/{grid.code}/team/{post.id}/move",
        data=form(grid, to=other.path, kind="micro_member", day=LATER.isoformat(), reason="补缺"),
        headers=HTMX,
    )
    assert answer.status_code == 200
    assert open_posts(grid) == []
    assert [one.kind for one in open_posts(other)] == [PostKind.MICRO_MEMBER]


def test_the_roster_names_what_is_missing_and_filters_it(town, secretary, client):
    full, lacking = town.micros[:2]
    begin(secretary, full, create_named(full, "陈秀英"), PostKind.MICRO_MEMBER)
    party = create_named(full, "李建国", is_party_member=True)
    begin(secretary, full, party, PostKind.PARTY_MEMBER)
    begin(secretary, full, create_named(full, "王小明"))
    begin(secretary, lacking, create_named(lacking, "赵桂芳"), PostKind.MICRO_MEMBER)

    page = client.get(f"/grids/{town.community.code}/roster").text
    assert page.count("齐备") == 1
    assert "3 支队伍有空缺" in page
    narrowed = client.get(f"/grids/{town.community.code}/roster?vacant=y").text
    assert full.name not in narrowed
    assert lacking.name in narrowed


@pytest.mark.parametrize("text", ["秀英", "陈", "cxy", "1234"])
def test_a_team_is_found_by_who_is_in_it(town, secretary, client, text):
    grid = town.micros[1]
    begin(secretary, grid, create_named(grid, "陈秀英", phone="13900001234"))
    page = client.get(f"/grids?q={text}", headers=HTMX).text
    assert grid.code in page
    assert town.micros[0].code not in page


def test_a_team_is_found_by_its_code_and_name(town, secretary, client):
    grid = town.micros[3]
    for text in (grid.code, grid.name):
        page = client.get(f"/grids?q={text}", headers=HTMX).text
        assert f"grid-{grid.code}" in page
        assert f"grid-{town.micros[0].code}" not in page


def test_the_roster_as_of_a_day_shows_who_served_then(town, secretary, client):
    grid = town.micros[0]
    post = begin(secretary, grid, create_named(grid, "陈秀英"), PostKind.MICRO_MEMBER)
    url = f"/grids/{grid.code}/team/{post.id}/end"
    client.post(url, data=form(grid, ends_on="2025-06-01", reason="换届"), headers=HTMX)
    then = client.get("/grids?on=2025-05-31").text
    assert "陈*英" in then
    assert "编辑" not in then.split("<table")[1]
    assert "陈*英" not in client.get("/grids?on=2025-06-01").text
    assert "陈*英" not in client.get("/grids").text


def test_the_poll_is_silent_until_somebody_else_changes_a_team(town, secretary, client):
    grid = town.micros[0]
    begin(secretary, grid, create_party(grid))
    seen = re.search(r"seen=(\d+)", client.get("/grids").text).group(1)
    for base in ("/grids", f"/grids/{town.community.code}/roster"):
        url = f"{base}?seen={seen}"
        assert client.get(url, headers=HTMX).status_code == 204
    begin(secretary, grid, create_party(grid))  # one's own change is no news
    assert client.get(f"/grids?seen={seen}", headers=HTMX).status_code == 204
    begin(secretary_of(town), grid, create_party(grid))
    news = client.get(f"/grids?seen={seen}", headers=HTMX)
    assert news.status_code == 200
    assert "1 支队伍" in news.text
    assert "hx-trigger" not in news.text
    other = client.get(f"/grids/{town.micros[1].code}/roster?seen={seen}", headers=HTMX)
    assert other.status_code == 204


def test_a_micro_grid_member_reaches_no_other_grid_by_any_url(town, client):
    own, other = town.micros[:2]
    actor = secretary_of(town)
    post = begin(actor, other, create_named(other, "陈秀英"), PostKind.MICRO_MEMBER)
    log_in(client, create_account("micro_member", own.path))
    assert client.get(f"/grids/{own.code}/roster").status_code == 200
    assert other.code not in client.get("/grids").text
    for tail in (
        "",
        "/roster",
        "/team",
        "/history",
        "/board",
        "/row",
        "/roster.csv",
        "/candidates",
    ):
        assert client.get(f"/grids/{other.code}{tail}").status_code == 404, tail
    assert (
        client.get(f"/grids/{town.community.code}/roster?seen=0", headers=HTMX).status_code == 404
    )
    assert client.get(f"/grids/people/{post.party_id}").status_code == 404
    assert client.post(f"/grids/{other.code}/team", data={}).status_code == 404
    # His own team he may see, not change.
    assert client.get(f"/grids/{own.code}/team").status_code == 403


def test_two_of_one_masked_name_are_told_apart_and_what_is_not_listed_is_counted(town, client):
    log_in(client, create_account("secretary", town.community.path))
    grid = town.micros[0]
    twins = [create_named(grid, "王大富", f"1390000{n}") for n in (1111, 2222)]
    for _n in range(12):
        create_named(grid, "王大富")
    page = client.get(f"/grids/{grid.code}/candidates?who=wdf", headers=HTMX).text

    for one, tail in zip(twins, (1111, 2222), strict=True):
        assert f'王*富 <span class="muted small">{grid.name} · 139****{tail}' in page
        assert f"登记号 {one.id}<" in page
    assert "13900001111" not in page
    assert page.count('type="radio"') == 12
    assert "另有 2 个符合但未列出" in page
    assert "未列出" not in client.get(f"/grids/{grid.code}/candidates?who=1111", headers=HTMX).text


def test_candidates_come_from_where_the_viewer_may_appoint(town, client):
    general = town.generals[0]
    log_in(client, create_account("grid_member", general.path))
    near, far = create_named(town.micros[0], "陈秀英"), create_named(town.micros[2], "陈秀兰")
    page = client.get(f"/grids/{town.micros[1].code}/candidates?who=cx", headers=HTMX).text
    assert f'value="{near.id}"' in page
    assert f'value="{far.id}"' not in page
    refused = client.post(
        f"/grids/{town.micros[1].code}/team", data=joining(town.micros[1], far), headers=HTMX
    )
    assert refused.status_code == 422


def test_an_export_is_masked_and_written_down(town, secretary, client):
    grid = town.micros[0]
    begin(secretary, grid, create_named(grid, "陈秀英", phone="13900001234"))
    answer = client.get(f"/grids/{town.community.code}/roster.csv")
    table = answer.get_data().decode("utf-8-sig")
    assert "陈*英" in table
    assert "陈秀英" not in table
    assert len(table.splitlines()) == 1 + len(town.micros)
    assert client.get("/grids/roster.xlsx").get_data()[:2] == b"PK"
    assert client.get("/grids/roster.exe").status_code == 404
    entries = db.session.scalars(
        select(audit.AuditEntry).where(audit.AuditEntry.action == "grids:roster:export")
    ).all()
    assert len(entries) == 2


def test_who_lost_a_grid_takes_nothing_back_there_through_another(app, town, client):
    account = create_account("grid_member", town.generals[0].path)
    grants = [
        RoleGrant(
            account_id=account.id,
            role="grid_member",
            grid_path=town.generals[1].path,
            granted_at=AT,
        )
    ]
    db.session.add_all(grants)
    db.session.commit()
    log_in(client, account)
    here, there = town.micros[0], town.micros[2]
    person = create_named(here, "陈秀英")
    assert client.post(f"/grids/{here.code}/team", data=joining(here, person)).status_code == 303
    act = db.session.scalars(select(PostEvent.act)).one()
    lost = select(RoleGrant).where(RoleGrant.grid_path == town.generals[0].path)
    db.session.scalars(lost).one().ended_at = LATER_AT
    db.session.commit()
    answer = client.post(f"/grids/{there.code}/team/undo", data={"act": act})
    assert answer.status_code == 404
    assert len(open_posts(here)) == 1


def test_a_general_grid_whose_member_has_gone_is_shown_vacant(town, secretary, client):
    general = town.generals[0]
    person = create_named(general, "陈秀英")
    begin(secretary, general, person, PostKind.GRID_MEMBER)
    row = client.get(f"/grids/{general.code}/roster").text.split(f'id="row-{general.code}"')[1]
    assert "已迁走" not in row.split("</tr>")[0]
    register.leave(db.session(), actor=secretary, party=person, at=LATER_AT)
    db.session.commit()
    row = client.get(f"/grids/{general.code}/roster").text.split(f'id="row-{general.code}"')[1]
    assert "已迁走" in row.split("</tr>")[0]


def test_the_roster_asks_the_same_number_of_questions_however_long_it_is(town, secretary, client):
    code, first = town.community.code, town.generals[0]
    begin(secretary, town.micros[0], create_named(town.micros[0], "陈秀英"))
    few = asked_by_the_roster(client, code)
    for number in range(10, 40):
        first = db.session.merge(first)
        grid = create_grid(GridKind.MICRO, f"微{number}", f"{first.code}{number:03d}", first)
        begin(secretary, grid, create_named(grid, "李建国"))
    assert asked_by_the_roster(client, code) == few
    anew, again, poll = few
    assert anew <= 12
    assert again == 3  # who asks, the grid, and whether anything was written since
    assert poll == 2  # who asks, and whether anything is new


def asked_by_the_roster(client, code):
    """Return how many statements the page costs made anew, then again, and its poll."""
    client.application.extensions["kept"] = kept.Keeper()
    counts = []
    for address, headers in (("", {}), ("", {}), ("?seen=99999", HTMX)):
        with counted() as asked:
            answer = client.get(f"/grids/{code}/roster{address}", headers=headers)
        assert answer.status_code == (204 if headers else 200)
        counts.append(len(asked))
    return counts


def test_a_grid_is_made_renamed_drawn_and_closed_on_its_pages(town, secretary, client):
    general = town.generals[0]
    page = client.get(f"/grids/{general.code}/new")
    assert f'value="{general.code}003"' in page.text
    made = client.post(
        f"/grids/{general.code}/new",
        data=form(general, kind="micro", code=f"{general.code}.003", name="河边", households="40"),
    )
    assert made.status_code == 303
    grid = db.session.scalars(select(Grid).where(Grid.code == f"{general.code}003")).one()
    url = f"/grids/{grid.code}"
    renamed = client.post(f"{url}/rename", data=form(grid, name="河街", households="41"))
    assert renamed.status_code == 303
    square = "[[103.1,30.1],[103.2,30.1],[103.2,30.2],[103.1,30.2],[103.1,30.1]]"
    drawn = f'{{"type":"Polygon","coordinates":[{square}]}}'
    assert client.post(f"{url}/boundary", data=form(grid, boundary=drawn)).status_code == 303
    assert "<svg viewBox" in client.get(url).text
    crossed = client.post(f"{url}/boundary", data=form(grid, boundary="[[1,2]]"))
    assert crossed.status_code == 422
    stale = client.post(
        f"{url}/rename", data={**form(grid, name="x", households="1"), "version": 1}
    )
    assert stale.status_code == 409
    unversioned = form(grid, name="x", households="1")
    del unversioned["version"]
    assert client.post(f"{url}/rename", data=unversioned).status_code == 409
    assert 'value="41"' in client.get(f"{url}/rename").text
    closed = client.post(f"{url}/close", data=form(grid, successor="", reason="并回"))
    assert closed.status_code == 303
    assert "已于" in client.get(url).text
    assert AT is not None


def test_what_an_operation_refuses_is_said_beside_the_field_in_chinese(town, secretary, client):
    grid = town.micros[0]
    free = f"{town.generals[0].code}007"
    twice, used = f"{free}，甲，3\n{free}，乙，4", f"{free}，甲，3\n{grid.code}，乙，4"
    taken = {"kind": "micro", "code": grid.code, "name": "又一个", "households": "3"}
    for path, field, data in (
        (f"{town.generals[0].code}/new", "code", {**taken, "once": once.new_key()}),
        (f"{grid.code}/boundary", "boundary", form(grid, boundary="不是")),
        (f"{grid.code}/split", "parts", form(grid, parts="甲，乙", reason="大")),
        (f"{grid.code}/split", "parts", form(grid, parts=twice, reason="大")),
        (f"{grid.code}/split", "parts", form(grid, parts=used, reason="大")),
    ):
        answer = client.post(f"/grids/{path}", data=data)
        assert answer.status_code in {409, 422}
        said = re.search(rf'id="{field}-error">.*?<span>([^<]*)</span>', answer.text)
        assert said, path
        assert not re.search("[A-Za-z]{4}", said[1].replace("GeoJSON", "")), said[1]


@pytest.mark.parametrize("how", ["left", "erased"])
def test_who_has_gone_is_not_counted_nor_printed_nor_exported(town, secretary, client, how):
    grid = town.micros[0]
    people = [create_named(grid, name) for name in ("陈秀英", "李建国", "王大富")]
    for person in people:
        begin(secretary, grid, person)
    people[0].left_at = AT
    people[0].erased_at = AT if how == "erased" else None
    db.session.commit()
    row = client.get("/grids").text.split(f'id="row-{grid.code}"')[1].split("</tr>")[0]
    board = client.get(f"/grids/{grid.code}/board").text
    sheet = client.get(f"/grids/{grid.code}/roster.csv").get_data(as_text=True)

    assert '<span class="badge">2</span>' in row
    assert "陈*英" in row
    assert "陈*英" not in board + sheet
    assert "李*国" in board
    assert "李*国、王*富" in sheet


def test_a_row_is_found_by_the_code_it_shows(town, secretary, client):
    rows = [
        client.get(f"/grids?q={code}").text.count('<tr id="row-') for code in ("01.002", "02.9")
    ]
    page = client.get("/grids?q=01.002").text

    assert f'id="row-{town.micros[1].code}"' in page
    assert f'id="row-{town.micros[0].code}"' not in page
    assert f'id="row-{town.micros[3].code}"' not in page
    assert rows == [2, 0]  # the micro-grid and the general grid above it


@pytest.mark.parametrize("day", ["2026-02-30", "abc", "9999-12-31"])
def test_a_day_that_is_none_or_to_come_is_refused_in_words(town, secretary, client, day):
    page = client.get(f"/grids?on={day}").text

    assert "以下是今天的花名册" in page
    assert "编辑" in page
    assert "以下是今天" not in client.get("/grids?on=2025-01-01").text


def test_a_past_roster_and_its_notice_show_no_numbers_of_today(town, secretary, client):
    past = client.get(f"/grids/{town.community.code}/roster?on=2025-01-01").text
    board = client.get(f"/grids/{town.community.code}/board?on=2025-01-01").text
    sheet = client.get(f"/grids/{town.community.code}/roster.csv?on=2025-01-01").text

    assert "60" not in re.findall('<td class="num"[^>]*>([^<]*)</td>', past + board)
    assert "240 户" not in past
    assert "240 户" in client.get(f"/grids/{town.community.code}/roster").text
    assert ",60," not in sheet
    assert "2025-01-01" in board.split("<article")[1]


def test_a_printed_roster_names_community_and_day(town, secretary, client):
    paper = re.search('<p class="print-only">(.*?)</p>', client.get("/grids?on=2025-01-01").text)

    assert paper
    assert "2025-01-01" in paper[1]
    assert paper[1].split(" · ")[0]


def test_nothing_is_offered_that_leads_nowhere(town, secretary, client):
    def offered(grid):
        page = client.get(f"/grids/{grid.code}").text
        return [word for word in ("place", "split", "close") if f"/{grid.code}/{word}" in page]

    assert offered(town.community) == []  # a matter of the town
    for word in ("place", "split", "close"):
        assert client.get(f"/grids/{town.community.code}/{word}").status_code == 403
    assert offered(town.generals[0]) == ["split", "close"]  # there is no other community
    assert offered(town.micros[0]) == ["place", "split", "close"]


def test_a_reason_that_is_needed_is_marked_before_anything_is_sent(town, secretary, client):
    grid = town.micros[0]
    begin(secretary, grid, create_named(grid, "陈秀英"))
    page = client.get(f"/grids/{grid.code}/team").text
    fields = re.findall(r'<label for="(reason-[^"]*)">([^<]*)(.*?)<input([^>]*)>', page)

    marked = {words for _id, words, mark, field in fields if "*" in mark and "required" in field}
    assert marked == {"原因"}
    assert {words for _id, words, mark, _field in fields if "*" not in mark} == {"备注"}


def test_an_old_code_leads_to_the_grid_under_its_new_one(town, secretary, client):
    grid, old = town.micros[0], town.micros[0].code
    moved = client.post(
        f"/grids/{old}/place",
        data=form(
            grid, parent=town.generals[1].path, code=f"{town.generals[1].code}003", reason="调整"
        ),
    )
    assert moved.status_code == 303
    answer = client.get(f"/grids/{old}/history")
    assert answer.status_code == 308
    assert answer.location.endswith(f"/grids/{town.generals[1].code}003/history")


def test_a_grid_is_split_on_its_page(town, secretary, client):
    grid = town.micros[0]
    code = town.generals[0].code
    wrong = client.post(f"/grids/{grid.code}/split", data=form(grid, parts="x", reason="大"))
    assert wrong.status_code == 422
    parts = f"{code}005，东半，30\n{code}006, 西半, 30"
    done = client.post(f"/grids/{grid.code}/split", data=form(grid, parts=parts, reason="户多"))
    assert done.status_code == 303
    assert "东半" in client.get(f"/grids/{grid.code}").text


def test_the_person_page_lists_posts_within_scope_only(town, secretary, client):
    grid = town.micros[0]
    person = create_named(grid, "陈秀英")
    begin(secretary, grid, person)
    begin(secretary, town.micros[2], person)
    assert client.get(f"/grids/people/{person.id}").text.count("<tr>") == 3
    log_in(client, create_account("micro_member", grid.path))
    assert client.get(f"/grids/people/{person.id}").text.count("<tr>") == 2


@pytest.mark.parametrize(
    "url",
    [
        "/grids/nothing/roster",
        "/grids/people/99999999999999999999",
        "/grids/5101151010010100199",
    ],
)
def test_odd_addresses_are_not_found(town, secretary, client, url):
    for headers in ({}, HTMX):
        assert client.get(url, headers=headers).status_code == 404


def test_odd_searches_find_nothing_and_break_nothing(town, secretary, client):
    grid = town.micros[0]
    for text in ("%", "_", "'", "x" * 500, "%F0%9F%98%80", "%E3%80%82"):
        assert client.get(f"/grids?q={text}&on=never&after=x").status_code == 200
        assert client.get(f"/grids/{grid.code}/candidates?who={text}").status_code == 200
    data = {**joining(grid, grid), "party": "9" * 30, "reason": "ab"}
    assert client.post(f"/grids/{grid.code}/team", data=data).status_code == 422


def test_the_history_of_a_community_tells_of_all_its_teams(town, secretary, client):
    grid = town.micros[0]
    begin(secretary, grid, create_named(grid, "陈秀英"), reason="换届")
    page = client.get(f"/grids/{town.community.code}/history").text
    assert "陈*英" in page
    assert grid.name in page
    assert "换届" in page
    assert "陈*英" not in client.get(f"/grids/{town.micros[1].code}/history").text


def test_counts_are_the_same_whether_counted_here_or_by_the_database(town, secretary, client):
    from intranet.grids.queries import RosterFilter, roster, vacancy_count

    full = town.micros[0]
    begin(secretary, full, create_named(full, "陈秀英"), PostKind.MICRO_MEMBER)
    party = create_named(full, "李建国", is_party_member=True)
    begin(secretary, full, party, PostKind.PARTY_MEMBER)
    begin(secretary, full, create_named(full, "王小明"))
    here = roster(db.session(), secretary, town.community, RosterFilter())
    there = roster(db.session(), secretary, town.community, RosterFilter(only_vacant=True))
    for one in (here, there):
        assert (one.grids, one.vacant, one.households) == (4, 3, 240)
        assert list(one.vacancies.values()) == [3, 3, 3]
    assert vacancy_count(secretary) == 3
    paged = roster(db.session(), secretary, None, RosterFilter(after=town.micros[0].code))
    assert (paged.grids, len(paged.rows)) == (4, 3)


def test_whoever_has_left_the_area_leaves_a_vacancy(town, secretary, client):
    grid = town.micros[0]
    person = create_named(grid, "陈秀英")
    begin(secretary, grid, person, PostKind.MICRO_MEMBER)
    assert "缺微网格员 3" in client.get("/grids").text
    person.left_at = AT
    db.session.commit()
    page = client.get("/grids").text
    assert "缺微网格员 4" in page
    assert "已迁走" in page
    assert grid.code in client.get("/grids?vacant=y").text
    assert "已迁走" not in client.get("/grids?on=2025-01-01").text
