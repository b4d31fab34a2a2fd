"""Accounts, for leaders, within their part of the tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, make_response, render_template, request, url_for
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from intranet import audit, clock, htmx, once
from intranet.access import Permission, Role, Viewer, require
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.grids import queries as grids
from intranet.grids.models import GridKind
from intranet.i18n import _
from intranet.people import queries
from intranet.people.forms import ROLE_LABELS, AccountForm, NameForm, RoleForm
from intranet.people.operations import accounts as operations
from intranet.people.views import bp
from intranet.register import queries as register

if TYPE_CHECKING:
    from flask import Response

    from intranet.people.models import Account, RoleGrant
    from intranet.register.models import Party

PARTIES_OFFERED = 8


@bp.get("/accounts")
def accounts() -> Response:
    """List the accounts in scope."""
    viewer = require(Permission.PEOPLE_ACCOUNT_MANAGE)
    role = request.args.get("role", "")
    found = queries.accounts_page(
        db.session(),
        viewer,
        text=request.args.get("q", "").replace("\0", "").strip()[:40],
        role=Role(role) if role in set(Role) else None,
        closed=request.args.get("state") == "closed",
        after=request.args.get("after", "").replace("\0", "")[:60],
    )
    paths = {grant.grid_path for account in found.accounts for grant in account.grants}
    places = grids.labels(paths)
    return make_response(
        render_template("people/accounts.html", found=found, places=places, role_labels=ROLE_LABELS)
    )


@bp.get("/accounts/new")
def new_account() -> Response:
    """Show the form for a new account."""
    viewer = require(Permission.PEOPLE_ACCOUNT_MANAGE)
    return _new_form(viewer, AccountForm())


@bp.post("/accounts/new")
def create_account() -> Response:
    """Make an account and show its one-time password, once."""
    viewer = require(Permission.PEOPLE_ACCOUNT_MANAGE)
    form = AccountForm(request.form)
    _offer(form, viewer)
    if not form.validate():
        return _new_form(viewer, form, 422)
    db.session.rollback()
    password, hashed = operations.make_password()
    try:
        answer = once.submit(viewer, lambda: _create(viewer, form, hashed))
    except DomainError as error:
        db.session.rollback()
        form.shows(error, otherwise="role")
        return _new_form(viewer, form, error.status)
    db.session.commit()
    return _page(viewer, int(answer.object_id), password="" if answer.repeated else password)


def _create(viewer: Viewer, form: AccountForm, hashed: str) -> int:
    made = operations.create_account(
        db.session(),
        actor=viewer,
        username=form.username.data or "",
        display_name=form.display_name.data or "",
        role=Role(form.role.data),
        grid_path=form.grid_path.data,
        password_hash=hashed,
        must_change=True,
        at=clock.now(),
        address=audit.client_address(),
    )
    return made.id


@bp.get("/accounts/<int:account_id>")
def account(account_id: int) -> Response:
    """Show one account: roles with their history, sessions, and what may be done."""
    return _page(require(Permission.PEOPLE_ACCOUNT_MANAGE), account_id)


@bp.post("/accounts/<int:account_id>/name")
def rename(account_id: int) -> Response:
    """Correct the name shown; the version tells whether somebody else was quicker."""
    viewer, found = _manage(account_id)
    form = NameForm(request.form)
    if form.version.data != str(found.version):
        changed = DomainError("Somebody else changed this account meanwhile.")
        return _page(viewer, account_id, error=changed, status=409)
    if not form.validate():
        missing = InputError("A name is needed.")
        return _page(viewer, account_id, error=missing, status=422)
    try:
        operations.rename(
            db.session(),
            actor=viewer,
            account=found,
            display_name=form.display_name.data or "",
            at=clock.now(),
            address=audit.client_address(),
        )
    except DomainError as error:
        return _page(viewer, account_id, error=error, status=error.status)
    db.session.commit()
    return _done(account_id, _("Saved."))


@bp.post("/accounts/<int:account_id>/party")
def link(account_id: int) -> Response:
    """Say which party of the register the account belongs to, or that it is nobody's."""
    viewer, found = _manage(account_id)
    if request.form.get("version") != str(found.version):
        changed = DomainError("Somebody else changed this account meanwhile.")
        return _page(viewer, account_id, error=changed, status=409)
    try:
        operations.link_party(
            db.session(),
            actor=viewer,
            account=found,
            party=_chosen(viewer),
            at=clock.now(),
            address=audit.client_address(),
        )
    except DomainError as error:
        return _page(viewer, account_id, error=error, status=error.status)
    db.session.commit()
    return _done(account_id, _("Saved."))


def _chosen(viewer: Viewer) -> Party | None:
    """Return the party ticked, None for nobody; raise InputError when nothing was ticked."""
    ticked = request.form.get("party", "")
    if ticked == "none":
        return None
    if not ticked.isdecimal() or len(ticked) > 9:
        raise InputError("Choose somebody first.", field="party")
    return register.party_or_404(db.session(), viewer, int(ticked))


