"""The ledger verified in the background, and its head made public: on paper, and on the board."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx, once
from intranet.access import Permission, Viewer, require
from intranet.db import db
from intranet.errors import DomainError
from intranet.i18n import _
from intranet.points import operations, queries
from intranet.points.forms.heads import HeadForm
from intranet.points.models import Settlement
from intranet.points.queries import Head
from intranet.points.views.room import bp
from intranet.points.views.statements import qr_of

PUBLISH = Permission.POINTS_HEAD_PUBLISH


@bp.get("/points/heads")
def heads() -> Response:
    """Show how the ledger was found last, and where its heads were made public."""
    require(PUBLISH)
    return _page(HeadForm())


@bp.post("/points/heads")
def publish_head() -> ResponseReturnValue:
    """Note that the head is made public, and go to the sheet that is hung out."""
    viewer = require(PUBLISH)
    form = HeadForm(request.form)
    if not form.validate():
        return _page(form, 422)
    try:
        made = once.submit(viewer, lambda: _publish(viewer, form))
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _page(form, error.status, None if form.shows(error) else error)
    return htmx.go(url_for("points.head_paper", head_id=made.object_id))


@bp.post("/points/heads/verify")
def ask_verification() -> ResponseReturnValue:
    """Have the worker go through the whole ledger; asked again meanwhile it is the same."""
    viewer = require(PUBLISH)
    operations.ask_verification(db.session(), actor=viewer, at=clock.now())
    db.session.commit()
    flash(_("The ledger is being verified; this page says what came of it."))
    year_id = request.form.get("year", 0, type=int)
    return htmx.go(url_for("points.year", year_id=year_id) if year_id else url_for("points.heads"))


@bp.get("/points/heads/verification")
def verification_state() -> ResponseReturnValue:
    """Answer the poll of a page that waits for a verification; 204 while nothing has moved."""
    require(PUBLISH)
    shown = verification(None)
    if request.args.get("seen", "") == shown["verification_key"]:
        return htmx.nothing_new()
    year_id = request.args.get("year", 0, type=int)
    return render_template("points/_verification.html", **{**shown, "for_year": year_id})


@bp.get("/points/heads/<int:head_id>/paper")
def head_paper(head_id: int) -> Response:
    """Show the sheet with a head that was made public, to hang out or to compare with."""
    require(Permission.POINTS_BOARD_VIEW)
    found = queries.head_or_404(db.session(), head_id)
    return make_response(
        render_template("points/head_paper.html", head=found, qr=qr_of(_words(found)))
    )


def verification(found: Settlement | None) -> dict[str, Any]:
    """Return what a page needs to show how the ledger was found, and whether it is looked at."""
    runs, last = queries.latest(db.session())
    began = runs.started_at if runs else None
    return {
        "verification": runs,
        "last_verified": last,
        "faults_found": queries.first_faults(last) if last else [],
        "verification_key": f"{runs.id if runs else 0}-{int(began is not None)}",
        "ledger_size": queries.last_entry(db.session()) if runs else 0,
        "for_year": found.id if found else 0,
    }


def _publish(viewer: Viewer, form: HeadForm) -> int:
    return operations.publish_head(
        db.session(),
        place=form.place.data or "",
        actor=viewer,
        at=clock.now(),
        address=audit.client_address(),
    ).id


def _page(form: HeadForm, status: int = 200, problem: DomainError | None = None) -> Response:
    shown = render_template(
        "points/heads.html",
        form=form,
        heads=queries.heads(db.session()),
        problem=problem,
        **verification(None),
    )
    return make_response(shown, status)


def _words(found: Head) -> str:
    """Return what the QR code says: all that a stranger compares, in lines."""
    lines = [f"entry {found.anchor.entry_id}", f"hash {found.anchor.hash}"]
    lines += [f"{one.year} {one.size} root {one.root}" for one in found.roots]
    return "\n".join(lines)
