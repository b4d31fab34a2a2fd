"""A small board: a drawn community, companies, posts that can be found."""

from __future__ import annotations

import json
from datetime import timedelta

from factories import create_town
from jobs.jobs_factory import STATION_PLACE, create_company, create_post

from intranet import clock
from intranet.db import db
from intranet.jobs import operations, queries
from intranet.jobs.models import PostState
from intranet.jobs.queries import Origin, Wanted

HERE = Origin("here", "驿站", *STATION_PLACE)
METRE = 1 / 111_320  # of latitude, in degrees


def square(latitude, longitude, side=0.02):
    """Return the boundary of a square round a place."""
    half = side / 2
    west, east, south, north = longitude - half, longitude + half, latitude - half, latitude + half
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return json.dumps({"type": "Polygon", "coordinates": [ring]})


def drawn_town():
    """Insert the town with its community and micro-grids drawn round the station."""
    town = create_town()
    town.community.boundary_wgs84 = square(*STATION_PLACE)
    for n, micro in enumerate(town.micros):
        north, east = (n // 2 - 0.5) * 0.01, (n % 2 - 0.5) * 0.01
        micro.boundary_wgs84 = square(STATION_PLACE[0] + north, STATION_PLACE[1] + east, 0.01)
    db.session.flush()
    return town


def company_of(town, name="温江鱼凫家政服务有限公司", **fields):
    """Insert a verified company of the town."""
    return create_company(town.dedicated, name, **fields)


def publish(company, title="保洁员", *, days_ago=0, **fields):
    """Insert a published post that the board finds."""
    at = clock.now() - timedelta(days=days_ago)
    post = create_post(company, title=title, at=at, **fields)
    operations.index_post(db.session(), post)
    return post


def move(post, state):
    """Change a post's state as an operation does."""
    post.state = state
    if state is PostState.FILLED:
        post.openings_left = 0
    operations.index_post(db.session(), post)


def found(sought="", *, today=None, before=0, page=1, **narrowed):
    """Return the numbers of the posts on a page of the board, in order."""
    wanted = Wanted(sought=sought, **narrowed)
    day = today or clock.today()
    hits = queries.find(db.session(), wanted, today=day, before=before, page=page).hits
    return [one.post_id for one in hits]
