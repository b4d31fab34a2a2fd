"""The catalogue of rules, its versions, and the meetings that adopted them."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx, once, sheets
from intranet.access import Permission, Viewer, allowed, require
from intranet.clock import BEIJING
from intranet.db import db
from intranet.errors import DomainError
from intranet.grids import queries as grids
from intranet.grids.models import Grid, GridKind
from intranet.i18n import _, _n
from intranet.points import operations, queries
from intranet.points.forms import DIMENSION_LABELS, MeetingForm, RuleForm
from intranet.points.models import Meeting, Rule
from intranet.points.views.room import bp
from intranet.register.forms import KIND_LABELS

MANAGE, SEE = Permission.POINTS_RULE_MANAGE, Permission.POINTS_BOARD_VIEW
PLACES = (GridKind.COUNTY, GridKind.TOWN, GridKind.COMMUNITY)


@bp.get("/points/rules")
def rules() -> Response:
    """Show what may be earned, to everybody."""
    viewer = require(SEE)
    return make_response(
        render_template(
            "points/rules.html",
            listed=queries.catalogue(db.session(), viewer, day=clock.today()),
            may_manage=allowed(viewer, MANAGE),
            exports={fmt: url_for("points.export_rules", fmt=fmt) for fmt in sheets.FORMATS},
            printed_at=clock.now(),
        )
    )


@bp.get("/points/rules/export.<any(csv, xlsx):fmt>")
def export_rules(fmt: str) -> Response:
    """Download the catalogue."""
    viewer = require(SEE)
    listed = queries.catalogue(db.session(), viewer, day=clock.today())
    day = clock.now().astimezone(BEIJING).strftime("%Y-%m-%d")
    rows = [_cells(one.rule) for one in listed]
    return sheets.sheet_response(
        _("Rules of points %(day)s", day=day), f"rules-{day}", fmt, _header(), rows
    )


@bp.get("/points/rules/<code>")
def rule(code: str) -> Response:
    """Show all versions of a rule, and who adopted each."""
    viewer = require(SEE)
    versions = queries.versions_or_404(db.session(), viewer, code)
    return make_response(
        render_template(
            "points/rule.html",
            versions=versions,
            newest=versions[0],
            may_manage=allowed(viewer, MANAGE, versions[0]),
            today=clock.today(),
        )
    )


@bp.get("/points/meetings/new")
def new_meeting() -> Response:
    """Show the form for a meeting."""
    viewer = require(MANAGE)
    return _meeting_page(viewer, MeetingForm(data={"held_on": clock.today(), "against": 0}))


@bp.post("/points/meetings/new")
def record_meeting() -> ResponseReturnValue:
    """Write a meeting down; rules are adopted on its word."""
    viewer = require(MANAGE)
    form = _places(viewer, MeetingForm(request.form))
    if not form.validate():
        return _meeting_page(viewer, form, status=422)
    try:
        answer = once.submit(viewer, lambda: _record(viewer, form))
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _meeting_page(viewer, form, None if form.shows(error) else error, error.status)
    flash(_("The meeting is written down; now its rules."))
    return htmx.go(url_for("points.new_rule", meeting=answer.object_id))


@bp.get("/points/rules/new")
def new_rule() -> Response:
    """Show the form for a rule, or for the next version of one."""
    viewer = require(MANAGE)
    form = RuleForm(formdata=None)
    form.valid_from.data = clock.today()
    if code := request.args.get("code", ""):
        newest = queries.versions_or_404(db.session(), viewer, code)[0]
        require(MANAGE, newest)
        form.fill(newest)
    form.meeting.data = request.args.get("meeting", "")
    return _rule_page(viewer, form)


@bp.post("/points/rules/new")
def adopt_rule() -> ResponseReturnValue:
    """Write a new version of a rule."""
    viewer = require(MANAGE)
    form = _meetings(viewer, RuleForm(request.form))
    if not form.validate():
        return _rule_page(viewer, form, status=422)
    try:
        once.submit(viewer, lambda: _adopt(viewer, form))
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _rule_page(viewer, form, None if form.shows(error) else error, error.status)
    flash(_("The rule is in the catalogue."))
    return htmx.go(url_for("points.rule", code=(form.code.data or "").upper()))


@bp.post("/points/rules/standard")
def adopt_standard() -> ResponseReturnValue:
    """Adopt the catalogue to begin with, on the word of a meeting."""
    viewer = require(MANAGE)
    known = {str(one.id): one for one in queries.meetings(db.session(), viewer)}
    meeting = known.get(request.form.get("meeting", "")) or abort(404)
    try:
        count = _adopt_standard(viewer, meeting)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _rule_page(viewer, RuleForm(formdata=None), error, error.status)
    flash(_n("%(num)d rule is in the catalogue.", "%(num)d rules are in the catalogue.", count))
    return htmx.go(url_for("points.rules"))


def _adopt_standard(viewer: Viewer, meeting: Meeting) -> int:
    return operations.adopt_standard(
        db.session(),
        actor=viewer,
        at=clock.now(),
        meeting=meeting,
        valid_from=clock.today(),
        address=audit.client_address(),
    )


def _record(viewer: Viewer, form: MeetingForm) -> int:
    grid = db.session.scalars(db.select(Grid).where(Grid.path == form.grid.data)).one()
    require(MANAGE, _Place(grid.path))
    held_on = form.held_on.data
    assert held_on is not None
    made = operations.record_meeting(
        db.session(),
        actor=viewer,
        at=clock.now(),
        grid=grid,
        held_on=held_on,
        body=form.body.data or "",
        vote=form.vote,
        minutes=form.minutes.data or "",
        address=audit.client_address(),
    )
    return made.id


def _adopt(viewer: Viewer, form: RuleForm) -> int:
    known = {str(one.id): one for one in queries.meetings(db.session(), viewer)}
    made = operations.adopt(
        db.session(),
        actor=viewer,
        at=clock.now(),
        meeting=known[form.meeting.data or ""],
        code=(form.code.data or "").upper(),
        terms=form.terms,
        version=form.turn,
        is_open=request.form.get("ends") != "1",
        address=audit.client_address(),
    )
    return made.id


class _Place:
    def __init__(self, path: str) -> None:
        self.grid_path = path


def _places(viewer: Viewer, form: MeetingForm) -> MeetingForm:
    form.grid.offer(grids.places(viewer, MANAGE, PLACES, **form.grid.sent))
    return form


def _meetings(viewer: Viewer, form: RuleForm) -> RuleForm:
    listed = queries.meetings(db.session(), viewer)
    form.meeting.choices = [(str(one.id), _named(one)) for one in listed]
    return form


def _named(meeting: Meeting) -> str:
    return f"{meeting.held_on.isoformat()} {meeting.body}"


def _meeting_page(
    viewer: Viewer, form: MeetingForm, problem: DomainError | None = None, status: int = 200
) -> Response:
    _places(viewer, form)
    page = render_template("points/meeting_new.html", form=form, problem=problem)
    return make_response(page, status)


def _rule_page(
    viewer: Viewer, form: RuleForm, problem: DomainError | None = None, status: int = 200
) -> Response:
    _meetings(viewer, form)
    page = render_template("points/rule_new.html", form=form, problem=problem)
    return make_response(page, status)


def _header() -> list[str]:
    return [
        *(_("Code"), _("Version"), _("What it is called"), _("In plain words"), _("Counts as")),
        *(_("Points of one"), _("One what"), _("Who may earn it"), _("Days of publicity")),
        *(_("Points at most a year"), _("Holds from"), _("Adopted by the meeting")),
    ]


def _cells(rule: Rule) -> list[Any]:
    kinds = _(", ").join(str(KIND_LABELS[one]) for one in sorted(rule.kind_set))
    return [
        *(rule.code, rule.version, rule.title, rule.words, str(DIMENSION_LABELS[rule.dimension])),
        *(rule.points, rule.unit, kinds, rule.publicity_days, rule.cap_year or ""),
        *(rule.valid_from.isoformat(), _named(rule.meeting)),
    ]
