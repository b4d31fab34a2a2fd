"""A number is shown to people in one way everywhere, 261123-0001; machines have the whole one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from factories import AT, create_account, create_town, log_in, viewer_of
from incidents_factory import create_category, create_incident
from sqlalchemy import select

from intranet import clock
from intranet.db import db
from intranet.incidents import operations
from intranet.incidents.models import Incident, numbered
from intranet.notices.models import Notice

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
# What a page says: its text, and what is read out; not addresses, keys and values sent back.
SPOKEN = re.compile(r'(?:aria-label|title|alt|placeholder)="([^"]*)"')


@pytest.fixture
def pair(app, client, monkeypatch):
    """Two incidents, one merged into the other; an office that is logged in."""
    monkeypatch.setattr(clock, "now", lambda: AT)
    town = create_town()
    office = create_account("secretary", town.community.path)
    resident = create_account("resident", town.micros[0].path)
    matter = create_category()
    into, other = (create_incident(town.micros[0], matter, reporter=resident) for _ in range(2))
    staff = viewer_of(office, ("secretary", town.community.path))
    operations.merge(db.session(), actor=staff, at=AT, into=into, others=[other])
    db.session.commit()
    log_in(client, office)
    return into.number, other.number


def said(answer):
    text = answer.get_data(as_text=True)
    return " ".join([re.sub(r"<[^>]*>", " ", text), *SPOKEN.findall(text)])


def test_no_page_print_or_export_shows_a_bare_number(client, pair):
    into, other = pair
    pages = [
        "/incidents?tab=area",
        "/incidents/map?tab=area",
        "/incidents/export.csv?tab=area",
        *(f"/incidents/{number}" for number in pair),
        f"/incidents/{into}/related",
        f"/incidents/{into}/papers/registration",
        f"/incidents?tab=area&merged={into}",
    ]
    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 200, page
        words = said(answer)
        assert numbered(into[-10:]) in words or numbered(other[-10:]) in words, page
        assert not re.search(r"261123000\d", words), page
    one = db.session.scalars(select(Incident)).first()
    body = {"verb": "dispatch", "one": f"{one.id}:{one.turn}"}
    db.session.rollback()
    assert not re.search(r"261123000\d", said(client.post("/incidents/bulk", data=body)))


def test_history_and_notices_name_it_so(client, pair):
    into, other = pair
    assert f"将 {numbered(other[-10:])} 并入本件" in said(client.get(f"/incidents/{into}"))
    told = db.session.scalars(select(Notice.params)).all()
    assert any(numbered(other[-10:]) in one for one in told)
    assert not any(re.search(r"261123000\d", one) for one in told)


def test_no_template_prints_one_otherwise():
    wrong = [
        path.name
        for path in TEMPLATES.rglob("*.html")
        if path.parent.name != "jobs"  # rows of a sheet and booths have numbers of their own
        and re.search(
            r"short_number(?!\|numbered)|\{\{ \w+\.number \}\}</", path.read_text("utf-8")
        )
    ]
    assert wrong == []
