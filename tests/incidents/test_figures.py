"""The figures of a period equal an independent reckoning from the raw rows, on both engines."""

from __future__ import annotations

import csv
import io
import random
import re
import zipfile
from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from xml.etree import ElementTree as ET

import pytest
from counting import counted
from factories import AT, create_account, create_town, log_in, viewer_of
from incidents_factory import create_category, create_unit
from sqlalchemy import insert, select

from intranet import clock
from intranet.access import Role
from intranet.audit import AuditEntry
from intranet.clock import BEIJING
from intranet.db import db
from intranet.incidents import queries
from intranet.incidents.models import (
    NEVER,
    OPEN,
    Assignment,
    Category,
    Hand,
    Incident,
    Satisfaction,
    Source,
    State,
    Urgency,
)
from intranet.incidents.queries import Dimension, Period

STATES = [*State, *[State.CLOSED] * 6, *[State.EVALUATED] * 6]
STEPS = ("accept", "dispatch", "arrive", "handle", "verify")


class World:
    """A town with people, units and matters."""

    def __init__(self):
        self.town = create_town()
        self.places = [*self.town.micros, *self.town.generals, self.town.dedicated]
        self.places.append(self.town.community)
        self.matters = [create_category(f"事项{n}") for n in range(4)]
        self.people = [create_account("micro_member", self.town.micros[0].path) for _ in range(3)]
        self.people += [create_account("resident", self.town.micros[0].path) for _ in range(2)]
        self.units = [create_unit(self.town.town, f"单位{n}") for n in range(2)]
        self.office = create_account("office", self.town.community.path)


def fill(world, dice, count):
    """Insert incidents of any kind in any state, around the days asked for."""
    rows, hands, given = [], set(), []
    for number in range(1, count + 1):
        # The first is what the merged ones were merged into.
        state = State.REPORTED if number == 1 else dice.choice(STATES)
        done = state in {State.CLOSED, State.EVALUATED}
        at = None if state is State.DRAFT else AT + timedelta(minutes=dice.randrange(-9000, 9000))
        place = dice.choice(world.places)
        rows.append(
            {
                "id": number,
                "number": f"N{number:05d}",
                "short_number": f"{number:05d}",
                "state": state,
                "is_open": state in OPEN,
                "round": dice.choice([1, 1, 1, 2, 3]),
                "grid_path": place.path,
                "community_path": world.town.community.path,
                "desk_path": world.town.community.path,
                "category_id": dice.choice(world.matters).id,
                "urgency": dice.choice(list(Urgency)),
                "source": dice.choice(list(Source)),
                "reporter_id": dice.choice([None, *(one.id for one in world.people)]),
                "reported_at": at,
                "changed_at": at or AT,
                "closed_at": at + timedelta(minutes=dice.randrange(9000)) if done else None,
                "satisfaction": dice.choice(list(Satisfaction))
                if state is State.EVALUATED
                else None,
                "merged_into_id": 1 if state is State.MERGED else None,
                "due_at": AT + timedelta(minutes=dice.randrange(-99, 99))
                if state in OPEN and dice.random() < 0.8
                else None,
                "queue_at": NEVER,
                "was_in_time": dice.random() < 0.7 if done else None,
                "real_minutes": dice.choice([3, 3, 8, 20, dice.randrange(5000)]) if done else None,
                **{
                    f"{step}_minutes": dice.choice([None, 0, 1, dice.randrange(400)])
                    for step in STEPS
                },
            }
        )
        for _ in range(dice.randrange(3)):
            hands.add((number, dice.randrange(1, 3), dice.choice(world.people).id))
            unit = dice.choice([None, *world.units])
            given.append(
                {
                    "incident_id": number,
                    "unit_id": unit.id if unit else None,
                    "account_id": None if unit else world.people[0].id,
                    "begun_at": AT,
                }
            )
    db.session.execute(insert(Incident), rows)
    if hands:
        names = ("incident_id", "round", "account_id")
        db.session.execute(insert(Hand), [dict(zip(names, one, strict=True)) for one in hands])
        db.session.execute(insert(Assignment), given)
    db.session.commit()


