"""Nobody meets a closed door behind the desk: each link on its pages opens for whoever sees it."""

from __future__ import annotations

import html
import re
from datetime import date

import pytest
from factories import create_account
from house.matrix import PLACES
from jobs.jobs_factory import create_company, create_post
from jobs.posts_scene import browser, scene  # noqa: F401
from jobs.station_factory import create_station
from jobs.test_station_desk import furnished
from jobs.test_station_figures import refer, wish_of

from intranet.access import POLICY, Permission
from intranet.db import db

LINK = re.compile(r'<a [^>]*?href="(/[^"#]*)')
DESK = ("/jobs/desk", "/jobs/figures")
SEE = Permission.JOBS_DESK_VIEW


def links(page):
    """Return the addresses that the middle of a page leads to."""
    main = page.text.partition("<main")[2].partition("</main>")[0]
    assert main
    return {html.unescape(one) for one in LINK.findall(main)}


def crossed(town):
    """Have somebody of each of two micro-grids begin to work in either of them."""
    day, near = date(2026, 10, 10), (town.micros[0], town.micros[3])
    posts = [create_post(create_company(one, f"单位{one.code}"), openings=9) for one in near]
    for n, micro in enumerate((*near, *near)):
        wish = wish_of(micro, n, day, spoken=5)
        refer(wish, posts[n // 2], day, invited=[day], starts=day, told=(True, False))
    db.session.commit()


@pytest.mark.parametrize("role", sorted(POLICY[SEE].roles))
def test_each_link_of_the_desk_opens_for_each_role(app, scene, role):
    furnished(scene)
    crossed(scene.town)
    create_station(scene.town.community)
    db.session.commit()
    client = browser(app, create_account(role.value, PLACES[role](scene.town)))
    waiting = ["/jobs/desk", "/jobs/figures?period=2026", "/jobs/figures?period=2026&by=company"]
    closed, met = {}, set()
    while waiting:
        url = waiting.pop()
        if url in met:
            continue
        met.add(url)
        answer = client.get(url)
        if answer.status_code != 200:
            closed[url] = answer.status_code
        elif url.startswith(DESK) and answer.mimetype == "text/html":
            waiting += links(answer)
    assert closed == {}
    assert len(met) > 30


def test_what_is_counted_here_and_read_elsewhere_is_no_link(app, scene):
    crossed(scene.town)
    member = browser(app, create_account("grid_member", scene.town.generals[0].path))
    url = "/jobs/figures/behind?period=2026&by=company&what=referred&key="
    own, whole = member.get(url).text, browser(app, scene.staff[0]).get(url).text
    lines, linked = r'<tr><th scope="row">', r'<tr><th scope="row"><a href="/jobs/referrals/\d+"'
    assert (len(re.findall(lines, own)), len(re.findall(linked, own))) == (2, 1)
    assert (len(re.findall(lines, whole)), len(re.findall(linked, whole))) == (4, 4)
    assert "不能点开的是其他网格" in own
    assert "不能点开的是其他网格" not in whole
