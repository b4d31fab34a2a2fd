"""The phrases of a community: listed, recorded, renamed, taken away and brought back."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, make_response, render_template, request, url_for
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from intranet import answers, audit, clock, files, htmx, once, sounds
from intranet.access import Permission, Viewer, allowed, require
from intranet.cameras import operations
from intranet.cameras.forms import TONGUE_LABELS, PhraseForm
from intranet.cameras.models import Phrase, Tongue
from intranet.cameras.queries import phrases as kept
from intranet.cameras.views import bp
from intranet.cameras.views.talk import SECONDS_MAX, SLACK_SECONDS, by_tongue, status_of
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.grids import queries as grids
from intranet.i18n import _

MANAGE, SPEAK = Permission.CAMERAS_PHRASE_MANAGE, Permission.CAMERAS_TALK_SPEAK


@bp.get("/cameras/phrases")
def phrases() -> Response:
    """List the phrases of the viewer's communities, the most used first."""
    return _page(require(MANAGE))


@bp.post("/cameras/phrases")
def add_phrase() -> Response:
    """Keep a recording as a phrase."""
    viewer = require(MANAGE)
    form = _filled(viewer)
    if not form.validate():
        return _page(viewer, form, status=422)
    try:
        _keep(viewer, form, _sound())
    except DomainError as error:
        db.session.rollback()
        return _page(viewer, form, None if form.shows(error) else error, status_of(error))
    flash(_("The phrase is there: one press says it on every camera's page."))
    return htmx.go(url_for("cameras.phrases"))


def _keep(viewer: Viewer, form: PhraseForm, sound: sounds.Sound) -> None:
    """Put the sound on the disk, then name it in a row; what no row names goes again at once."""
    db.session.commit()
    key = files.put(sound.data, sound.extension, sealed=True)
    try:
        answer = once.submit(viewer, lambda: _add(viewer, form, sound, key))
        db.session.commit()
    except DomainError:
        files.delete(key)
        raise
    if answer.repeated:
        files.delete(key)


def _filled(viewer: Viewer) -> PhraseForm:
    form = PhraseForm(request.form)
    places = _communities(viewer)
    form.grid_path.choices = [SelectChoice(*one) for one in places]
    if len(places) == 1:
        form.grid_path.data = places[0][0]
    return form


def _sound() -> sounds.Sound:
    upload = request.files.get("sound")
    if upload is None or not upload.filename:
        raise InputError("Record something first", "sound")
    found = sounds.read(upload.stream)
    upload.stream.seek(0)  # ``once`` has yet to hash it
    if found.seconds > SECONDS_MAX + SLACK_SECONDS:
        raise sounds.TooMuchError("Half a minute at most", "sound")
    return found


def _add(viewer: Viewer, form: PhraseForm, sound: sounds.Sound, key: str) -> object:
    return operations.add_phrase(
        db.session(),
        actor=viewer,
        grid_path=form.grid_path.data,
        words=form.words.data or "",
        tongue=Tongue(form.tongue.data),
        sound=sound,
        file_key=key,
        at=clock.now(),
        address=audit.client_address(),
    ).id


def _managed(phrase_id: int) -> tuple[Viewer, Phrase]:
    viewer = require(MANAGE)
    found = kept.phrase_or_404(db.session(), viewer, phrase_id)
    if not allowed(viewer, MANAGE, found):
        abort(404)
    return viewer, found


@bp.post("/cameras/phrases/<int:phrase_id>")
def change_phrase(phrase_id: int) -> Response:
    """Change what stands on a phrase's button."""
    viewer, found = _managed(phrase_id)
    tongue = request.form.get("tongue", "")
    if tongue not in set(Tongue):
        abort(400)
    try:
        operations.change_phrase(
            db.session(),
            phrase=found,
            words=request.form.get("words", ""),
            tongue=Tongue(tongue),
            **_act(viewer),
        )
    except DomainError as error:
        db.session.rollback()
        return _page(viewer, problem=error, status=error.status, wrong=phrase_id)
    db.session.commit()
    flash(_("Saved."))
    return htmx.go(url_for("cameras.phrases"))


@bp.post("/cameras/phrases/<int:phrase_id>/standing")
def phrase_standing(phrase_id: int) -> Response:
    """Take a phrase away, or bring it back."""
    viewer, found = _managed(phrase_id)
    gone = request.form.get("to") == "gone"
    try:
        operations.set_phrase_gone(db.session(), phrase=found, gone=gone, **_act(viewer))
    except DomainError as error:
        db.session.rollback()
        return _page(viewer, problem=error, status=409)
    db.session.commit()
    flash(
        _("Taken away; below it can be brought back for a month.")
        if gone
        else _("The phrase is there again.")
    )
    return htmx.go(url_for("cameras.phrases"))


@bp.get("/cameras/phrases/<int:phrase_id>/sound")
def phrase_sound(phrase_id: int) -> Response:
    """Play a phrase to whoever may say it."""
    viewer = require(SPEAK)
    found = kept.phrase_or_404(db.session(), viewer, phrase_id)
    if not found.file_key:
        abort(404)
    key, media_type = found.file_key, found.media_type
    db.session.close()  # give the read's connection back before the file is sent
    return answers.file_answer(key, media_type)


def _act(viewer: Viewer) -> dict[str, Any]:
    return {"actor": viewer, "at": clock.now(), "address": audit.client_address()}


def _communities(viewer: Viewer) -> list[tuple[str, str]]:
    found = grids.communities(viewer)
    return [(one.path, one.name) for one in found if allowed(viewer, MANAGE, one)]


def _page(
    viewer: Viewer,
    form: PhraseForm | None = None,
    problem: DomainError | None = None,
    status: int = 200,
    *,
    wrong: int = 0,
) -> Response:
    shown = form or PhraseForm()
    places = _communities(viewer)
    shown.grid_path.choices = [SelectChoice(*one) for one in places]
    return make_response(
        render_template(
            "cameras/phrases.html",
            form=shown,
            is_filled=form is not None,
            problem=problem,
            wrong=wrong,
            **by_tongue(kept.phrases(db.session(), viewer)),
            gone=kept.phrases(db.session(), viewer, gone=True),
            places=dict(places),
            tongues=TONGUE_LABELS,
        ),
        status,
    )