def reckon(incidents, at):
    """Count plainly what a table's row says of some incidents."""
    sound = [one for one in incidents if one.state is not State.VOID]
    closed = [one for one in sound if one.state in {State.CLOSED, State.EVALUATED}]
    judged = [one for one in closed if one.state is State.EVALUATED and one.satisfaction]
    minutes = [one.real_minutes for one in closed]
    return {
        "reported": len(sound),
        "open": sum(one.state in OPEN for one in sound),
        "overdue": sum(one.state in OPEN and bool(one.due_at and one.due_at < at) for one in sound),
        "closed": len(closed),
        "in_time": sum(bool(one.was_in_time) for one in closed),
        "reopened": sum(one.round > 1 for one in sound),
        "merged": sum(one.state is State.MERGED for one in sound),
        "declined": sum(one.state is State.DECLINED for one in sound),
        "void": len(incidents) - len(sound),
        "evaluated": len(judged),
        "content": sum(one.satisfaction is not Satisfaction.DISSATISFIED for one in judged),
        "median_minutes": middle(minutes),
        "p90_minutes": nearest_rank(minutes, Fraction(9, 10)),
    }


def middle(values):
    ordered = sorted(values)
    if not ordered:
        return None
    half = len(ordered) // 2
    return float(ordered[half]) if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def nearest_rank(values, share):
    """Return the smallest value that at least this share does not exceed."""
    ordered = sorted(values)
    return next((v for n, v in enumerate(ordered, 1) if Fraction(n, len(ordered)) >= share), None)


def told(tally):
    return {name: getattr(tally, name) for name in reckon([], AT)}


def kept(incident, period, matters):
    if incident.reported_at is None or incident.state is State.DRAFT:
        return False
    day = incident.reported_at.astimezone(BEIJING).date()
    return (
        period.since <= day <= period.until
        and incident.grid_path.startswith(period.grid_path)
        and (not period.category_id or period.category_id in matters[incident.category_id])
        and period.source in {None, incident.source}
        and period.urgency in {None, incident.urgency}
    )


def expected_tables(world, cohort, period):
    """Put each incident into the rows it belongs to, table by table."""
    rows = defaultdict(lambda: defaultdict(list))
    kinds = {one.path: one.kind.value for one in world.places}
    teams = {one.id for one in world.people[:3]}
    parents = {one.id: one.parent_id for one in db.session.scalars(select(Category))}
    hands = {(one.incident_id, one.account_id) for one in db.session.scalars(select(Hand))}
    given = {(a.incident_id, a.unit_id) for a in db.session.scalars(select(Assignment))}
    for one in cohort:
        micro = kinds[one.grid_path] == "micro"
        above = one.grid_path.rsplit(".", 2)[0] + "."
        if period.grid_path.count(".") in {0, 3}:
            rows[Dimension.GRID][above if micro else one.grid_path].append(one)
            if micro:
                rows[Dimension.MICRO][one.grid_path].append(one)
        else:
            rows[Dimension.GRID][one.grid_path].append(one)
        rows[Dimension.MATTER][str(one.category_id)].append(one)
        rows[Dimension.MATTER_CLASS][str(parents[one.category_id])].append(one)
        reporter = one.reporter_id if one.reporter_id in teams else 0
        rows[Dimension.REPORTER][str(reporter)].append(one)
        day = one.reported_at.astimezone(BEIJING).date().isoformat()
        rows[Dimension.TIME][day[:7] if period.by_months else day].append(one)
        for who in {who for number, who in hands if number == one.id}:
            rows[Dimension.HANDLER][str(who)].append(one)
        for unit in {unit for number, unit in given if number == one.id and unit}:
            rows[Dimension.UNIT][str(unit)].append(one)
    return rows


