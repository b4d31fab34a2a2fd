"""Who may send reports through the open interface: keys, given and revoked."""

from __future__ import annotations

from flask import Response, abort, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx, once
from intranet.access import Permission, Viewer, require
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.grids import queries as grids
from intranet.i18n import _
from intranet.incidents import operations, queries
from intranet.incidents.forms import ClientForm
from intranet.incidents.views.room import bp

MANAGE = Permission.INCIDENTS_KEY_MANAGE


@bp.get("/incidents/keys")
def keys() -> Response:
    """List the clients, and ask for a new one."""
    viewer = require(MANAGE)
    return _page(viewer, _form(viewer))


@bp.post("/incidents/keys")
def add_key() -> Response:
    """Admit a client and show its key, once."""
    viewer = require(MANAGE)
    form = _form(viewer)
    if not form.validate():
        return _page(viewer, form, status=422)
    shown: list[str] = []
    try:
        once.submit(viewer, lambda: _make(viewer, form, shown))
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        beside = form.shows(error)
        return _page(viewer, form, problem=None if beside else error, status=error.status)
    # Sent twice, the key is not to be had again: only its digest is kept.
    note = "" if shown else _("The key was shown before; give a new one if it was lost")
    return _page(viewer, _form(viewer, fresh=True), key="".join(shown), note=note)


@bp.post("/incidents/keys/<int:client_id>/revoke")
def revoke_key(client_id: int) -> ResponseReturnValue:
    """Revoke a key for good."""
    viewer = require(MANAGE)
    found = queries.client_or_none(db.session(), viewer, client_id)
    if found is None:
        abort(404)
    operations.revoke_client(
        db.session(),
        actor=viewer,
        at=clock.now(),
        client=found,
        address=audit.client_address(),
    )
    db.session.commit()
    flash(_("The key of %(name)s is revoked", name=found.name))
    return htmx.go(url_for("incidents.keys"))


def _make(viewer: Viewer, form: ClientForm, shown: list[str]) -> int:
    places = {one.path: one for one in queries.client_places(db.session(), viewer)}
    grid = places.get(form.grid.data)
    if grid is None:
        raise InputError("Choose a community or a town", "grid")
    client, key = operations.make_client(
        db.session(),
        actor=viewer,
        at=clock.now(),
        name=form.name.data or "",
        contact=form.contact.data or "",
        grid=grid,
        per_minute=form.per_minute.data or 0,
        address=audit.client_address(),
    )
    shown.append(key)
    return client.id


def _form(viewer: Viewer, *, fresh: bool = False) -> ClientForm:
    form = ClientForm(request.form if request.method == "POST" and not fresh else None)
    form.grid.choices = [
        (one.path, one.name) for one in queries.client_places(db.session(), viewer)
    ]
    return form


def _page(
    viewer: Viewer,
    form: ClientForm,
    *,
    problem: DomainError | None = None,
    key: str = "",
    note: str = "",
    status: int = 200,
) -> Response:
    rows = queries.clients(db.session(), viewer)
    return make_response(
        render_template(
            "incidents/keys.html",
            form=form,
            rows=rows,
            places=grids.labels({one.client.grid_path for one in rows}),
            problem=problem,
            key=key,
            note=note,
        ),
        status,
    )
