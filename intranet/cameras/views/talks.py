"""What was said through a camera: seen, listened to, written down, said again, found wrong."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import Response, abort, flash, make_response, render_template, request, url_for

from intranet import answers, audit, clock, htmx
from intranet.access import Permission, Viewer, allowed, require
from intranet.cameras import operations, queries
from intranet.cameras.models import Camera, Talk
from intranet.cameras.operations import TRANSCRIPT_MAX
from intranet.cameras.queries import misuses as reports
from intranet.cameras.queries import talks as told
from intranet.cameras.views import bp
from intranet.cameras.views import talk as speaking
from intranet.db import apart, db
from intranet.errors import DomainError
from intranet.i18n import _

SPEAK, VIEW = Permission.CAMERAS_TALK_SPEAK, Permission.CAMERAS_TALK_VIEW
HEAR, REVIEW = Permission.CAMERAS_VIEWING_NAMES, Permission.CAMERAS_MISUSE_REVIEW


def _talk(permission: Permission, talk_id: int) -> tuple[Viewer, Talk, Camera]:
    viewer = require(permission)
    found, camera = told.talk_or_404(db.session(), viewer, talk_id)
    require(permission, camera)
    return viewer, found, camera


@bp.get("/cameras/<code>/talks")
def talks(code: str) -> Response:
    """List what was said through a camera; residents learn when and by which role."""
    viewer = require(VIEW)
    camera = queries.camera_or_404(db.session(), viewer, code)
    require(VIEW, camera)
    return make_response(_page(viewer, camera))


def _page(
    viewer: Viewer,
    camera: Camera,
    *,
    problem: DomainError | None = None,
    wrong: int = 0,
    wrong_part: str = "",
) -> str:
    with_names, reviews = allowed(viewer, SPEAK, camera), allowed(viewer, REVIEW, camera)
    only_reported = reviews and request.values.get("reported") == "1"
    not_by = viewer.account_id if only_reported else None
    said = told.talks(db.session(), camera, with_names=with_names, reported_but_by=not_by)
    page: str = render_template(
        "cameras/talks.html",
        camera=camera,
        said=said,
        reports=reports.misuses(db.session(), viewer, [one.id for one in said], reviews=reviews),
        reviews=reviews,
        only_reported=only_reported,
        unseen=reports.unseen_count(db.session(), viewer, camera) if reviews else 0,
        with_names=with_names,
        may_hear=allowed(viewer, HEAR, camera),
        is_quiet=speaking.is_quiet(clock.now()),
        transcript_max=TRANSCRIPT_MAX,
        **speaking.labels(),
        problem=problem,
        wrong=wrong,
        wrong_part=wrong_part,
    )
    return page


def _refused(
    viewer: Viewer, camera: Camera, talk_id: int, error: DomainError, part: str
) -> Response:
    """Show the list with what is wrong beside the field of one row, and what was typed in it."""
    page = _page(viewer, camera, problem=error, wrong=talk_id, wrong_part=part)
    return make_response(page, error.status)


@bp.post("/cameras/talks/<int:talk_id>/again")
def talk_again(talk_id: int) -> Response:
    """Say what failed once more, as something of its own."""
    viewer, found, camera = _talk(SPEAK, talk_id)
    if found.account_id != viewer.account_id:
        abort(404)
    operations.end_lost(db.session(), [camera.id], clock.now())
    db.session.commit()  # while the copy is put on the disk others may write
    try:
        speech = operations.again(found, reason=request.form.get("reason", ""))
        return speaking.say(viewer, camera, speech, refuses=False)
    except DomainError as error:
        db.session.rollback()
        return _refused(viewer, camera, talk_id, error, "again")


@bp.post("/cameras/talks/<int:talk_id>/transcript")
def talk_transcript(talk_id: int) -> Response:
    """Keep in words what was said: by whoever spoke, or answers for the cameras."""
    viewer, found, camera = _talk(SPEAK, talk_id)
    if found.account_id != viewer.account_id and not allowed(viewer, HEAR, camera):
        abort(403)
    words = request.form.get("transcript", "")
    act = partial(operations.write_down, camera=camera, words=words)
    return _done(act, viewer, found, camera, "transcript")


@bp.post("/cameras/talks/<int:talk_id>/misuse")
def talk_misuse(talk_id: int) -> Response:
    """Report that a camera was spoken through as it should not be."""
    viewer, found, camera = _talk(VIEW, talk_id)
    if not (allowed(viewer, SPEAK, camera) or told.is_heard(found)):
        abort(404)  # to them nothing was said
    act = partial(operations.report_misuse, words=request.form.get("words", ""))
    thanks = _("Thank you. It will be looked at, and you will be told.")
    return _done(act, viewer, found, camera, "misuse", thanks=thanks)


@bp.post("/cameras/talks/<int:talk_id>/misuse/<int:misuse_id>")
def misuse_seen(talk_id: int, misuse_id: int) -> Response:
    """Note that a report of misuse was looked at, and what was found."""
    viewer, found, camera = _talk(REVIEW, talk_id)
    report = reports.misuse_or_404(db.session(), found, misuse_id)
    remark = request.form.get("remark", "")
    act = partial(operations.see_misuse, misuse_id=report.id, camera=camera, remark=remark)
    thanks = _("Noted. Whoever reported it is told that it was looked at.")
    return _done(act, viewer, found, camera, f"remark-{misuse_id}", thanks=thanks)


def _done(
    act: Callable[..., object],
    viewer: Viewer,
    found: Talk,
    camera: Camera,
    part: str,
    *,
    thanks: str = "",
) -> Response:
    """Do something with what was said, and lead back; what is wrong stands in its row."""
    try:
        act(
            db.session(),
            actor=viewer,
            talk=found,
            at=clock.now(),
            address=audit.client_address(),
        )
    except DomainError as error:
        db.session.rollback()
        return _refused(viewer, camera, found.id, error, part)
    db.session.commit()
    if thanks:
        flash(thanks)
    only = "1" if request.form.get("reported") == "1" else None
    return htmx.go(url_for("cameras.talks", code=camera.code, reported=only))


@bp.get("/cameras/talks/<int:talk_id>/sound")
def talk_sound(talk_id: int) -> Response:
    """Play what was said, to whoever answers for the cameras; the listening is written down."""
    viewer, found, camera = _talk(HEAR, talk_id)
    if not found.file_key:
        abort(404)
    key, media_type = found.file_key, found.media_type
    db.session.close()  # give the read's connection back; the rows stay loaded, detached
    with apart() as session:
        operations.note_listening(
            session,
            viewer=viewer,
            camera=camera,
            talk=found,
            at=clock.now(),
            address=audit.client_address(),
        )
    return answers.file_answer(key, media_type)