@pytest.mark.parametrize("seed", range(6))
def test_every_figure_equals_a_plain_reckoning_from_the_rows(app, seed):
    dice = random.Random(seed)
    world = World()
    fill(world, dice, dice.choice([5, 60, 150]))
    viewer = viewer_of(world.office, ("office", world.town.community.path))
    parents = {one.id: one.parent_id for one in db.session.scalars(select(Category))}
    matters = {key: {key, parent} for key, parent in parents.items()}
    everyone = db.session.scalars(select(Incident)).all()
    for _ in range(5):
        since = date(2026, 11, 23) + timedelta(days=dice.randrange(-7, 7))
        period = Period(
            since,
            since + timedelta(days=dice.choice([0, 3, 14, 90])),
            grid_path=dice.choice(["", "", *(one.path for one in world.places)]),
            category_id=dice.choice([0, 0, *parents]),
            source=dice.choice([None, None, *Source]),
            urgency=dice.choice([None, None, *Urgency]),
        )
        found = queries.figures(db.session(), viewer, period, at=AT)
        cohort = [one for one in everyone if kept(one, period, matters)]
        assert told(found.whole) == reckon(cohort, AT)
        expected = expected_tables(world, cohort, period)
        for dimension, rows in found.tables.items():
            assert {row.key: told(row) for row in rows} == {
                key: reckon(some, AT) for key, some in expected[dimension].items()
            }, dimension
        sound = [one for one in cohort if one.state is not State.VOID]
        for step in found.steps:
            took = [getattr(one, f"{step.step}_minutes") for one in sound]
            took = [one for one in took if one is not None]
            assert (step.count, step.median_minutes, step.p90_minutes) == (
                len(took),
                middle(took),
                nearest_rank(took, Fraction(9, 10)),
            )
        assert found.accepted == sum(one.accept_minutes is not None for one in sound)
        lasting = Period(
            date(2000, 1, 1),
            date(2100, 1, 1),
            period.grid_path,
            period.category_id,
            period.source,
            period.urgency,
        )
        meanwhile = [
            one
            for one in everyone
            if kept(one, lasting, matters)
            and one.closed_at
            and period.since <= one.closed_at.astimezone(BEIJING).date() <= period.until
        ]
        assert found.closed_meanwhile == len(meanwhile)


def test_the_area_is_the_viewers_own_and_towns_are_told_by_community(app):
    world = World()
    fill(world, random.Random(3), 80)
    period = Period(date(2026, 11, 1), date(2026, 11, 30))
    general = world.town.generals[0]
    member = viewer_of(create_account("grid_member", general.path), ("grid_member", general.path))
    found = queries.figures(db.session(), member, period, at=AT)
    assert {row.key for row in found.tables[Dimension.GRID]} <= {
        general.path,
        *(one.path for one in world.town.micros[:2]),
    }
    for top, key in (
        (world.town.county, world.town.town.path),
        (world.town.town, world.town.community.path),
    ):
        viewer = viewer_of(world.office, ("secretary", top.path))
        tables = queries.figures(db.session(), viewer, period, at=AT).tables
        assert [row.key for row in tables[Dimension.GRID]] == [key]
    nobody = viewer_of(world.people[4], ("resident", world.town.micros[0].path))
    assert queries.figures(db.session(), nobody, period, at=AT).whole.reported == 0


@pytest.fixture
def desk(app, client, monkeypatch):
    world = World()
    monkeypatch.setattr(clock, "now", lambda: AT)
    log_in(client, world.office)
    return world


def read_book(data):
    """Return the sheets of a workbook: title to rows, numbers as numbers."""
    space = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        parts = {name: ET.fromstring(packed.read(name)) for name in packed.namelist()
                 if name.endswith(".xml")}  # fmt: skip
    texts = ["".join(one.itertext()) for one in parts["xl/sharedStrings.xml"]]
    book = {}
    for number, sheet in enumerate(parts["xl/workbook.xml"].iterfind(".//x:sheet", space), 1):
        rows = parts[f"xl/worksheets/sheet{number}.xml"].iterfind(".//x:row", space)
        book[sheet.get("name")] = [
            [
                texts[int(cell.findtext("x:v", namespaces=space))]
                if cell.get("t") == "s"
                else float(cell.findtext("x:v", namespaces=space) or 0)
                for cell in row
            ]
            for row in rows
        ]
    return book


