"""The list, the wall and one camera large."""

from __future__ import annotations

from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import make_response, render_template, request, url_for

from intranet import clock, htmx
from intranet.access import Permission, Viewer, allowed, current_viewer, require
from intranet.cameras import queries
from intranet.cameras.forms import STATE_LABELS, STATE_LIGHTS, TROUBLE_WORDS
from intranet.cameras.queries.misuses import unseen
from intranet.cameras.views import bp, talk
from intranet.cameras.views.live import with_still
from intranet.db import db
from intranet.grids import queries as grids
from intranet.grids.forms import FILTER_KINDS, POST_LABELS, PlaceFilterForm
from intranet.grids.models import PostKind
from intranet.people.forms import ROLE_LABELS

if TYPE_CHECKING:
    from flask import Response

WALLS = (1, 4, 9, 16)


def _may_enter() -> Viewer:
    """Everybody with an account may open the room; the queries show what is theirs."""
    viewer = current_viewer()
    if viewer is not None and viewer.party_id is not None:
        return viewer
    return require(Permission.CAMERAS_CAMERA_VIEW)


def _narrowed(viewer: Viewer) -> PlaceFilterForm:
    """Read the grid that the cameras are narrowed to."""
    places = partial(grids.places, viewer, Permission.CAMERAS_CAMERA_VIEW, FILTER_KINDS)
    return PlaceFilterForm.read(request.args, places)


@bp.get("/cameras")
def index() -> Response:
    """List the cameras in scope with their stills, by micro-grid."""
    viewer = _may_enter()
    narrowed = _narrowed(viewer)
    filters = {name: request.args.get(name, "").strip()[:200] for name in ("q", "state")}
    filters["grid"] = narrowed.path
    page = _page()
    may_manage = allowed(viewer, Permission.CAMERAS_CAMERA_MANAGE)
    found = queries.cameras(
        db.session(),
        viewer,
        clock.now(),
        text=filters["q"][:40],
        grid_path=filters["grid"],
        only_down=filters["state"] == "down",
        retired=may_manage and filters["state"] == "retired",
        limit=queries.PAGE + 1,
        offset=page * queries.PAGE,
    )
    more, found = len(found) > queries.PAGE, found[: queries.PAGE]
    places = grids.labels({camera.grid_path for camera in found})
    here = {name: value for name, value in filters.items() if value}
    return make_response(
        render_template(
            "cameras/index.html",
            groups=sorted(
                ((path, list(some)) for path, some in groupby(found, lambda c: c.grid_path)),
                key=lambda group: places[group[0]].code,
            ),
            stills=with_still(found),
            filters=filters,
            back=_index(here, page - 1) if page else "",
            on=_index(here, page + 1) if more else "",
            places=places,
            narrowed=narrowed,
            may_manage=may_manage,
            may_speak=allowed(viewer, Permission.CAMERAS_TALK_SPEAK),
            reported=unseen(db.session(), viewer),
            **_words(),
        )
    )


@bp.get("/cameras/wall")
def wall() -> Response:
    """Show 1, 4, 9 or 16 cameras at once, a page of them at a time."""
    viewer = _may_enter()
    size = request.args.get("size", 4, type=int)
    size = size if size in WALLS else 4
    page = _page()
    narrowed = _narrowed(viewer)
    found = queries.cameras(
        db.session(),
        viewer,
        clock.now(),
        grid_path=narrowed.path,
        by_code=True,  # a path sorts by when a grid was made, which nobody who looks can know
        limit=size + 1,
        offset=page * size,
    )
    return make_response(
        render_template(
            "cameras/wall.html",
            cameras=found[:size],
            stills=with_still(found[:size]),
            more=len(found) > size,
            size=size,
            sizes=WALLS,
            page=page,
            grid=narrowed.path,
            narrowed=narrowed,
            now=clock.now(),
            **_words(),
        )
    )


@bp.get("/cameras/<code>")
def camera(code: str) -> Response:
    """Show one camera large, with the team of its micro-grid beside it."""
    viewer = _may_enter()
    found = queries.camera_or_404(db.session(), viewer, code)
    seen = queries.cameras(db.session(), viewer, clock.now(), codes=[code])[0]
    may_see_team = allowed(viewer, Permission.GRIDS_ROSTER_VIEW, found)
    held = grids.open_team(db.session(), viewer, found.grid_path) if may_see_team else {}
    team = {kind: held[kind] for kind in PostKind if kind in held}  # 1 + 1 + N, in this order
    return make_response(
        render_template(
            "cameras/camera.html",
            seen=seen,
            stills=with_still([seen]),
            team=team,
            post_labels=POST_LABELS,
            places=grids.labels({found.grid_path}),
            may_manage=allowed(viewer, Permission.CAMERAS_CAMERA_MANAGE, found),
            may_see_viewings=allowed(viewer, Permission.CAMERAS_VIEWING_VIEW, found),
            now=clock.now(),
            problem=None,
            wrong_field="",
            **_words(),
            **talk.panel(viewer, found),
        )
    )


@bp.get("/cameras/<code>/status")
def status(code: str) -> Response:
    """Say how the camera is; 204 while that is what the page says already."""
    viewer = _may_enter()
    queries.camera_or_404(db.session(), viewer, code)
    seen = queries.cameras(db.session(), viewer, clock.now(), codes=[code])[0]
    if request.args.get("said") == seen.said:
        return htmx.nothing_new()
    if not htmx.is_partial():
        return htmx.go(url_for("cameras.camera", code=code))
    return make_response(render_template("cameras/_status.html", seen=seen, **_words()))


@bp.get("/cameras/<code>/viewings")
def viewings(code: str) -> Response:
    """List who watched; residents learn by which role and how long, staff the names too."""
    viewer = require(Permission.CAMERAS_VIEWING_VIEW)
    found = queries.camera_or_404(db.session(), viewer, code)
    require(Permission.CAMERAS_VIEWING_VIEW, found)
    with_names = allowed(viewer, Permission.CAMERAS_VIEWING_NAMES, found)
    return make_response(
        render_template(
            "cameras/viewings.html",
            camera=found,
            viewings=queries.viewings(db.session(), found, with_names=with_names),
            with_names=with_names,
            role_labels={role.value: label for role, label in ROLE_LABELS.items()},
        )
    )


def _index(filters: dict[str, str], page: int) -> str:
    return f"{url_for('cameras.index')}?{urlencode({**filters, 'page': page})}"


def _page() -> int:
    return max(0, min(request.args.get("page", 0, type=int), 10_000))


def _words() -> dict[str, object]:
    return {
        "state_labels": STATE_LABELS,
        "state_lights": STATE_LIGHTS,
        "trouble_words": TROUBLE_WORDS,
    }
