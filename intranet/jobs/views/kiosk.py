"""The touch screen of the station: tiles, list, one post, what is taken along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, abort, make_response, render_template, request, url_for
from flask import session as visit
from flask.typing import ResponseReturnValue

from intranet import clock
from intranet.access import Permission, Viewer, require
from intranet.db import db
from intranet.i18n import _
from intranet.jobs import queries
from intranet.jobs.forms import kiosk as offers
from intranet.jobs.forms.board import BoardForm
from intranet.jobs.forms.kiosk import Tile
from intranet.jobs.queries import Hit, Origin, Shown, Sort, Wanted, screens
from intranet.jobs.views.board import fair_announced, line
from intranet.jobs.views.posters import code_of_post
from intranet.jobs.views.posts_public import said
from intranet.jobs.views.room import bp

USE = Permission.JOBS_KIOSK_USE
ROWS = 5  # of a page; the board's own page is a multiple of it
PAGES_MAX, NEW_MAX = 40, 99
SIZES = ("1", "2", "3")  # A, A+, A++
BROWSING, TYPING = 60, 120  # seconds that nobody touches anything
NARROWED = ("kind", "within", "shift", "pay", "today", "sort")


def to(endpoint: str, given: Mapping[str, Any], **more: Any) -> str:
    """Return an address with what was chosen in it."""
    chosen: dict[str, Any] = {**given, **more}
    return url_for(endpoint, **chosen)


def page(template: str, status: int = 200, *, idle: int = BROWSING, **facts: Any) -> Response:
    """Return a page of the screen as it looks just now; ``idle`` are seconds."""
    look = {
        "size": visit.get("look_size", SIZES[0]),
        "is_strong": visit.get("look_strong") == "1",
    }
    facts = {"back": "", "is_attract": False} | facts
    here = request.full_path.rstrip("?") if request.method == "GET" else facts["back"]
    made = render_template(
        f"jobs/kiosk/{template}.html", idle=idle, here=here, sizes=SIZES, **look, **facts
    )
    return make_response(made, status)


@bp.get("/kiosk")
def kiosk() -> Response:
    """Show what one can do here, large, and the nearest posts."""
    viewer = require(USE)
    return page("start", is_attract=True, **_start(viewer))


def _start(viewer: Viewer) -> dict[str, Any]:
    """Return how many posts there are, the nearest, and the next fair; ten queries or so."""
    session, today = db.session(), clock.today()
    origin = screens.station_place(session, viewer)
    wanted = Wanted(origin=origin, sort=Sort.NEAREST)
    new = len(queries.newest(session, Wanted(day=today), today=today, limit=NEW_MAX + 1))
    found = queries.find(session, wanted, today=today)
    rows = queries.shown(session, [one.post_id for one in found.hits[:ROWS]], today=today)
    return {
        "new": new if new <= NEW_MAX else 0,
        "total": None if found.known is None else len(found.known),
        "place": origin,
        "rows": [line(one, wanted, today) for one in rows],
        **fair_announced(queries.home_community(session, viewer)),
    }


@bp.get("/kiosk/kinds")
def kiosk_kinds() -> Response:
    """Show kinds of work to be looked through."""
    require(USE)
    under = request.args.get("under", "")
    tiles = kinds(under)
    made = [(one, url_for("jobs.kiosk_list", kind=one.value)) for one in tiles]
    more = url_for("jobs.kiosk_kinds", under="all") if not under else ""
    if under in {"all", *offers.WIDEST}:
        made = [(one, deeper(one, "jobs.kiosk_kinds") or url) for one, url in made]
    back = url_for("jobs.kiosk_kinds") if under else url_for("jobs.kiosk")
    return page("choose", title=_("What kind of work?"), tiles=made, more=more, back=back)


def kinds(under: str) -> list[Tile]:
    """Return the tiles of kinds: the usual ones, the widest, or those below one."""
    code = "" if under == "all" else under
    if under and under != "all" and screens.kind(db.session(), code) is None:
        abort(404)
    found = screens.kinds_below(db.session(), code) if under else ()
    return list(offers.kind_tiles(found, under))


def deeper(tile: Tile, endpoint: str, **more: str) -> str:
    """Return where the tile of a widest kind leads: to those below it."""
    return to(endpoint, more, under=tile.value) if tile.value in offers.WIDEST else ""


@bp.get("/kiosk/choose/<any(within, shift, pay):what>")
def kiosk_choose(what: str) -> Response:
    """Show how far, which shift or what pay, to be looked through."""
    require(USE)
    tiles, title = {
        "within": (offers.walk_tiles(is_wish=False), _("How far on foot?")),
        "shift": (offers.shift_tiles(), _("Which shift?")),
        "pay": (offers.pay_tiles(is_wish=False), _("How much at least?")),
    }[what]
    kept = {name: value for name, value in request.args.items() if name in NARROWED}
    made = [(one, to("jobs.kiosk_list", {**kept, what: one.value or None})) for one in tiles]
    return page("choose", title=title, tiles=made, more="", back=url_for("jobs.kiosk"))


@bp.get("/kiosk/posts")
def kiosk_list() -> Response:
    """Show a page of posts, the nearest first."""
    viewer = require(USE)
    wanted, number = _wanted(viewer)
    hits, has_more = _hits(wanted, number)
    rows = queries.shown(db.session(), [one.post_id for one in hits], today=clock.today())
    given = {name: value for name, value in request.args.items() if name in NARROWED and value}
    return page(
        "list",
        rows=[line(one, wanted, clock.today()) for one in rows],
        title=_title(wanted),
        wanted=wanted,
        narrow={what: to("jobs.kiosk_choose", given, what=what) for what in NARROWED[1:4]},
        newer=to("jobs.kiosk_list", given, page=number - 1) if number > 1 else "",
        older=to("jobs.kiosk_list", given, page=number + 1) if has_more else "",
        back=url_for("jobs.kiosk"),
    )


def _wanted(viewer: Viewer) -> tuple[Wanted, int]:
    """Read the address: the board's own words; what cannot be leads nowhere."""
    origin = screens.station_place(db.session(), viewer)
    form = BoardForm(request.args)
    form.offer([origin] if origin else [])
    if not form.validate():
        abort(404)
    wanted = Wanted(
        code=form.kind.data or "",
        pay_yuan=int(form.pay.data or 0),
        shift=form.chosen_shift,
        minutes=int(form.within.data or 0) if origin else 0,
        origin=origin,
        day=clock.today() if form.today.data else None,
        sort=Sort(form.sort.data or Sort.NEAREST),
    )
    return wanted, min(max(form.page.data or 1, 1), PAGES_MAX)


