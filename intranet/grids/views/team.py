"""One team: shown, and edited in its row of the roster or, without scripts, on its own page."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx, once
from intranet.access import Permission, Viewer, allowed
from intranet.clock import BEIJING
from intranet.db import db, reading
from intranet.errors import DomainError
from intranet.grids import operations, queries
from intranet.grids.forms import POST_LABELS, BeginForm, EndForm, MoveForm, day_of, tidy, version_of
from intranet.grids.models import PLACES, Grid, GridKind, PostKind
from intranet.grids.views.room import bp, grid_for, row_words
from intranet.register.forms import REASONS

VIEW, EDIT = Permission.GRIDS_ROSTER_VIEW, Permission.GRIDS_ROSTER_EDIT
WINDOW = operations.UNDO_WINDOW
SOUGHT_MAX = 40
ID_MAX = 2**31 - 1
TEAM_KINDS = (GridKind.MICRO, GridKind.GENERAL, GridKind.DEDICATED)


@bp.get("/grids/<code>/row")
def row(code: str) -> ResponseReturnValue:
    """Show one row of the roster, closed again; without scripts, the roster it stands in."""
    viewer, grid = grid_for(VIEW, code, see=VIEW)
    if grid.kind not in TEAM_KINDS or not htmx.is_partial():
        return htmx.go(url_for("grids.roster", code=code))
    # The keyboard goes on from where the row was opened.
    return render_template("grids/_row.html", focus=True, **_row_context(viewer, grid))


@bp.get("/grids/<code>/team")
def team(code: str) -> ResponseReturnValue:
    """Show the row with its forms open."""
    viewer, grid = grid_for(EDIT, code, see=VIEW)
    return _team(viewer, grid)


@bp.get("/grids/<code>/candidates")
def candidates(code: str) -> ResponseReturnValue:
    """Show whom a search finds for a place in this team, ticked still who was ticked before."""
    viewer, grid = grid_for(EDIT, code, see=VIEW)
    text = tidy(request.args.get("who"), SOUGHT_MAX)
    # Typing and the button ask twice for one thing: who was ticked between two answers stays so.
    chosen = min(request.args.get("party", 0, type=int), ID_MAX)
    found, more = queries.candidates(db.session(), viewer, grid, text, chosen)
    return render_template(
        "grids/_candidates.html", grid=grid, found=found, more=more, sought=text, chosen=chosen
    )


@bp.post("/grids/<code>/team")
def begin(code: str) -> ResponseReturnValue:
    """Put somebody into the team."""
    viewer, grid = grid_for(EDIT, code, see=VIEW)
    form = BeginForm(request.form)
    form.kind.choices = _places(grid)
    if not form.validate():
        return _team(viewer, grid, form=form, status=422)
    return _do(viewer, grid, form, lambda: _begin(viewer, grid, form))


@bp.route("/grids/<code>/team/<int(max=2147483647):post_id>/end", methods=["GET", "POST"])
def end(code: str, post_id: int) -> ResponseReturnValue:
    """Record that somebody left the team."""
    viewer, grid = grid_for(EDIT, code, see=VIEW)
    post = queries.held_post_or_404(db.session(), grid, post_id)
    form = EndForm(request.form)
    if request.method == "GET" or not form.validate():
        return _team(viewer, grid, form=form, open_post=post_id)
    return _do(viewer, grid, form, lambda: _end(viewer, grid, post, form), post_id)


@bp.route("/grids/<code>/team/<int(max=2147483647):post_id>/move", methods=["GET", "POST"])
def move(code: str, post_id: int) -> ResponseReturnValue:
    """Move somebody to another post or another grid."""
    viewer, grid = grid_for(EDIT, code, see=VIEW)
    post = queries.held_post_or_404(db.session(), grid, post_id)
    form = MoveForm(request.form)
    form.to.choices = _neighbours(viewer, grid)
    form.kind.choices = [(kind.value, str(label)) for kind, label in POST_LABELS.items()]
    if request.method == "GET" or not form.validate():
        return _team(viewer, grid, form=form, open_post=post_id)
    return _do(viewer, grid, form, lambda: _move(viewer, grid, post, form), post_id)


@bp.post("/grids/<code>/team/undo")
def undo(code: str) -> ResponseReturnValue:
    """Take back one's own last act."""
    viewer, grid = grid_for(EDIT, code, see=VIEW)
    act = request.form.get("act", "")
    return _do(viewer, grid, None, lambda: _undo(viewer, act), repeatable=True)


