"""List, count, map and export show the same incidents under one filter, whoever asks.

A reading of the filter in plain Python, which knows nothing of SQL, says which these are.
"""

from __future__ import annotations

import csv
import io
import os
import re
from datetime import date, timedelta
from urllib.parse import parse_qsl

import pytest
from factories import AT, log_in, viewer_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from queue_world import World, standing

from intranet import clock
from intranet.clock import BEIJING
from intranet.db import db
from intranet.incidents import queries
from intranet.incidents.models import Source, State, Urgency
from intranet.incidents.queries import Filter, Light, Tab, searching
from intranet.incidents.views.narrowing import filter_of, query_of

COUNT = 130
EXAMPLES = int(os.environ.get("LIST_EXAMPLES", "60"))
TYPED = (
    "沙发",
    "沙发 三栋",
    "噪声",
    "LED灯",
    "led灯",
    "86",
    "3-2-501",
    "100%",
    "没有这样的",
    "-",
    "0000",
)
ROLES = ("admin", "secretary", "grid_member", "micro_member", "resident")


@pytest.fixture
def world(app, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AT)
    return World(COUNT)


def filters(world):
    town = world.town
    paths = [town.community, *town.generals, *town.micros, town.dedicated]
    matters = [key for one in world.matters for key in (one.id, one.parent_id)]
    searches = [text for row in world.rows[:3] for text in typed_for(row)]
    days = [AT.date() + timedelta(days=n) for n in (-4, -1, 0, 1)]

    def perhaps(values, nothing):
        return st.one_of(st.just(nothing), st.just(nothing), st.sampled_from(values))

    return st.builds(
        Filter,
        tab=st.sampled_from(list(Tab)),
        grid_path=perhaps([grid.path for grid in paths], ""),
        category_id=perhaps(matters, 0),
        state=perhaps(list(State), None),
        light=perhaps(list(Light), None),
        source=perhaps(list(Source), None),
        urgency=perhaps(list(Urgency), None),
        since=perhaps(days, None),
        until=perhaps(days, None),
        sought=st.one_of(*[st.just("")] * 3, st.sampled_from([*searches, *TYPED])),
    )


def narrows(world, wanted, row):
    """Whether a row passes the filter, the tab aside; read in Python."""
    matter = next((one for one in world.matters if one.id == row["category_id"]), None)
    above = (matter.id, matter.parent_id) if matter else ()  # a draft may not say yet
    day = row["reported_at"] and row["reported_at"].astimezone(BEIJING).date()
    light = queries.light_of(row["state"], row["warn_at"], row["due_at"], AT)
    return (
        row["grid_path"].startswith(wanted.grid_path)
        and wanted.category_id in (0, *above)
        and wanted.state in (None, row["state"])
        and wanted.light in (None, light)
        and wanted.source in (None, row["source"])
        and wanted.urgency in (None, row["urgency"])
        and (wanted.since is None or (day is not None and day >= wanted.since))
        and (wanted.until is None or (day is not None and day <= wanted.until))
        and all(stands(world, part, matter, row) for part in wanted.sought.split())
    )


def typed_for(row):
    """Return the ways people give the number of a row."""
    short = row["short_number"]
    day, running = short[:6], short[6:]
    dashed = [f"{day}-{running}", f"{day}-{int(running)}", f"{day}－{running}", f"{day} {running}"]
    ends = [running, str(int(running)), f"-{int(running)}", f"#{running}", short[4:], short[2:]]
    return [row["number"], short, day, f"{day}-00", *dashed, *ends, f"{running} 沙发"]


