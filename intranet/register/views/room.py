"""The list, a party's page, and showing one field in clear."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import make_response, render_template, request

from intranet import audit, clock, htmx
from intranet.access import Permission, Viewer, allowed, require
from intranet.db import apart, db
from intranet.errors import DomainError
from intranet.grids import queries as grids
from intranet.grids.forms import FILTER_KINDS, POST_LABELS, PlaceFilterForm
from intranet.i18n import _
from intranet.register import operations, queries
from intranet.register.forms import (
    ACTION_WORDS,
    FIELD_LABELS,
    KIND_LABELS,
    REASONS,
    REGISTERED_LABELS,
)
from intranet.register.models import REGISTERED, Party, PartyKind, PersonalField
from intranet.register.views import bp
from intranet.sheets import sheet_response

if TYPE_CHECKING:
    from flask import Response

    from intranet.audit import AuditEntry

EXPORT_MAX = 20_000


@bp.get("/register")
def index() -> Response:
    """List the parties in scope."""
    viewer = require(Permission.REGISTER_PARTY_VIEW)
    narrowed, wanted = _filters(viewer)
    found = queries.page(
        db.session(), viewer, **wanted, after=request.args.get("after", 0, type=int)
    )
    return make_response(
        render_template(
            "register/index.html",
            found=found,
            **wanted,
            narrowed=narrowed,
            places=grids.labels({party.grid_path for party in found.parties}),
            kind_labels=REGISTERED_LABELS,
            counts_max=queries.COUNT_MAX,
            may_add=allowed(viewer, Permission.REGISTER_PARTY_EDIT),
        )
    )


def _filters(viewer: Viewer) -> tuple[PlaceFilterForm, dict[str, Any]]:
    """Read what the list is narrowed to; the export takes the same."""
    places = partial(grids.places, viewer, Permission.REGISTER_PARTY_VIEW, FILTER_KINDS)
    narrowed = PlaceFilterForm.read(request.args, places)
    return narrowed, {
        "text": request.args.get("q", "").strip()[:60],
        "kind": _kind(),
        "grid_path": narrowed.path,
        "gone": request.args.get("state") == "gone",
    }


@bp.get("/register/export.<any(csv, xlsx):ending>")
def export(ending: str) -> Response:
    """Export the list as filtered, masked; that it was exported is written down."""
    viewer = require(Permission.REGISTER_PARTY_EDIT)
    _narrowed, wanted = _filters(viewer)
    rows = queries.everything(db.session(), viewer, **wanted, rows_max=EXPORT_MAX)
    places = grids.labels({row.grid_path for row in rows})
    header = [_("Kind"), _("Name"), _("Micro-grid"), _("Code"), _("Phone"), _("Address")]
    lines = [
        (
            str(KIND_LABELS[row.kind]),
            row.name,
            places[row.grid_path].full,
            places[row.grid_path].code,
            row.phone,
            row.address,
        )
        for row in rows
    ]
    answer = sheet_response(_("Register"), "register", ending, header, lines)
    with apart() as session:
        audit.record(
            session,
            actor=viewer,
            action="register:list:export",
            at=clock.now(),
            object_kind="register",
            object_id="",
            address=audit.client_address(),
            rows=len(rows),
        )
    return answer


@bp.get("/register/<int:party_id>")
def party(party_id: int) -> Response:
    """Show a party; its personal fields are masked."""
    viewer = require(Permission.REGISTER_PARTY_VIEW)
    return party_page(viewer, queries.party_or_404(db.session(), viewer, party_id))


def party_page(
    viewer: Viewer, found: Party, *, broken: DomainError | None = None, status: int = 200
) -> Response:
    """Return a party's page, and the rule that an act on it broke."""
    facts = {**_facts(viewer, found), "broken": broken}
    return make_response(render_template("register/party.html", **facts), status)


@bp.post("/register/<int:party_id>/unmask/<any(name, phone, id_number, address, health):field>")
def unmask(party_id: int, field: str) -> Response:
    """Show one field in clear for a reason, which is written down."""
    viewer = require(Permission.REGISTER_PARTY_VIEW)
    found = queries.party_or_404(db.session(), viewer, party_id)
    require(Permission.REGISTER_PERSONAL_UNMASK, found)
    shown, error, status = "", None, 200
    try:
        shown = operations.unmask(
            db.session(),
            actor=viewer,
            party=found,
            field=PersonalField(field),
            reason=request.form.get("other") or request.form.get("reason", ""),
            address=audit.client_address(),
            at=clock.now(),
        )
        db.session.commit()
    except DomainError as broken:
        db.session.rollback()
        found = queries.party_or_404(db.session(), viewer, party_id)
        error, status = broken, broken.status
    facts = _facts(viewer, found)
    return htmx.page_or_partial(
        "register/party.html",
        "register/_personal.html",
        status,
        **{**facts, "shown": {PersonalField(field): shown} if shown else {}, "error": error},
    )


def _facts(viewer: Viewer, found: Party) -> dict[str, object]:
    session = db.session()
    moves = queries.moves(session, found)
    household = queries.masked_names(session, viewer, filter(None, [found.household_id]))
    may_see_trail = allowed(viewer, Permission.AUDIT_ENTRY_VIEW, found)
    return {
        "party": found,
        "name": queries.masked_names(session, viewer, [found.id])[found.id],
        "fields": queries.personal_fields(session, found),
        "shown": {},
        "error": None,
        "broken": None,
        "moves": moves,
        "places": grids.labels({found.grid_path, *(move.grid_path for move in moves)}),
        "household": household.get(found.household_id or 0, ""),
        "members": queries.members(session, viewer, found)
        if found.kind is PartyKind.HOUSEHOLD
        else [],
        "posts": grids.party_posts(session, viewer, found.id),
        "post_labels": POST_LABELS,
        "trail": [(entry, _words(entry)) for entry in queries.trail(session, found)]
        if may_see_trail
        else [],
        "kind_labels": KIND_LABELS,
        "field_labels": FIELD_LABELS,
        "reasons": REASONS,
        "may_edit": allowed(viewer, Permission.REGISTER_PARTY_EDIT, found),
        "may_erase": allowed(viewer, Permission.REGISTER_PERSONAL_ERASE, found),
        "may_unmask": allowed(viewer, Permission.REGISTER_PERSONAL_UNMASK, found),
    }


def _words(entry: AuditEntry) -> str:
    """Say what was done, and with which field of a person."""
    words = str(ACTION_WORDS.get(entry.action, entry.action))
    field = json.loads(entry.details).get("field")
    return f"{words} · {FIELD_LABELS[PersonalField(field)]}" if field else words


def _kind() -> PartyKind | None:
    given = request.args.get("kind", "")
    return PartyKind(given) if given in set(REGISTERED) else None