def _begin(viewer: Viewer, grid: Grid, form: BeginForm) -> object:
    return operations.begin_post(
        db.session(),
        actor=viewer,
        at=clock.now(),
        grid=grid,
        kind=PostKind(form.kind.data),
        party=queries.appointable(db.session(), viewer, form.party.data),
        starts_on=day_of(form, "starts_on"),
        reason=form.reason.data or "",
        version=version_of(form),
        address=audit.client_address(),
    ).id


def _end(viewer: Viewer, grid: Grid, post: Any, form: EndForm) -> object:
    return operations.end_post(
        db.session(),
        actor=viewer,
        at=clock.now(),
        grid=grid,
        post=post,
        ends_on=day_of(form, "ends_on"),
        reason=form.reason.data or "",
        version=version_of(form),
        address=audit.client_address(),
    )


def _move(viewer: Viewer, grid: Grid, post: Any, form: MoveForm) -> object:
    to = queries.grid_by_path(db.session(), form.to.data)
    if to is None:  # it was on the list a moment ago
        abort(409)
    return operations.move_post(
        db.session(),
        actor=viewer,
        at=clock.now(),
        grid=grid,
        post=post,
        party=queries.appointable(db.session(), viewer, post.party_id),
        to=to,
        kind=PostKind(form.kind.data),
        day=day_of(form, "day"),
        reason=form.reason.data or "",
        version=version_of(form),
        address=audit.client_address(),
    ).id


def _undo(viewer: Viewer, act: str) -> object:
    # A move touches two teams: both must still be the viewer's to edit.
    if not queries.act_in_scope(db.session(), viewer, act):
        abort(404)
    operations.undo(
        db.session(), actor=viewer, at=clock.now(), act=act, address=audit.client_address()
    )
    return act


def _do(
    viewer: Viewer,
    grid: Grid,
    form: Any,
    act: Any,
    open_post: int | None = None,
    *,
    repeatable: bool = False,
) -> ResponseReturnValue:
    """Do one act once and commit; a broken rule answers with the row as it stands now."""
    try:
        if repeatable:
            act()
        else:
            once.submit(viewer, act)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        if form is not None:
            form.shows(error)
        return _team(
            viewer, grid, form=form, open_post=open_post, problem=error, status=error.status
        )
    if not htmx.is_partial():
        return htmx.go(url_for("grids.team", code=grid.code, saved=None if repeatable else 1))
    # The row is only read from here on: the next writer need not wait for it.
    with reading():
        return htmx.announce(_team(viewer, grid, done=True), "team-changed")


def _team(
    viewer: Viewer,
    grid: Grid,
    *,
    form: Any = None,
    open_post: int | None = None,
    problem: DomainError | None = None,
    done: bool = False,
    status: int | None = None,
) -> Response:
    """Render the row with its forms: alone for htmx, else in a page of its own."""
    if grid.kind not in TEAM_KINDS:
        abort(404)
    if status is None:
        status = 422 if request.method == "POST" and form is not None and form.errors else 200
    now = clock.now()
    begins = isinstance(form, BeginForm)
    chosen = form.party.data if begins else None
    sought = tidy(request.values.get("who"), SOUGHT_MAX)
    session = db.session()
    found, more = queries.candidates(session, viewer, grid, sought, chosen)
    return htmx.page_or_partial(
        "grids/team.html",
        "grids/_editing.html",
        status=status,
        **_row_context(viewer, grid),
        swapped=htmx.is_partial(),
        form=form,
        open_post=open_post,
        problem=problem,
        done=done,
        saved=done or "saved" in request.args,
        # Who lost a race is not told of a success, be it their own in another window.
        act=None if problem else queries.last_act(session, viewer, grid, at=now, window=WINDOW),
        found=found,
        more=more,
        sought=sought,
        chosen=chosen,
        today=now.astimezone(BEIJING).date(),
        places=_places(grid),
        all_places=[(kind.value, str(label)) for kind, label in POST_LABELS.items()],
        may_unmask=allowed(viewer, Permission.REGISTER_PERSONAL_UNMASK, grid),
        reasons=REASONS,
        grids=_neighbours(viewer, grid),
    )


def _row_context(viewer: Viewer, grid: Grid) -> dict[str, Any]:
    return {
        "grid": grid,
        "row": queries.roster_row(db.session(), viewer, grid),
        "may_edit": allowed(viewer, EDIT, grid) and grid.closed_on is None,
        "words": row_words(),
    }


def _neighbours(viewer: Viewer, grid: Grid) -> list[tuple[str, str]]:
    """Return where somebody may move to: grids with teams in the same community."""
    return queries.choices(viewer, EDIT, TEAM_KINDS, queries.community_path(grid.path))


def _places(grid: Grid) -> list[tuple[str, str]]:
    return [(kind.value, str(POST_LABELS[kind])) for kind in PLACES.get(grid.kind, ())]