def _hits(wanted: Wanted, number: int) -> tuple[list[Hit], bool]:
    """Return the n-th few posts, and whether there are more."""
    session, today = db.session(), clock.today()
    first = (number - 1) * ROWS
    if wanted.origin is None or wanted.sort is not Sort.NEAREST:
        newest = queries.newest(session, wanted, today=today, limit=first + ROWS + 1)
        return list(newest[first : first + ROWS]), len(newest) > first + ROWS
    found = queries.find(session, wanted, today=today, page=first // queries.PAGE + 1)
    skipped = first % queries.PAGE
    has_more = found.has_more or len(found.hits) > skipped + ROWS
    return list(found.hits[skipped : skipped + ROWS]), has_more and number < PAGES_MAX


def _title(wanted: Wanted) -> str:
    """Return what the list is of, as people say it."""
    if wanted.code:
        usual = offers.named([*offers.KINDS, *offers.WIDEST.values()]).get(wanted.code)
        known = None if usual else screens.kind(db.session(), wanted.code)
        return str(usual or (known.name if known else wanted.code))
    if wanted.day:
        return str(_("New today"))
    return str(_("Work near here") if wanted.origin else _("All work"))


def live(post_id: int) -> Shown:
    """Return a post that can be had; one that is over is gone."""
    found = queries.seen_or_404(db.session(), post_id)
    if not found.is_live(clock.today()):
        abort(410)
    return found


@bp.get("/kiosk/posts/<int:post_id>")
def kiosk_post(post_id: int) -> ResponseReturnValue:
    """Show a post with what matters to whoever stands here, or that it is over."""
    viewer = require(USE)
    found = queries.seen_or_404(db.session(), post_id)
    back = url_for("jobs.kiosk_list", kind=found.post.occupation_code)
    if not found.is_live(clock.today()):
        return page("gone", 410, shown=found, back=back)
    skills = queries.skills_of(db.session(), post_id)
    return page("post", skills=skills, back=back, **_facts(viewer, found))


@bp.get("/kiosk/posts/<int:post_id>/take")
def kiosk_take(post_id: int) -> Response:
    """Show the code for the phone and the slip for the printer."""
    viewer = require(USE)
    found = live(post_id)
    back = url_for("jobs.kiosk_post", post_id=post_id)
    return page("take", back=back, **_facts(viewer, found), **code_of_post(post_id))


def _facts(viewer: Viewer, found: Shown) -> dict[str, Any]:
    origin: Origin | None = screens.station_place(db.session(), viewer)
    return {**line(found, Wanted(origin=origin), clock.today()), **said(found)}
