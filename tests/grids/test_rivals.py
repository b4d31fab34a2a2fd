"""Several people at one team at the same instant: one is served, the others see why not."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from factories import create_account, create_town, log_in
from grids_factory import LATER, begin, create_named, secretary_of
from sqlalchemy import func, select

from intranet import once
from intranet.db import db
from intranet.grids.models import Grid, Post, PostEvent, PostKind

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
RIVALS = 5


def race(app, requests):
    """Send each request from a thread of its own, all at once; return the statuses."""
    gate = threading.Barrier(len(requests))

    def send(request):
        client, url, data = request
        gate.wait(10)
        return client.post(url, data=data, headers=HTMX).status_code

    with ThreadPoolExecutor(len(requests)) as pool:
        return sorted(pool.map(send, requests))


def browsers(app, town, count):
    found = []
    for _ in range(count):
        client = app.test_client()
        client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        log_in(client, create_account("secretary", town.community.path))
        found.append(client)
    return found


def test_of_rivals_for_one_post_exactly_one_gets_it(app):
    town = create_town()
    grid = town.micros[0]
    people = [create_named(grid, f"陈秀{n}") for n in "英兰芳珍梅"]
    version = db.session.scalar(select(Grid.version).where(Grid.id == grid.id))
    requests = [
        (
            client,
            f"/grids/{grid.code}/team",
            {
                "once": once.new_key(),
                "version": version,
                "kind": "micro_member",
                "party": person.id,
                "starts_on": LATER.isoformat(),
            },
        )
        for client, person in zip(browsers(app, town, RIVALS), people, strict=True)
    ]
    db.session.rollback()

    assert race(app, requests) == [200] + [409] * (RIVALS - 1)

    db.session.expire_all()
    assert db.session.scalar(select(func.count(Post.id))) == 1
    assert db.session.scalar(select(func.count(PostEvent.id))) == 1


def test_two_moves_that_cross_do_not_wait_for_each_other_for_ever(app):
    town = create_town()
    one, other = town.micros[:2]
    actor = secretary_of(town)
    posts = [
        begin(actor, one, create_named(one, "陈秀英")),
        begin(actor, other, create_named(other, "李建国")),
    ]
    versions = {
        row.id: row.version for row in db.session.execute(select(Grid.id, Grid.version)).all()
    }
    requests = [
        (
            client,
            f"/grids/{grid.code}/team/{post.id}/move",
            {
                "once": once.new_key(),
                "version": versions[grid.id],
                "to": to.path,
                "kind": PostKind.RESIDENT.value,
                "day": LATER.isoformat(),
                "reason": "对调",
            },
        )
        for client, grid, to, post in zip(
            browsers(app, town, 2), (one, other), (other, one), posts, strict=True
        )
    ]
    db.session.rollback()

    assert race(app, requests) in ([200, 200], [200, 409])

    db.session.expire_all()
    held = db.session.scalar(select(func.count(Post.id)).where(Post.ends_on.is_(None)))
    assert held == 2