def stands(world, part, matter, row):
    """Whether one part of what is typed fits a row: as a number, or as a word that is shown."""
    short, digits = row["short_number"], part.replace("-", "").replace("－", "").replace("#", "")
    running, texts = short[6:], [row["place"], matter.name]
    if row["hidden_at"] is None:
        texts.append(row["description"])
    is_word = any(part.casefold() in text.casefold() for text in texts)
    if not digits.isdecimal():
        return is_word
    if len(digits) > 10:
        return row["number"] == digits
    if part[:1] in "-#" or digits[0] == "0" or len(digits) == 1:
        return running == digits.zfill(4)
    if digits.startswith("2611") and len(digits) >= 6:
        return short.startswith(digits) or short == digits[:6] + digits[6:].zfill(4)
    return is_word or short.endswith(digits.zfill(4))


def paged(viewer, wanted):
    """Walk all pages; return the ids in the order shown."""
    found, after = [], ""
    for _step in range(COUNT):
        page = queries.page(db.session(), viewer, wanted, at=AT, after=after)
        found += [row.id for row in page.rows]
        after = page.after
        if not after:
            return found
    raise AssertionError("pages without end")


def test_list_count_map_and_export_agree_whatever_the_filter(app, world):
    viewers = {role: viewer_of(world.people[role], (role, world.places[role])) for role in ROLES}
    tabs = {
        (role, tab): set(paged(viewer, Filter(tab=tab)))
        for role, viewer in viewers.items()
        for tab in Tab
    }

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
    @given(wanted=filters(world), role=st.sampled_from(ROLES))
    def agree(wanted, role):
        viewer = viewers[role]
        expected = {
            row["id"]
            for row in world.rows
            if row["id"] in tabs[role, wanted.tab] and narrows(world, wanted, row)
        }
        listed = paged(viewer, wanted)
        exported = [row.id for row in queries.everything(db.session(), viewer, wanted, at=AT)]
        assert len(listed) == len(set(listed))
        assert set(listed) == expected
        assert exported == listed
        assert queries.counts(db.session(), viewer, wanted, at=AT)[wanted.tab] == len(expected)
        drawn, elsewhere = queries.spots(
            queries.everything(db.session(), viewer, wanted, at=AT, rows_max=queries.MAP_MAX), None
        )
        assert drawn == []
        assert {row.id for row in elsewhere} == expected
        # The address says all of the filter, and no more.
        said = dict(parse_qsl(query_of(wanted)))
        assert filter_of(said, wanted.grid_path) == wanted

    agree()


def test_a_tab_holds_what_its_name_says(world):
    viewer = viewer_of(world.people["secretary"], ("secretary", world.places["secretary"]))
    rows = {row["id"]: row for row in world.rows}

    def of(tab):
        return {key: rows[key] for key in paged(viewer, Filter(tab=tab))}

    assert set(of(Tab.AREA)) == {k for k, row in rows.items() if row["state"] is not State.DRAFT}
    assert set(of(Tab.ARCHIVE)) == {
        k for k, row in rows.items() if not row["is_open"] and row["state"] is not State.DRAFT
    }
    assert set(of(Tab.WATCH)) == {
        k
        for k, row in rows.items()
        if row["is_open"]
        and (
            row["card"]
            or row["level_raised"]
            or (row["due_at"] and row["due_at"] < AT)
            or (row["state"] is State.SUSPENDED and standing(row["id"]).days >= 5)
            or (row["state"] is State.RETURNED and standing(row["id"]).days >= 3)
        )
    }
    mine = {k for k, row in rows.items() if row["reporter_id"] == viewer.account_id}
    drafts = {k for k in mine if rows[k]["state"] is State.DRAFT}
    assert set(of(Tab.DRAFTS)) == drafts
    assert set(of(Tab.MINE)) == mine - drafts
    dues = [row["queue_at"] for row in of(Tab.INBOX).values()]
    assert dues == sorted(dues)
    assert dues