def page_rows(text):
    """Return how many incidents a list page shows."""
    return text.count('<tr id="i')


def test_every_linked_count_leads_to_a_list_of_just_as_many(desk, client):
    fill(desk, random.Random(5), 38)
    seen = 0
    for by in ("grid", "matter", "time"):
        text = client.get(f"/incidents/figures?since=2026-11-15&until=2026-12-01&by={by}").text
        links = re.findall(r'<a[^>]*href="(/incidents\?[^"]+)"[^>]*>(?:<b>)?(\d+)<', text)
        for href, count in links:
            assert page_rows(client.get(href.replace("&amp;", "&")).text) == int(count), href
            seen += 1
    assert seen > 20


def test_the_queries_are_as_many_for_one_incident_as_for_hundreds(desk, client):
    address = "/incidents/figures?since=2026-11-01&until=2026-11-30&by=all"
    fill(desk, random.Random(1), 20)
    client.get(address)
    with counted() as few:
        assert client.get(address).status_code == 200
    db.session.execute(Incident.__table__.update().values(merged_into_id=None, state="closed"))
    db.session.execute(Hand.__table__.delete())
    db.session.execute(Assignment.__table__.delete())
    db.session.execute(Incident.__table__.delete())
    db.session.commit()
    fill(desk, random.Random(2), 400)
    with counted() as many:
        assert client.get(address).status_code == 200
    assert len(many) <= len(few) < 40


def test_the_workbook_holds_what_is_shown_and_the_definitions_and_is_written_down(desk, client):
    fill(desk, random.Random(7), 60)
    query = "since=2026-11-01&until=2026-11-30&by=all"
    answer = client.get(f"/incidents/figures/export.xlsx?{query}")
    assert answer.status_code == 200
    book = read_book(answer.data)
    assert next(iter(book)) == "总览"
    assert list(book)[-1] == "指标口径"
    whole = queries.figures(
        db.session(),
        viewer_of(desk.office, ("office", desk.town.community.path)),
        Period(date(2026, 11, 1), date(2026, 11, 30)),
        at=AT,
    ).whole
    overview = dict(row[:2] for row in book["总览"])
    assert overview["上报"] == whole.reported
    assert overview["已合并数"] == whole.merged
    definitions = dict(row[:2] for row in book["指标口径"])
    assert set(overview) & set(definitions) >= {"上报", "已办结", "已合并数", "作废数"}
    matters = book["事项"]
    assert sum(row[1] for row in matters[1:]) == whole.reported
    plain = client.get(f"/incidents/figures/export.csv?{query}").data.decode("utf-8-sig")
    assert ["作废数", str(whole.void)] in list(csv.reader(io.StringIO(plain)))
    assert client.get("/incidents/figures/export.pdf").status_code == 404
    entries = db.session.scalars(
        select(AuditEntry.action).where(AuditEntry.action == "incidents:figures:export")
    ).all()
    assert len(entries) == 2


def test_nonsense_in_the_address_narrows_nothing_and_is_told(desk, client):
    text = client.get("/incidents/figures?since=2026-11-30&until=2026-11-01&category=x&by=z").text
    assert "止日早于起日" in text
    assert "一次最多统计三年" in client.get("/incidents/figures?since=2020-01-01").text
    assert (
        "该时段没有上报" in client.get("/incidents/figures?since=2020-01-01&until=2020-01-02").text
    )
    for span in ("today", "week", "month", "year", "?"):
        assert client.get(f"/incidents/figures?span={span}").status_code == 200


def test_only_staff_sees_the_door(desk, client):
    assert "/incidents/figures" in client.get("/incidents").text
    log_in(client, desk.people[0])
    assert "/incidents/figures" not in client.get("/incidents").text
    assert client.get("/incidents/figures").status_code == 403
    assert Role.OFFICE.value == "office"
