"""What somebody at the touch screen wishes for: step by step, then a surname and a phone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, request, url_for
from flask import session as visit

from intranet import audit, clock, htmx, once
from intranet.access import Permission, Viewer, require
from intranet.db import db
from intranet.errors import DomainError
from intranet.grids.models import Grid
from intranet.i18n import _
from intranet.jobs import operations, queries
from intranet.jobs.forms import kiosk as offers
from intranet.jobs.forms.kiosk import StepForm, Tile, WhoForm
from intranet.jobs.models import Channel, JobPost, PayUnit, Wish
from intranet.jobs.operations import Content, Person, Trade
from intranet.jobs.queries import Wanted, screens, wishes
from intranet.jobs.queries.matching import matches_for
from intranet.jobs.views.board import line
from intranet.jobs.views.kiosk import TYPING, USE, deeper, kinds, live, page, to
from intranet.jobs.views.room import bp

FILE = Permission.JOBS_WISH_FILE
STEPS = ("kind", "hours", "home", "far", "pay")
ELSEWHERE = "elsewhere"
BEST = 3
FILED = "kiosk_wish"  # in the visit's cookie: the wish that was just filed here, a number


@bp.get("/kiosk/wish")
def kiosk_wish() -> Response:
    """Ask the next thing, or who it is once all is said."""
    viewer = require(USE)
    said = {name: request.args[name] for name in STEPS if request.args.get(name)}
    step = _next(viewer, said)
    return _ask(viewer, said, step) if step else _who(viewer, WhoForm(), said)


@bp.post("/kiosk/wish")
def kiosk_file_wish() -> Response:
    """File the wish, once."""
    viewer = require(FILE)
    steps, form = StepForm(request.form), WhoForm(request.form)
    steps.validate()  # what no tile can have sent was not pressed
    said = {one.name: one.data for one in steps if one.data and not one.errors}
    step = _next(viewer, said)
    if step:
        return _ask(viewer, said, step, 422)
    content, home = _content(viewer, said)
    return _file(viewer, form, content, home) or _who(viewer, form, said, 422)


@bp.get("/kiosk/posts/<int:post_id>/ring")
def kiosk_ring(post_id: int) -> Response:
    """Ask for a surname and a phone: a member rings about this post."""
    viewer = require(USE)
    return _ring(viewer, live(post_id).post, WhoForm())


@bp.post("/kiosk/posts/<int:post_id>/ring")
def kiosk_be_rung(post_id: int) -> Response:
    """File a wish for the post's kind of work, once."""
    viewer = require(FILE)
    post, form = live(post_id).post, WhoForm(request.form)
    place = screens.station_place(db.session(), viewer)
    content = Content(
        trades=[Trade(post.occupation_code)],
        place=(place.latitude, place.longitude) if place else None,
        max_walk_minutes=offers.FURTHEST,
        words=_(
            "At the screen, about post no. %(number)s: %(title)s", number=post.id, title=post.title
        ),
    )
    return _file(viewer, form, content, None) or _ring(viewer, post, form, 422)


@bp.get("/kiosk/done")
def kiosk_done() -> Response:
    """Say that a member rings, and which posts fit best; gone with the visit."""
    viewer = require(USE)
    wish = db.session.get(Wish, visit.get(FILED, 0))
    if wish is None:
        return htmx.go(url_for("jobs.kiosk"))
    today, place = clock.today(), screens.station_place(db.session(), viewer)
    best = matches_for(db.session(), wish, today=today, limit=BEST).best
    score = {one.thing.id: one.match.score for one in best}
    rows = queries.shown(db.session(), list(score), today=today)
    made = [line(one, Wanted(origin=place), today) | {"score": score[one.id]} for one in rows]
    return page(
        "done",
        rows=made,
        days=wishes.REACH_WITHIN.days,
        by_station=screens.is_the_stations(db.session(), wish.grid_path),
    )


def _tiles(viewer: Viewer, step: str) -> tuple[str, Sequence[Tile]]:
    """Return the question of a step and what can be pressed."""
    if step == "home":
        micros = [Tile(one.code, one.name, "home") for one in screens.homes(db.session(), viewer)]
        elsewhere = Tile(ELSEWHERE, _("Elsewhere, or I do not know"), "map-pin")
        return _("Where do you live?"), [*micros, elsewhere]
    return {
        "kind": (_("What work are you looking for?"), offers.KINDS),
        "hours": (_("When can you work?"), offers.HOUR_TILES),
        "far": (_("How far would you walk?"), offers.walk_tiles(is_wish=True)),
        "pay": (_("How much at least?"), offers.pay_tiles(is_wish=True)),
    }[step]


