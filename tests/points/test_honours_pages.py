"""Honours in public: names only with consent, one's own certificate, and each home its place."""

from __future__ import annotations

from factories import create_account
from points.goods_factory import party
from points.year_factory import (  # noqa: F401
    AT,
    LATER,
    move,
    plan,
    publish,
    sign,
    verified,
    years_end,
)
from points.year_in_pages import (  # noqa: F401 — fixtures
    HOUSEHOLD,
    NAME,
    browser,
    honour,
    now,
    pair,
    post,
    state,
    stay_logged_in,
    url,
    version,
)
from sqlalchemy import func, select, text

from intranet.audit import AuditEntry
from intranet.db import db
from intranet.points.models import (
    Award,
    Consent,
    Measure,
)
from intranet.register.models import PartyKind, PersonalField
from intranet.register.operations import create_party


def test_names_stand_on_boards_only_with_consent_and_go_when_it_is_taken_back(
    app, years_end, pair, now
):
    path = years_end.shop.town.micros[0].path
    home = create_party(
        db.session(),
        actor=None,
        kind=HOUSEHOLD,
        grid_path=path,
        at=AT,
        values={PersonalField.NAME: NAME},
    )
    person = party(PartyKind.PERSON, path, household_id=home.id)
    account = create_account("resident", path, party_id=person.id)
    db.session.commit()
    move(years_end, home.id, 40)
    move(years_end, years_end.shop.shop.id, 9)
    plan(
        years_end,
        (HOUSEHOLD, Measure.OVERALL, 1, 1, "治理之星", None),
        (PartyKind.SHOP, Measure.OVERALL, 1, 1, "诚信商户", None),
    )
    sign(years_end)
    now["now"] = LATER
    own, other = browser(app, account), browser(app, years_end.shop.neighbour)
    stay_logged_in()
    pages = ("/points/honours", f"/points/standings/{years_end.settlement.id}")
    number = f"编号 {home.id:07}"
    for page in (other.get(one).text for one in pages):
        assert NAME not in page
        assert "欧" not in page
    assert number in other.get(pages[1]).text
    assert "老面馆" in other.get("/points/honours").text
    assert "另有 1 户（家）不公开名称" in other.get("/points/honours").text
    assert "本户（家）" in own.get(pages[1]).text

    assert other.post(f"/points/consent/{home.id}", data={"to": "give"}).status_code == 404
    assert own.post(f"/points/consent/{home.id}", data={"to": "give"}).status_code == 303
    assert all(NAME in other.get(one).text for one in pages)
    award = db.session.scalar(select(Award).where(Award.party_id == home.id))
    one, _two = pair
    where = f"/points/awards/{award.id}"
    assert one.post(f"{where}/consent", data={"to": "take"}).status_code == 303
    assert not any(NAME in other.get(one).text for one in pages)
    assert one.post(f"{where}/consent", data={"to": "give"}).status_code == 303
    assert db.session.scalar(select(func.count(Consent.id))) == 2
    assert own.post(f"{where}/consent", data={"to": "take"}).status_code == 403
    db.session.execute(text("DELETE FROM personal_datum"))  # as erasing a party does
    db.session.commit()
    assert not any(NAME in other.get(one).text for one in pages)

    assert other.get(f"{where}/certificate").status_code == 404


def test_a_certificate_is_masked_until_it_is_asked_for_and_that_is_written_down(
    app, years_end, pair, now
):
    home = create_party(
        db.session(),
        actor=None,
        kind=HOUSEHOLD,
        grid_path=years_end.shop.town.micros[0].path,
        at=AT,
        values={PersonalField.NAME: NAME},
    )
    db.session.commit()
    move(years_end, home.id, 40)
    plan(years_end)
    sign(years_end)
    award = db.session.scalars(select(Award)).one()
    one, _two = pair
    where = f"/points/awards/{award.id}/certificate"
    page = one.get(where).text
    assert NAME not in page
    assert all(words in page for words in ("荣誉证书", "治理之星", "2026-0001", "场镇社区"))
    silent = one.post(where, data={"reason": " "})
    assert (silent.status_code, NAME in silent.text) == (422, False)
    assert 'id="reason-error"' in silent.text
    assert NAME in one.post(where, data={"reason": "表彰会颁发"}).text
    seen = select(AuditEntry.reason).where(AuditEntry.action == "register:personal:unmask")
    assert db.session.scalars(seen).all() == ["表彰会颁发"]


def test_ones_own_certificate_has_the_whole_name_without_a_word_on_any_board(
    app, years_end, pair, now
):
    path = years_end.shop.town.micros[0].path
    values = {PersonalField.NAME: NAME}
    home = create_party(
        db.session(), actor=None, kind=HOUSEHOLD, grid_path=path, at=AT, values=values
    )
    person = party(PartyKind.PERSON, path, household_id=home.id)
    account = create_account("resident", path, party_id=person.id)
    db.session.commit()
    move(years_end, home.id, 40)
    plan(years_end)
    sign(years_end)
    award = db.session.scalars(select(Award)).one()
    own, other = browser(app, account), browser(app, years_end.shop.neighbour)
    stay_logged_in()
    where = f"/points/awards/{award.id}/certificate"
    assert NAME not in own.get(where).text
    printed = own.post(where)
    assert (printed.status_code, NAME in printed.text) == (200, True)
    assert other.post(where, data={"reason": "看一看"}).status_code == 404
    assert NAME not in other.get("/points/honours").text
    seen = select(AuditEntry.actor_id).where(AuditEntry.action == "register:personal:unmask")
    assert db.session.scalars(seen).all() == [account.id]
    assert db.session.scalar(select(func.count(Consent.id))) == 0


def test_in_public_stand_those_who_are_honoured_and_each_home_sees_its_own_place(
    app, years_end, pair, now
):
    homes = years_end.homes  # of 1, 4 and 2 members
    for home, points in zip(homes, (40, 36, 22), strict=True):
        move(years_end, home, points)
    move(years_end, years_end.shop.household.id, 5)
    plan(years_end)
    publish(years_end)
    resident = browser(app, years_end.shop.resident)
    stay_logged_in()
    board = f"/points/standings/{years_end.settlement.id}"
    page = resident.get(board).text
    assert f"编号 {homes[0]:07}" in page
    assert not any(f"编号 {one:07}" in page for one in homes[1:])
    assert "第 4 名，共 4 户（家）" in page
    by_head = resident.get(f"{board}?by=per_head").text
    assert not any(f"编号 {one:07}" in by_head for one in homes)
    assert "人均 5.0 分" in by_head
    assert not any(words in page + by_head for words in ("÷", "9.0", "11.0"))
    staff = pair[0].get(f"{board}?by=per_head").text
    assert staff.count("<tr ") == 4
    assert not any(words in staff for words in ("÷", "9.0", "11.0"))
    assert "9.0 <span" in pair[0].get(url(years_end, "check")).text
