"""Registering, correcting, testing and taking down cameras, for leaders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import (
    Response,
    abort,
    current_app,
    flash,
    make_response,
    render_template,
    request,
    url_for,
)

from intranet import audit, clock, files, htmx, once
from intranet.access import Permission, Viewer, require
from intranet.cameras import operations, queries
from intranet.cameras.forms import TROUBLE_WORDS, CameraForm
from intranet.cameras.models import Camera, TalkKind
from intranet.cameras.operations import Speech
from intranet.cameras.views import bp, talk
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.grids import queries as grids
from intranet.grids.models import GridKind
from intranet.i18n import N_, _
from intranet.media.door import Trouble
from intranet.register import queries as register

if TYPE_CHECKING:
    from collections.abc import Sequence

    from intranet.cameras.models import CameraTest
    from intranet.media.networks import Network
    from intranet.register.queries import Listed

PLACES = (GridKind.MICRO, GridKind.DEDICATED)
TEST_GIVES_UP_SECONDS = 40
HOSTS_OFFERED = 8
LATE = N_("Somebody else changed this camera meanwhile; look at it again.")


@bp.get("/cameras/new")
def new() -> Response:
    """Show the form for a new camera."""
    viewer = require(Permission.CAMERAS_CAMERA_MANAGE)
    return _form(viewer, CameraForm(), None)


@bp.post("/cameras/new")
def create() -> Response:
    """Register a camera."""
    viewer = require(Permission.CAMERAS_CAMERA_MANAGE)
    form = _filled(viewer)
    if not form.validate():
        return _form(viewer, form, None, status=422)
    try:
        answer = once.submit(viewer, lambda: _create(viewer, form))
    except DomainError as error:
        db.session.rollback()
        return _form(viewer, form, None, error=error, status=error.status)
    db.session.commit()
    flash(_("The camera is registered; the worker connects within seconds."))
    return htmx.go(url_for("cameras.camera", code=answer.object_id))


def _create(viewer: Viewer, form: CameraForm) -> str:
    made = operations.add_camera(
        db.session(),
        actor=viewer,
        code=form.code.data or "",
        facts=_facts(form, None),
        allowed=_networks(),
        at=clock.now(),
        address=audit.client_address(),
    )
    return made.code


@bp.get("/cameras/<code>/edit")
def edit(code: str) -> Response:
    """Show the form; addresses are never filled in."""
    viewer, found = _managed(code)
    return _form(viewer, _kept(found), found)


@bp.post("/cameras/<code>/edit")
def change(code: str) -> Response:
    """Correct a camera; the version tells whether somebody else was quicker."""
    viewer, found = _managed(code)
    form = _filled(viewer)
    if _is_late(found):
        return _form(viewer, form, found, error=DomainError(LATE), status=409)
    if not form.validate():
        return _form(viewer, form, found, status=422)
    try:
        operations.change_camera(
            db.session(),
            actor=viewer,
            camera=found,
            facts=_facts(form, found),
            allowed=_networks(),
            at=clock.now(),
            address=audit.client_address(),
        )
    except DomainError as error:
        db.session.rollback()
        return _form(viewer, form, _managed(code)[1], error=error, status=error.status)
    db.session.commit()
    flash(_("Saved."))
    return htmx.go(url_for("cameras.camera", code=code))


@bp.post("/cameras/<code>/host")
def host(code: str) -> Response:
    """Say who gives the camera power and broadband, or that nobody does."""
    viewer, found = _managed(code)
    if _is_late(found):
        return _form(viewer, _kept(found), found, error=DomainError(LATE), status=409)
    try:
        operations.set_host(
            db.session(),
            actor=viewer,
            camera=found,
            party_id=_chosen(viewer),
            at=clock.now(),
            address=audit.client_address(),
        )
    except DomainError as error:
        db.session.rollback()
        found = _managed(code)[1]
        return _form(viewer, _kept(found), found, error=error, status=error.status)
    db.session.commit()
    flash(_("Saved."))
    return htmx.go(url_for("cameras.edit", code=code))


@bp.post("/cameras/<code>/talk/test")
def talk_test(code: str) -> Response:
    """Play a chime through a camera, and find the way to its loudspeaker anew."""
    viewer, found = _managed(code)
    if found.retired_at is not None:
        abort(404)
    db.session.commit()  # while the chime is put on the disk others may write
    speech = Speech(
        TalkKind.TEST,
        file_key=files.put(operations.chime(), "wav", sealed=True),
        media_type="audio/wav",
        seconds=operations.CHIME_SECONDS,
        reason=request.form.get("reason", ""),
    )
    try:
        return talk.say(viewer, found, speech, refuses=False)
    except DomainError as error:
        found = _managed(code)[1]
        return _form(viewer, _kept(found), found, error=error, status=error.status)


def _chosen(viewer: Viewer) -> int | None:
    """Return the party ticked, None for nobody; raise InputError when nothing was ticked."""
    ticked = request.form.get("party", "")
    if ticked == "none":
        return None
    if not ticked.isdecimal() or len(ticked) > 9:
        raise InputError("Choose somebody first.", field="party")
    if not register.lines(db.session(), viewer, [int(ticked)]):
        abort(404)
    return int(ticked)


@bp.post("/cameras/<code>/standing")
def standing(code: str) -> Response:
    """Take a camera down, or put it up again."""
    viewer, found = _managed(code)
    if _is_late(found):
        return _form(viewer, _kept(found), found, error=DomainError(LATE), status=409)
    act = operations.restore if request.form.get("to") == "up" else operations.retire
    try:
        act(
            db.session(),
            actor=viewer,
            camera=found,
            at=clock.now(),
            address=audit.client_address(),
        )
    except DomainError as error:
        db.session.rollback()
        found = _managed(code)[1]
        return _form(viewer, _kept(found), found, error=error, status=error.status)
    db.session.commit()
    flash(_("Saved."))
    return htmx.go(url_for("cameras.edit", code=code))


def _is_late(found: Camera) -> bool:
    """Whether somebody else changed the camera since this form was made."""
    return request.form.get("version") != str(found.version)


@bp.post("/cameras/test")
def ask_test() -> Response:
    """File a test of an address, typed or kept; the media worker runs it."""
    viewer = require(Permission.CAMERAS_CAMERA_MANAGE)
    try:
        test = operations.ask_test(
            db.session(), actor=viewer, url=_url_to_test(viewer), at=clock.now()
        )
    except DomainError as error:
        db.session.rollback()
        return _test_answer(None, error, error.status)
    db.session.commit()
    if htmx.is_partial():
        return _test_answer(test, None, 200)
    return htmx.go(url_for("cameras.test", test_id=test.id))


def _url_to_test(viewer: Viewer) -> str:
    """Return what was typed, or else the kept address of the camera the form is about."""
    from intranet import sealing

    of_sub = request.form.get("stream") == "sub"
    typed = request.form.get("sub_url" if of_sub else "main_url", "").strip()
    kept = request.form.get("camera", "")
    if typed or not kept:
        return typed
    found = queries.managed_camera_or_404(db.session(), viewer, kept)
    sealed = found.sub_url_sealed if of_sub else found.main_url_sealed
    return sealing.unseal(sealed) if sealed else ""


@bp.get("/cameras/tests/<int:test_id>")
def test(test_id: int) -> Response:
    """Show how a test stands: page, or the fragment that asks again by itself."""
    viewer = require(Permission.CAMERAS_CAMERA_MANAGE)
    return _test_answer(queries.test_or_404(db.session(), viewer, test_id), None, 200)


@bp.get("/cameras/tests/<int:test_id>/picture.jpg")
def test_picture(test_id: int) -> Response:
    """Answer the picture a test brought."""
    viewer = require(Permission.CAMERAS_CAMERA_MANAGE)
    found = queries.test_or_404(db.session(), viewer, test_id)
    return Response(found.picture or abort(404), content_type="image/jpeg")


def _test_answer(found: CameraTest | None, error: DomainError | None, status: int) -> Response:
    late = found is not None and found.done_at is None
    waited = (clock.now() - found.asked_at).total_seconds() if found else 0
    notes = [Trouble(note) for note in found.notes.split(",") if note] if found else []
    return htmx.page_or_partial(
        "cameras/test.html",
        "cameras/_test.html",
        status,
        test=found,
        error=error,
        notes=notes,
        given_up=late and waited > TEST_GIVES_UP_SECONDS,
        trouble_words=TROUBLE_WORDS,
    )


def _kept(found: Camera) -> CameraForm:
    form = CameraForm(obj=found)
    form.version.data = str(found.version)
    return form


def _managed(code: str) -> tuple[Viewer, Camera]:
    viewer = require(Permission.CAMERAS_CAMERA_MANAGE)
    return viewer, queries.managed_camera_or_404(db.session(), viewer, code)


def _filled(viewer: Viewer) -> CameraForm:
    form = CameraForm(request.form)
    _offer(viewer, form)
    return form


def _facts(form: CameraForm, found: Camera | None) -> operations.CameraFacts:
    return operations.CameraFacts(
        name=form.name.data or "",
        grid_path=form.grid_path.data,
        latitude_wgs84=form.latitude_wgs84.data,
        longitude_wgs84=form.longitude_wgs84.data,
        host_party_id=found.host_party_id if found else None,
        main_url=(form.main_url.data or "").strip(),
        sub_url=(form.sub_url.data or "").strip(),
        wallclock=bool(form.wallclock.data),
        without_sub=bool(form.without_sub.data),
        talk_url=(form.talk_url.data or "").strip(),
        without_talk=bool(form.without_talk.data),
    )


def _networks() -> tuple[Network, ...]:
    networks: tuple[Network, ...] = current_app.config["SETTINGS"].camera_networks
    return networks


def _offer(viewer: Viewer, form: CameraForm, current: str = "") -> None:
    place, may = form.grid_path, Permission.CAMERAS_CAMERA_MANAGE
    place.offer(grids.places(viewer, may, PLACES, current=current, **place.sent))


def _ask_again(form: CameraForm) -> None:
    """Say of each address that was typed that it is gone: with its password it is not sent back."""
    for field in (form.main_url, form.sub_url, form.talk_url):
        if field.data and not field.errors:
            field.errors = [_("Type the address again: for safety it is not sent back.")]


def _form(
    viewer: Viewer,
    form: CameraForm,
    found: Camera | None,
    *,
    error: DomainError | None = None,
    status: int = 200,
) -> Response:
    if not form.grid_path.choices:
        _offer(viewer, form, found.grid_path if found else "")
    if error is not None and form.shows(error):
        error = None
    chime_problem = error if getattr(error, "field", "") == "reason" else None
    if status != 200:
        _ask_again(form)
    sought = request.args.get("who", "").strip()[:40]
    parties, more = register.offered(
        db.session(), viewer, sought if found else "", limit=HOSTS_OFFERED
    )
    host: Sequence[Listed] = ()
    if found is not None and found.host_party_id is not None:
        host = register.lines(db.session(), viewer, [found.host_party_id])
    page = render_template(
        "cameras/edit.html",
        form=form,
        camera=found,
        error=None if chime_problem else error,
        chime_problem=chime_problem,
        is_quiet=talk.is_quiet(clock.now()),
        host=host[0] if host else None,
        sought=sought,
        found=parties,
        more=more,
        places=grids.labels({party.grid_path for party in [*parties, *host]}),
    )
    return make_response(page, status)
