"""The board: everybody's list of the posts that are open, and the same as a map."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import make_response, render_template
from flask.typing import ResponseReturnValue

from intranet import clock, htmx
from intranet.db import db
from intranet.grids import queries as grids
from intranet.grids.models import Grid
from intranet.jobs import queries
from intranet.jobs.forms.saying import day_said, pay_said, walk_said
from intranet.jobs.models.listed import PAY_STEPS_YUAN
from intranet.jobs.queries import Found, Hit, Shown, Sort, Wanted
from intranet.jobs.queries import fairs as fair_queries
from intranet.jobs.views.narrowing import Asked, Chip, address_of, chips, read
from intranet.jobs.views.room import bp

MAP = "jobs.board_map"
MAP_MAX = 300
LOOSENED_MAX = 20  # more than so many are not counted where nothing was found


@bp.get("/jobs")
def index() -> ResponseReturnValue:
    """Show the posts that are open, narrowed as the address says."""
    asked = read()
    facts = _board(asked)
    return htmx.page_or_partial(
        "jobs/index.html", "jobs/_board.html", status=200 if asked.is_well else 422, **facts
    )


@bp.get("/jobs/map")
def board_map() -> ResponseReturnValue:
    """Show where the posts of a list are."""
    asked = read()
    page = render_template("jobs/map.html", **_map(asked), **_frame(asked))
    return make_response(page, 200 if asked.is_well else 422)


def _frame(asked: Asked) -> dict[str, Any]:
    """Return what list and map have in common."""
    wanted = asked.wanted
    return {
        "wanted": wanted,
        "form": asked.form,
        "is_well": asked.is_well,
        "list_url": address_of(wanted),
        "map_url": address_of(wanted, MAP),
        "sheet_url": address_of(wanted, "jobs.cards"),
        "feeds": {
            kind: address_of(replace(wanted, sort=Sort.NEWEST), f"jobs.feed_{kind}")
            for kind in ("atom", "rss", "json")
        },
    }


def _board(asked: Asked) -> dict[str, Any]:
    """Return the list and all round it."""
    session, today, wanted = db.session(), clock.today(), asked.wanted
    found = Found([], has_more=False, known=[])
    if asked.is_well:
        found = queries.find(session, wanted, today=today, before=asked.before, page=asked.page)
    rows = queries.shown(session, [one.post_id for one in found.hits], today=today)
    known = found.known
    codes = None if known is None else queries.counted(one.occupation_code for one in known)
    tree = queries.tree(session, wanted.code, codes)
    narrowed = chips(wanted, tree.above[-1].name if tree.above else "")
    if known is not None:
        _count(asked, known)
    return {
        **_frame(asked),
        "rows": [line(one, wanted, today) for one in rows],
        "total": None if known is None else len(known),
        "tree": tree,
        "branch_urls": {
            one.code: address_of(replace(wanted, code=one.code))
            for one in (*tree.above, *tree.below)
        },
        "chips": narrowed,
        "all_kinds_url": address_of(replace(wanted, code="")),
        "loosened": [] if rows or not asked.is_well else _loosened(narrowed),
        "newest_url": address_of(replace(wanted, sort=Sort.NEWEST)),
        "nearest_url": address_of(replace(wanted, sort=Sort.NEAREST)) if wanted.origin else "",
        "next_url": _next(asked, found),
        "first_url": address_of(wanted) if asked.before or asked.page > 1 else "",
        **fair_announced(asked.community),
    }


def fair_announced(community: Grid | None) -> dict[str, Any]:
    """Return what a banner says of the next fair: its row, and its day in words."""
    row = fair_queries.announced(db.session(), community, clock.now())
    return {"next_fair": row, "fair_day": day_said(row.fair.held_on, clock.today()) if row else ""}


def line(one: Shown, wanted: Wanted, today: Any) -> dict[str, Any]:
    """Return one post as a list, card or sheet says it."""
    post, origin = one.post, wanted.origin
    minutes = origin.minutes_to(post.latitude, post.longitude) if origin else None
    assert post.valid_through is not None
    assert post.published_at is not None
    return {
        "shown": one,
        "post": post,
        "pay": pay_said(post),
        "walk": walk_said(minutes),
        "days_left": (post.valid_through - today).days,
        "is_new": clock.day_of(post.published_at) == today,
    }


def _next(asked: Asked, found: Found) -> str:
    if not found.has_more:
        return ""
    if asked.wanted.sort is Sort.NEAREST:
        return address_of(asked.wanted, page=asked.page + 1)
    return address_of(asked.wanted, before=found.hits[-1].seq)


def _loosened(narrowed: Sequence[Chip]) -> list[dict[str, Any]]:
    """Return what would be found without each narrowing, the most first; a query or two each."""
    session, today = db.session(), clock.today()
    found = []
    for chip in narrowed:
        hits = queries.newest(session, chip.without, today=today, limit=LOOSENED_MAX + 1)
        count = len(hits)
        found.append({"chip": chip, "count": count, "is_cut": count > LOOSENED_MAX})
    return sorted((one for one in found if one["count"]), key=lambda one: -one["count"])


def _count(asked: Asked, known: Sequence[Hit]) -> None:
    """Say behind every choice how many there are, as far as they were counted."""
    form, wanted = asked.form, asked.wanted
    counts = {
        form.employment: Counter(str(one.employment) for one in known),
        form.shift: Counter(str(one.shift) for one in known),
        form.pay: Counter(
            str(step)
            for one in known
            for step in PAY_STEPS_YUAN
            if one.pay_month_fen and step * 100 <= one.pay_month_fen
        ),
    }
    if wanted.origin is not None:
        walks = [wanted.origin.minutes_to(one.latitude, one.longitude) for one in known]
        reach = [one[0] for one in form.within.choices or () if one[0]]
        counts[form.within] = Counter(
            most for most in reach for walk in walks if walk is not None and walk <= int(most)
        )
    for field, counted in counts.items():
        if not field.data:  # of what is chosen already all others would be none
            field.choices = [
                (one[0], f"{one[1]} ({counted[one[0]]})" if one[0] else one[1])
                for one in field.choices or ()
            ]


def _map(asked: Asked) -> dict[str, Any]:
    """Return what is drawn: the newest of the list; a fixed number of queries."""
    session, today, wanted = db.session(), clock.today(), asked.wanted
    hits: Sequence[Hit] = []
    if asked.is_well:
        hits = queries.newest(session, wanted, today=today, limit=MAP_MAX + 1)
    rows = queries.shown(session, [one.post_id for one in hits[:MAP_MAX]], today=today)
    around = asked.community
    drawing = grids.draw(grids.micro_grids(around), around) if around else None
    found = grids.by_squares(rows, drawing, lambda one: (one.post.latitude, one.post.longitude))
    names = [(spot.x, spot.y) for spot in found.spots]
    origin = wanted.origin
    return {
        "drawing": drawing,
        "side": found.side,
        "spots": [
            (spot, [line(one, wanted, today) for one in spot.things]) for spot in found.spots
        ],
        "grid_names": grids.grid_names(drawing, names) if drawing else [],
        "elsewhere": [line(one, wanted, today) for one in found.elsewhere],
        "start": drawing.projection.at(origin.longitude, origin.latitude)
        if drawing and origin
        else None,
        "is_cut": len(hits) > MAP_MAX,
        "most": MAP_MAX,
    }