@bp.post("/accounts/<int:account_id>/roles")
def grant(account_id: int) -> Response:
    """Give one more role."""
    viewer, found = _manage(account_id)
    form = RoleForm(request.form)
    _offer(form, viewer)
    if not form.validate():
        return _page(viewer, account_id, error=InputError("Choose a role and a place."), status=422)
    try:
        operations.grant_role(
            db.session(),
            actor=viewer,
            account=found,
            role=Role(form.role.data),
            grid_path=form.grid_path.data,
            at=clock.now(),
            address=audit.client_address(),
        )
    except DomainError as error:
        return _page(viewer, account_id, error=error, status=error.status)
    db.session.commit()
    return _done(account_id, _("The role is given."))


@bp.post("/accounts/<int:account_id>/roles/<int:grant_id>/end")
def end_grant(account_id: int, grant_id: int) -> Response:
    """End a role; it stays as history."""
    viewer, found = _manage(account_id)
    try:
        operations.end_role(
            db.session(),
            actor=viewer,
            account=found,
            grant=_grant_or_404(found, grant_id),
            at=clock.now(),
            address=audit.client_address(),
        )
    except DomainError as error:
        return _page(viewer, account_id, error=error, status=error.status)
    db.session.commit()
    return _done(account_id, _("The role has ended."))


@bp.post("/accounts/<int:account_id>/state")
def set_state(account_id: int) -> Response:
    """Close or open the account."""
    viewer, found = _manage(account_id)
    change = operations.enable if request.form.get("to") == "open" else operations.disable
    try:
        change(
            db.session(),
            actor=viewer,
            account=found,
            at=clock.now(),
            address=audit.client_address(),
        )
    except DomainError as error:
        return _page(viewer, account_id, error=error, status=error.status)
    db.session.commit()
    return _done(account_id, _("Saved."))


@bp.post("/accounts/<int:account_id>/password")
def reset_password(account_id: int) -> Response:
    """Give a new one-time password, shown once; every session of the account ends."""
    viewer, found = _manage(account_id)
    if viewer.account_id == found.id:
        return htmx.go(url_for("people.me", _anchor="password"))
    # argon2 takes its time: no lock may be held meanwhile.
    db.session.rollback()
    password, hashed = operations.make_password()
    viewer, found = _manage(account_id)
    try:
        operations.set_password(
            db.session(),
            actor=viewer,
            account=found,
            password_hash=hashed,
            must_change=True,
            at=clock.now(),
            address=audit.client_address(),
        )
    except DomainError as error:
        return _page(viewer, account_id, error=error, status=error.status)
    db.session.commit()
    return _page(viewer, account_id, password=password)


@bp.post("/accounts/<int:account_id>/sessions/end")
def end_sessions(account_id: int) -> Response:
    """Log the account out everywhere."""
    viewer, found = _manage(account_id)
    try:
        operations.end_sessions(
            db.session(),
            actor=viewer,
            account=found,
            at=clock.now(),
            address=audit.client_address(),
        )
    except DomainError as error:
        return _page(viewer, account_id, error=error, status=error.status)
    db.session.commit()
    return _done(account_id, _("The account is logged out everywhere."))


def _manage(account_id: int) -> tuple[Viewer, Account]:
    viewer = require(Permission.PEOPLE_ACCOUNT_MANAGE)
    return viewer, queries.account_or_404(db.session(), viewer, account_id)


def _grant_or_404(found: Account, grant_id: int) -> RoleGrant:
    return next((g for g in found.grants if g.id == grant_id), None) or abort(404)


def _done(account_id: int, words: str) -> Response:
    flash(words)
    return htmx.go(url_for("people.account", account_id=account_id))


def _offer(form: AccountForm | RoleForm, viewer: Viewer) -> None:
    """Offer the places below the viewer and the roles he may give there."""
    where, manage = form.grid_path, Permission.PEOPLE_ACCOUNT_MANAGE
    where.offer(grids.places(viewer, manage, GridKind, **where.sent))
    may = [role for role in Role if role is not Role.ADMIN or Role.ADMIN in viewer.roles]
    roles = [SelectChoice(role.value, ROLE_LABELS[role]) for role in may]
    form.role.choices = [SelectChoice("", _("Choose")), *roles]


def _new_form(viewer: Viewer, form: AccountForm, status: int = 200) -> Response:
    _offer(form, viewer)
    return make_response(render_template("people/new.html", form=form), status)


def _ties(viewer: Viewer, found: Account) -> dict[str, Any]:
    """Return whose account it is, and who matches what is sought."""
    session = db.session()
    sought = request.args.get("who", "").strip()[:40]
    candidates, more = register.offered(session, viewer, sought, limit=PARTIES_OFFERED)
    linked = register.lines(session, viewer, [found.party_id]) if found.party_id else []
    return {"sought": sought, "candidates": candidates, "more": more, "linked": linked}


def _page(
    viewer: Viewer,
    account_id: int,
    *,
    error: DomainError | None = None,
    password: str = "",
    status: int = 200,
) -> Response:
    db.session.rollback()
    found = queries.account_or_404(db.session(), viewer, account_id)
    form = RoleForm()
    _offer(form, viewer)
    ties = _ties(viewer, found)
    page = render_template(
        "people/account.html",
        account=found,
        form=form,
        error=error,
        password=password,
        role_labels=ROLE_LABELS,
        places=grids.labels(
            {one.grid_path for one in [*found.grants, *ties["linked"], *ties["candidates"]]}
        ),
        **ties,
        sessions=queries.open_sessions(db.session(), account_id, clock.now()),
        browser_words=queries.browser_words,
    )
    return make_response(page, status)
