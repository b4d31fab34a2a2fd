"""Entering, correcting, moving, leaving and erasing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, make_response, render_template, request, url_for

from intranet import audit, clock, htmx, once
from intranet.access import Permission, Viewer, require
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.grids import queries as grids
from intranet.grids.models import GridKind
from intranet.i18n import _
from intranet.register import operations, queries
from intranet.register.forms import FIELD_HINTS, FIELD_LABELS, OF_PERSONS, MoveForm, PartyForm
from intranet.register.models import REGISTERED, Party, PartyKind, PersonalField
from intranet.register.views import bp
from intranet.register.views.room import party_page

if TYPE_CHECKING:
    from flask import Response

PLACES = (GridKind.MICRO, GridKind.DEDICATED)


@bp.get("/register/new")
def new() -> Response:
    """Show the form for a new party of the kind asked for."""
    viewer = require(Permission.REGISTER_PARTY_EDIT)
    kind = request.args.get("kind", PartyKind.PERSON.value)
    form = PartyForm(data={"kind": kind if kind in set(REGISTERED) else PartyKind.PERSON.value})
    _choose(viewer, form, None)
    return _form(form, None)


@bp.route("/register/households", methods=["GET", "POST"])
def households() -> Response:
    """Offer the households of the grid chosen for a new person; without scripts, the whole page.

    What was typed is sent along by POST: no name or number may stand in an address.
    """
    viewer = require(Permission.REGISTER_PARTY_EDIT)
    if request.method == "POST":
        return _form(_filled(viewer), None)
    if not htmx.is_partial():
        return htmx.go(url_for("register.new"))
    form = PartyForm(request.args, data={"kind": PartyKind.PERSON.value})
    _choose(viewer, form, None)
    return make_response(render_template("register/_household.html", form=form, party=None))


@bp.post("/register/new")
def create() -> Response:
    """Enter a party; a look-alike in scope is shown before a second one is made."""
    viewer = require(Permission.REGISTER_PARTY_EDIT)
    form = _filled(viewer)
    if not form.validate():
        return _form(form, None, status=422)
    twins = _twins(viewer, form)
    if twins and not request.form.get("anyway"):
        return _form(form, None, twins=twins, status=409)
    try:
        answer = once.submit(viewer, lambda: _create(viewer, form))
    except DomainError as error:
        db.session.rollback()
        return _form(form, None, error=error, status=error.status)
    db.session.commit()
    flash(_("Entered in the register."))
    return htmx.go(url_for("register.party", party_id=int(answer.object_id)))


def _create(viewer: Viewer, form: PartyForm) -> int:
    made = operations.create_party(
        db.session(),
        actor=viewer,
        kind=PartyKind(form.kind.data),
        grid_path=form.grid_path.data,
        at=clock.now(),
        address=audit.client_address(),
        **_typed(form),
    )
    return made.id


@bp.get("/register/<int:party_id>/edit")
def edit(party_id: int) -> Response:
    """Show the form; personal fields are empty, and empty means unchanged."""
    viewer, found = _editable(party_id)
    return _form(_kept(viewer, found), found)


def _refused(viewer: Viewer, form: PartyForm, found: Party, error: DomainError) -> Response:
    """Say why; one who comes too late sees the party as it stands.

    What he typed of personal data need not be typed again.
    """
    db.session.rollback()
    if isinstance(error, operations.ChangedMeanwhile):
        form = _kept(viewer, found, form)
    return _form(form, found, error=error, status=error.status)


def _kept(viewer: Viewer, found: Party, typed: PartyForm | None = None) -> PartyForm:
    personal = {field.value: typed[field.value].data for field in PersonalField} if typed else {}
    form = PartyForm(
        data={
            "version": str(found.version),
            "kind": found.kind.value,
            "public_name": found.public_name,
            "credit_code": found.credit_code or "",
            "household_id": str(found.household_id or ""),
            "is_party_member": found.is_party_member,
            **personal,
        }
    )
    _choose(viewer, form, found)
    return form


@bp.post("/register/<int:party_id>/edit")
def change(party_id: int) -> Response:
    """Correct a party; the version tells whether somebody else was quicker."""
    viewer, found = _editable(party_id)
    form = _filled(viewer, found)
    if _version() != found.version:
        return _refused(viewer, form, found, operations.ChangedMeanwhile())
    if not form.validate():
        return _form(form, found, status=422)
    try:
        _change(viewer, found, form)
    except DomainError as error:
        return _refused(viewer, form, found, error)
    db.session.commit()
    flash(_("Saved."))
    return htmx.go(url_for("register.party", party_id=party_id))


def _filled(viewer: Viewer, found: Party | None = None) -> PartyForm:
    """Return the form as it was sent; the kind of a party is not changed by it."""
    form = PartyForm(request.form)
    if found is not None:
        form.kind.data = found.kind.value
    _choose(viewer, form, found)
    return form


def _change(viewer: Viewer, found: Party, form: PartyForm) -> None:
    typed = _typed(form)
    typed["values"] = {field: value for field, value in typed["values"].items() if value.strip()}
    for field in _ticked():
        if field in typed["values"]:
            raise InputError(
                "Either type something new, or remove what is recorded.", field=field.value
            )
        typed["values"][field] = ""
    operations.change_party(
        db.session(),
        actor=viewer,
        party=found,
        at=clock.now(),
        version=_version(),
        address=audit.client_address(),
        **typed,
    )


@bp.get("/register/<int:party_id>/move")
def move_page(party_id: int) -> Response:
    """Ask where to."""
    viewer, found = _editable(party_id)
    return _move_form(found, _here(viewer, found))


def _here(viewer: Viewer, found: Party) -> MoveForm:
    form = MoveForm(data={"grid_path": found.grid_path, "version": str(found.version)})
    _offer(viewer, form, found.grid_path)
    return form


@bp.post("/register/<int:party_id>/move")
def move(party_id: int) -> Response:
    """Record a move to another micro-grid."""
    viewer, found = _editable(party_id)
    form = MoveForm(request.form)
    _offer(viewer, form, found.grid_path)
    if not form.validate():
        return _move_form(found, form, status=422)
    try:
        operations.move(
            db.session(),
            actor=viewer,
            party=found,
            grid_path=form.grid_path.data,
            at=clock.now(),
            version=_version(),
            address=audit.client_address(),
        )
    except DomainError as error:
        return _not_moved(viewer, found, form, error)
    db.session.commit()
    flash(_("The move is recorded."))
    return htmx.go(url_for("register.party", party_id=party_id))


def _not_moved(viewer: Viewer, found: Party, form: MoveForm, error: DomainError) -> Response:
    db.session.rollback()
    if isinstance(error, operations.ChangedMeanwhile):
        form = _here(viewer, found)
    return _move_form(found, form, error=error, status=error.status)


@bp.post("/register/<int:party_id>/presence")
def presence(party_id: int) -> Response:
    """Record that the party has gone, or is back."""
    viewer, found = _editable(party_id)
    act = operations.return_home if request.form.get("to") == "here" else operations.leave
    try:
        act(
            db.session(),
            actor=viewer,
            party=found,
            at=clock.now(),
            version=_version(),
            address=audit.client_address(),
        )
    except DomainError as error:
        db.session.rollback()
        return party_page(viewer, found, broken=error, status=error.status)
    db.session.commit()
    flash(_("Saved."))
    return htmx.go(url_for("register.party", party_id=party_id))


@bp.get("/register/<int:party_id>/erase")
def erase_page(party_id: int) -> Response:
    """Say what erasing does before it is done."""
    _viewer, found = _erasable(party_id)
    return _erase_form(found)


@bp.post("/register/<int:party_id>/erase")
def erase(party_id: int) -> Response:
    """Erase the personal data for good."""
    viewer, found = _erasable(party_id)
    try:
        operations.erase(
            db.session(),
            actor=viewer,
            party=found,
            reason=request.form.get("reason", ""),
            address=audit.client_address(),
            at=clock.now(),
        )
    except DomainError as error:
        db.session.rollback()
        return _erase_form(found, error=error, status=error.status)
    db.session.commit()
    flash(_("The personal data is erased."))
    return htmx.go(url_for("register.party", party_id=party_id))


def _ticked() -> list[PersonalField]:
    """Return the fields ticked to be removed; an empty one means unchanged, not removed."""
    sent = request.form.getlist("remove")
    return [field for field in PersonalField if field.value in sent]


def _version() -> int:
    """Return the version the form was made from; a missing or odd one is an old one."""
    text = request.form.get("version", "")
    return int(text) if text.isdecimal() and len(text) <= 9 else -1


def _editable(party_id: int) -> tuple[Viewer, Party]:
    viewer = require(Permission.REGISTER_PARTY_VIEW)
    found = queries.party_or_404(db.session(), viewer, party_id)
    return require(Permission.REGISTER_PARTY_EDIT, found), found


def _erasable(party_id: int) -> tuple[Viewer, Party]:
    viewer = require(Permission.REGISTER_PARTY_VIEW)
    found = queries.party_or_404(db.session(), viewer, party_id)
    return require(Permission.REGISTER_PERSONAL_ERASE, found), found


def _typed(form: PartyForm) -> dict[str, Any]:
    household = form.household_id.data if "household_id" in form else ""
    return {
        "public_name": form.public_name.data or "",
        "credit_code": form.credit_code.data or "",
        "household_id": int(household) if household else None,
        "is_party_member": bool(form.is_party_member.data),
        "values": {field: form[field.value].data or "" for field in PersonalField},
    }


def _offer(viewer: Viewer, form: PartyForm | MoveForm, current: str = "") -> None:
    place, may = form.grid_path, Permission.REGISTER_PARTY_EDIT
    place.offer(grids.places(viewer, may, PLACES, current=current, **place.sent))


def _choose(viewer: Viewer, form: PartyForm, found: Party | None) -> None:
    """Fill the lists; a field that is not on the page of this party is not looked at."""
    if found is not None:
        del form["grid_path"]
        place = found.grid_path
    else:
        _offer(viewer, form)
        place = form.grid_path.shown
    if form.kind.data != PartyKind.PERSON.value:
        del form["household_id"]
        return
    households = dict(queries.households_in(viewer, place))
    if found is not None and found.household_id is not None:
        # Who moved may still belong to one elsewhere: saving the page must not end that.
        mine = queries.masked_names(db.session(), viewer, [found.household_id])
        households = {**mine, **households}
    form.household_id.choices = [("", "—"), *((str(i), name) for i, name in households.items())]


def _twins(viewer: Viewer, form: PartyForm) -> object:
    phone = form.phone.data or ""
    try:
        phone = operations.clean(PersonalField.PHONE, phone)
    except InputError:
        phone = phone.strip()  # refused beside the field once it comes to be entered
    name = " ".join((form.name.data or "").split())
    return queries.look_alikes(db.session(), viewer, name=name, phone=phone)


def _form(
    form: PartyForm,
    found: Party | None,
    *,
    error: DomainError | None = None,
    twins: object = (),
    status: int = 200,
) -> Response:
    if error is not None and form.shows(error):
        error = None
    recorded = queries.personal_fields(db.session(), found) if found is not None else {}
    is_person = form.kind.data == PartyKind.PERSON.value
    page = render_template(
        "register/edit.html",
        form=form,
        party=found,
        error=error,
        twins=twins,
        recorded=recorded,
        removed=_ticked() if status == InputError.status else [],
        personal=[f for f in PersonalField if is_person or f not in OF_PERSONS or f in recorded],
        field_labels=FIELD_LABELS,
        field_hints=FIELD_HINTS,
    )
    return make_response(page, status)


def _move_form(
    found: Party, form: MoveForm, *, error: DomainError | None = None, status: int = 200
) -> Response:
    page = render_template("register/move.html", form=form, party=found, error=error)
    return make_response(page, status)


def _erase_form(found: Party, *, error: DomainError | None = None, status: int = 200) -> Response:
    page = render_template(
        "register/erase.html", party=found, error=error, field_labels=FIELD_LABELS
    )
    return make_response(page, status)