@pytest.mark.parametrize("role", ["secretary", "grid_member", "micro_member"])
@pytest.mark.parametrize(
    "narrowing", [{}, {"light": Light.RED}, {"urgency": Urgency.URGENT}, {"source": Source.CAMERA}]
)
def test_the_pages_show_the_same_number_everywhere(client, world, role, narrowing):
    log_in(client, world.people[role])
    for tab in (Tab.AREA, Tab.WATCH, Tab.ACTED):
        wanted = Filter(tab=tab, **narrowing)
        page = client.get(f"/incidents?{query_of(wanted)}").get_data(as_text=True)
        chart = client.get(f"/incidents/map?{query_of(wanted)}").get_data(as_text=True)
        sheet = client.get(f"/incidents/export.csv?{query_of(wanted)}").get_data()
        lines = list(csv.reader(io.StringIO(sheet.decode("utf-8-sig"))))
        header = next(n for n, line in enumerate(lines) if "受理编号" in line)
        exported = len(lines) - header - 1
        current = re.search(r'aria-current="page">[^<]*<span class="badge">(\d+)<', tabs_of(page))
        many = sum(int(n) for n in re.findall(r"<text y=\"6\">(\d+)</text>", chart))
        single = len(re.findall(r'class="pin (?!many)', chart))
        beside = sum(int(n) for n in re.findall(r'<summary>[^<]*<span class="badge">(\d+)', chart))
        assert int(re.search(r'data-total="(\d+)"', chart)[1]) == exported
        assert many + single + beside == exported
        assert (int(current[1]) if current else 0) == exported


def tabs_of(page):
    """Return the lists' own row of tabs: the rooms have one that looks alike."""
    return page[page.index('class="tabs"') :]


def test_the_day_begins_at_midnight_in_beijing(world):
    viewer = viewer_of(world.people["secretary"], ("secretary", world.places["secretary"]))
    day = date(2026, 11, 23)
    within = paged(viewer, Filter(tab=Tab.AREA, since=day, until=day))
    for row in world.rows:
        if row["state"] is not State.DRAFT:
            is_it = row["reported_at"].astimezone(BEIJING).date() == day
            assert (row["id"] in within) == is_it


def area_of(world, text):
    viewer = viewer_of(world.people["secretary"], ("secretary", world.places["secretary"]))
    wanted = Filter(tab=Tab.AREA, sought=queries.tidy(text))
    return {world.rows[key - 1]["short_number"] for key in paged(viewer, wanted)}


@pytest.mark.parametrize(
    "typed",
    [
        "261123-0007",
        "2611230007",
        " 261123 - 7 ",
        "２６１１２３－０００７",
        "0007",
        "7",
        "-7",
        "23-0007",
    ],
)
def test_a_number_is_found_however_it_is_typed(world, typed):
    assert world.rows[6]["state"] is not State.DRAFT
    assert area_of(world, typed) == {"2611230007"}


def test_the_description_that_is_hidden_is_not_found_by_its_words(world):
    hidden = {
        row["short_number"]
        for row in world.rows
        if row["hidden_at"] and "沙发" in row["description"]
    }
    assert hidden
    assert not area_of(world, "沙发") & hidden
    assert area_of(world, "沙发")


def test_of_a_long_list_words_are_looked_for_in_the_newest_everywhere_alike(
    client, world, monkeypatch
):
    monkeypatch.setattr(searching, "SEARCHED_MAX", 30)
    viewer = viewer_of(world.people["secretary"], ("secretary", world.places["secretary"]))
    area = [row for row in reversed(world.rows) if row["state"] is not State.DRAFT]
    expected = [row["id"] for row in area[:30] if "86" in row["place"]]
    wanted = Filter(tab=Tab.AREA, sought="梧桐街86号")
    assert paged(viewer, wanted) == expected
    exported = queries.everything(db.session(), viewer, wanted, at=AT)
    assert [row.id for row in exported] == expected
    assert queries.counts(db.session(), viewer, wanted, at=AT)[Tab.AREA] == len(expected)
    # What a number with its day says is found however old it is.
    assert area_of(world, world.rows[6]["short_number"]) == {"2611230007"}
    log_in(client, world.people["secretary"])
    page = client.get(f"/incidents?{query_of(wanted)}").get_data(as_text=True)
    assert 'value="梧桐街86号"' in page
    assert f"共 {len(expected)} 件" in page