def _next(viewer: Viewer, said: Mapping[str, str]) -> str:
    """Return the first step that was not said, or not so that it can be; empty: all was said."""
    for step in STEPS:
        value = said.get(step, "")
        if step == "kind":
            is_known = bool(value) and screens.kind(db.session(), value) is not None
        else:
            is_known = value in {one.value for one in _tiles(viewer, step)[1]}
        if not is_known:
            return step
    return ""


def _ask(viewer: Viewer, said: Mapping[str, str], step: str, status: int = 200) -> Response:
    """Show the tiles of a step; each is a link that says it too."""
    title, tiles = _tiles(viewer, step)
    before = {name: said[name] for name in STEPS[: STEPS.index(step)]}
    under, more, back = "", "", url_for("jobs.kiosk")
    if step == "kind":
        under = request.args.get("under", "")
        tiles = kinds(under)
        more = "" if under else url_for("jobs.kiosk_wish", under="all")
        back = url_for("jobs.kiosk_wish") if under else back
    else:
        back = to("jobs.kiosk_wish", dict(list(before.items())[:-1]))
    made = [(one, to("jobs.kiosk_wish", {**before, step: one.value})) for one in tiles]
    if under:
        made = [(one, deeper(one, "jobs.kiosk_wish") or url) for one, url in made]
    steps = {"number": STEPS.index(step) + 1, "of": len(STEPS) + 1}
    return page("choose", status, title=title, tiles=made, more=more, back=back, steps=steps)


def _who(viewer: Viewer, form: WhoForm, said: Mapping[str, str], status: int = 200) -> Response:
    before = {name: said[name] for name in STEPS[:-1]}
    steps = {"number": len(STEPS) + 1, "of": len(STEPS) + 1}
    return _form(
        form,
        status,
        to("jobs.kiosk_wish", before),
        said=said,
        steps=steps,
        action=url_for("jobs.kiosk_file_wish"),
        about="",
        by_station=said["home"] == ELSEWHERE and _is_the_stations(viewer),
    )


def _ring(viewer: Viewer, post: JobPost, form: WhoForm, status: int = 200) -> Response:
    return _form(
        form,
        status,
        url_for("jobs.kiosk_post", post_id=post.id),
        said={},
        steps=None,
        action=url_for("jobs.kiosk_be_rung", post_id=post.id),
        about=post.title,
        by_station=_is_the_stations(viewer),
    )


def _is_the_stations(viewer: Viewer) -> bool:
    """Whether the station rings, and no grid member, where no home was said."""
    grid = screens.station_grid(db.session(), viewer)
    return grid is not None and screens.is_the_stations(db.session(), grid.path)


def _form(form: WhoForm, status: int, back: str, **facts: Any) -> Response:
    choices = list(form.surname.choices or ())
    first = choices[: offers.SURNAMES_AT_FIRST]
    rest = choices[offers.SURNAMES_AT_FIRST :]
    return page("who", status, idle=TYPING, form=form, first=first, rest=rest, back=back, **facts)


def _content(viewer: Viewer, said: Mapping[str, str]) -> tuple[Content, Grid | None]:
    """Return what was pressed as a wish, and the micro-grid that is home."""
    session = db.session()
    home = next((one for one in screens.homes(session, viewer) if one.code == said["home"]), None)
    place = screens.station_place(session, viewer)
    here = (place.latitude, place.longitude) if place else None
    pay = int(said["pay"])
    content = Content(
        trades=[Trade(said["kind"])],
        hours=offers.HOURS[said["hours"]],
        place=wishes.middle_of(session, home.path) if home else here,
        max_walk_minutes=int(said["far"]),
        pay_floor_fen=pay * 100 or None,
        pay_unit=PayUnit.MONTH if pay else None,
    )
    return content, home


def _file(viewer: Viewer, form: WhoForm, content: Content, home: Grid | None) -> Response | None:
    """File it and go on; None where the form has to be shown again."""
    if not form.validate():
        return None
    try:
        answer = once.submit(viewer, lambda: _filed(viewer, form, content, home).id)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        if not form.shows(error, "phone"):
            raise
        return None
    visit[FILED] = int(answer.object_id)
    return htmx.go(url_for("jobs.kiosk_done"))


def _filed(viewer: Viewer, form: WhoForm, content: Content, home: Grid | None) -> Wish:
    grid = home or screens.station_grid(db.session(), viewer)
    if grid is None:
        raise DomainError("This screen belongs to no community; ask at the desk")
    person = Person(
        form.called,
        form.phone.data or "",
        legal_age=bool(form.legal_age.data),
        consents=bool(form.consents.data),
    )
    return operations.file_wish(
        db.session(),
        actor=viewer,
        at=clock.now(),
        grid_path=grid.path,
        person=person,
        content=content,
        channel=Channel.KIOSK,
        address=audit.client_address(),
    )
