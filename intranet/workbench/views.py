"""The start page, the audit trail, how to trust HTTPS, and the style guide of the demo."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from flask import Blueprint, abort, current_app, make_response, render_template, request, url_for

from intranet import audit as trail
from intranet import clock, htmx
from intranet.access import Permission, Role, allowed, require
from intranet.cameras import queries as cameras
from intranet.db import apart, db
from intranet.grids import queries as grids
from intranet.https import names, root
from intranet.i18n import _
from intranet.incidents import queries as incidents
from intranet.people.forms import ROLE_LABELS, LoginForm
from intranet.points import queries as points
from intranet.sheets import sheet_response
from intranet.workbench import queries, trusting
from intranet.workbench.sentences import ACTIONS, KINDS, changed

if TYPE_CHECKING:
    from flask import Response

bp = Blueprint("workbench", __name__)
YEAR_MIN, YEAR_MAX = 2000, 2100


@bp.get("/")
def home() -> Response:
    """Show what matters today to the one who asks."""
    viewer = require(Permission.WORKBENCH_HOME_VIEW)
    if viewer.roles == {Role.WALL}:
        return htmx.go(url_for("cameras.wall", size=9))  # a screen that nobody sits at
    sees_roster = allowed(viewer, Permission.GRIDS_ROSTER_VIEW)
    sees_cameras = allowed(viewer, Permission.CAMERAS_CAMERA_VIEW)
    handles = allowed(viewer, Permission.INCIDENTS_INCIDENT_VIEW)
    now = clock.now()
    return make_response(
        render_template(
            "workbench/home.html",
            incidents=incidents.today(db.session(), viewer, at=now) if handles else None,
            now=now,
            vacancies=grids.vacancy_count(viewer) if sees_roster else None,
            cameras=cameras.state_counts(viewer, now) if sees_cameras else None,
            down=cameras.cameras(db.session(), viewer, now, only_down=True, limit=8)
            if sees_cameras
            else [],
            places=grids.labels({grant.path for grant in viewer.grants}),
            points=points.today(db.session(), viewer, at=now),
            grants=viewer.grants,
            role_labels=ROLE_LABELS,
            may_register=allowed(viewer, Permission.REGISTER_PARTY_VIEW),
        )
    )


@bp.get("/audit")
def audit() -> Response:
    """Read and filter the audit trail."""
    viewer = require(Permission.AUDIT_ENTRY_VIEW)
    wanted = _filter()
    before = request.args.get("before", 0, type=int)
    found = queries.entries(db.session(), viewer, wanted, before=before, limit=queries.PAGE + 1)
    shown = found[: queries.PAGE]
    return make_response(
        render_template(
            "workbench/audit.html",
            entries=shown,
            wanted=wanted,
            older=shown[-1].id if len(found) > queries.PAGE else 0,
            actions=ACTIONS,
            kinds=KINDS,
            subject=queries.subject,
            changed=changed,
            checked=queries.last_check(db.session()),
            places=grids.labels({entry.grid_path for entry in shown if entry.grid_path}),
        )
    )


@bp.get("/audit/export.<any(csv, xlsx):ending>")
def audit_export(ending: str) -> Response:
    """Export what the filter shows; the export is itself written down."""
    viewer = require(Permission.AUDIT_ENTRY_VIEW)
    rows = queries.entries(db.session(), viewer, _filter(), limit=queries.EXPORT_MAX)
    header = [
        _("Time"),
        _("Who"),
        _("What"),
        _("Kind"),
        _("Object"),
        _("Changes"),
        _("Reason"),
        _("Address"),
    ]
    lines = [
        (
            row.at.astimezone(clock.BEIJING).isoformat(timespec="seconds"),
            row.actor_name,
            str(ACTIONS.get(row.action, row.action)),
            str(KINDS.get(row.object_kind, row.object_kind)),
            row.object_id,
            _("; ").join(changed(row)),
            row.reason,
            row.address,
        )
        for row in rows
    ]
    answer = sheet_response(_("Audit trail"), "audit", ending, header, lines)
    with apart() as session:
        trail.record(
            session,
            actor=viewer,
            action="audit:list:export",
            at=clock.now(),
            object_kind="audit",
            object_id="",
            address=trail.client_address(),
            rows=len(rows),
        )
    return answer


@bp.get("/help/https")
def help_https() -> Response:
    """Explain, before any login, how a device comes to trust this house's HTTPS."""
    settings = current_app.config["SETTINGS"]
    facts = trusting.facts(settings, request.host, request.user_agent.string)
    return make_response(render_template("workbench/https.html", facts=facts))


@bp.get("/help/https/root.crt")
def root_certificate() -> Response:
    """Hand out the root certificate, by the type at which phones offer to install it."""
    path = root.certificate_path(current_app.config["SETTINGS"].data_dir)
    if not path.exists():
        abort(404)
    response = make_response(path.read_bytes())
    response.content_type = "application/x-x509-ca-cert"
    return response


@bp.get("/help/https/own")
def own_name() -> Response:
    """Tell Caddy whether a name or address is this machine's, so that it may be certified."""
    given = current_app.config["SETTINGS"].https_names
    if not names.is_own(request.args.get("domain", ""), given):
        abort(404)
    return make_response("", 204)


@bp.get("/style")
def style() -> Response:
    """Show every component, in demo mode only."""
    if not current_app.config["SETTINGS"].demo:
        abort(404)
    wrong = LoginForm(prefix="wrong-", data={"username": "周姐"})
    wrong.password.errors = [_("User name or password is wrong")]
    return make_response(
        render_template("style/index.html", form=LoginForm(), wrong=wrong, now=clock.now())
    )


def _filter() -> queries.Filter:
    given = request.args
    return queries.Filter(
        who=given.get("who", type=_word, default=""),
        action=given.get("action", type=_word, default=""),
        object_kind=given.get("kind", type=_word, default=""),
        object_id=given.get("object", type=_word, default=""),
        since=given.get("since", type=_day),
        until=given.get("until", type=_day),
        grid=given.get("grid", type=_word, default=""),
    )


def _word(text: str) -> str:
    return text.replace("\0", "").strip()[:60]


def _day(text: str) -> date:
    day = date.fromisoformat(text)
    if not YEAR_MIN <= day.year <= YEAR_MAX:
        message = "no entry can be of that year"
        raise ValueError(message)
    return day
