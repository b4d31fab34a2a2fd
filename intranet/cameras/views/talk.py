"""Speaking through a camera: a clip, or speech while the key is held, and what became of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import (
    Response,
    abort,
    current_app,
    jsonify,
    make_response,
    render_template,
    request,
    url_for,
)

from intranet import audit, clock, files, htmx, once, sounds
from intranet.access import Permission, Viewer, allowed, require
from intranet.cameras import operations, queries
from intranet.cameras.forms import TALK_STATE_LABELS, TALK_TROUBLE_WORDS, TONGUE_LABELS
from intranet.cameras.models import Camera, Phrase, Talk, TalkKind, Tongue
from intranet.cameras.operations import ABOUT, Speech, spooling
from intranet.cameras.queries import phrases as kept
from intranet.cameras.queries import talks as told
from intranet.cameras.views import bp
from intranet.clock import BEIJING
from intranet.db import db, reading, reads_only
from intranet.errors import DomainError, InputError
from intranet.i18n import _
from intranet.logs import quiet
from intranet.people.forms import ROLE_LABELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from intranet.cameras.queries.talks import Said
    from intranet.config import Settings

SPEAK, VIEW = Permission.CAMERAS_TALK_SPEAK, Permission.CAMERAS_TALK_VIEW
SECONDS_MAX = 30.0
SLACK_SECONDS = 1.0  # a recorder told to stop stops a little later
NO_SOUND_STATUS = 415


def settings() -> Settings:
    """Return the settings of this house."""
    found: Settings = current_app.config["SETTINGS"]
    return found


def _camera(permission: Permission, code: str) -> tuple[Viewer, Camera]:
    """Return who asks and the camera; 404 outside the viewer's places, 403 without the right."""
    viewer = require(permission)
    camera = queries.camera_or_404(db.session(), viewer, code)
    require(permission, camera)
    return viewer, camera


def _own(talk_id: int) -> tuple[Viewer, Talk, Camera]:
    """Return what the asker is saying; 404 for anybody else's."""
    viewer = require(SPEAK)
    talk, camera = told.talk_or_404(db.session(), viewer, talk_id)
    if talk.account_id != viewer.account_id:
        abort(404)
    return viewer, talk, camera


@bp.post("/cameras/<code>/talk")
def talk(code: str) -> Response:
    """Say a recorded clip (multipart field ``clip``) through a camera."""
    viewer, camera = _camera(SPEAK, code)
    if "phrase" in request.form:
        return _say_phrase(viewer, camera)
    again_of = _again_of(camera)
    db.session.commit()  # while the clip is read and put on the disk others may write
    try:
        sound = clip()
    except InputError as error:
        return _refused(viewer, camera, error)
    speech = Speech(
        TalkKind.CLIP,
        file_key=files.put(sound.data, sound.extension, sealed=True),
        media_type=sound.media_type,
        seconds=sound.seconds,
        reason=request.form.get("reason", ""),
        about=request.form.get("about", ""),
        again_of=again_of,
    )
    request.files["clip"].stream.seek(0)  # ``once`` has yet to hash it
    return say(viewer, camera, speech)


def _say_phrase(viewer: Viewer, camera: Camera) -> Response:
    """Say a phrase of the camera's community (field ``phrase``, its id)."""
    phrase = kept.phrase_of(db.session(), camera, request.form.get("phrase", 0, type=int))
    if phrase is None:
        abort(404)
    again_of = _again_of(camera)
    db.session.commit()  # while the copy is put on the disk others may write
    try:
        speech = operations.said_phrase(phrase)
    except DomainError as error:
        return _refused(viewer, camera, error)
    reason, about = (request.form.get(name, "") for name in ("reason", "about"))
    return say(viewer, camera, replace(speech, reason=reason, about=about, again_of=again_of))


def _again_of(camera: Camera) -> int | None:
    """Return what failed before, of the asker's own at this camera; 404 for any other's."""
    asked = request.form.get("again_of", 0, type=int)
    if not asked:
        return None
    _viewer, found, where = _own(asked)
    if where.id != camera.id:
        abort(404)
    return found.id


@bp.post("/cameras/<code>/talk/live")
def talk_live(code: str) -> Response:
    """Begin to speak: the pieces follow, and are heard while the rest is still being said."""
    viewer, camera = _camera(SPEAK, code)
    speech = Speech(
        TalkKind.LIVE,
        reason=request.form.get("reason", ""),
        about=request.form.get("about", ""),
    )
    return say(viewer, camera, speech)


def clip() -> sounds.Sound:
    """Return the clip of the request. Raises InputError."""
    upload = request.files.get("clip")
    if upload is None or not upload.filename:
        raise InputError("Record something first", "clip")
    found = sounds.read(upload.stream)
    if found.seconds > SECONDS_MAX + SLACK_SECONDS:
        raise InputError("Half a minute at most", "clip")
    return found


def say(viewer: Viewer, camera: Camera, speech: Speech, *, refuses: bool = True) -> Response:
    """Have it said, and answer the page or its script with what becomes of it.

    Raises DomainError instead of a page of its own where ``refuses`` is false.
    """
    uses: list[bool] = []

    def act() -> object:
        made = operations.speak(
            db.session(),
            actor=viewer,
            camera=camera,
            at=clock.now(),
            speech=speech,
            quiet=settings().talk_quiet,
            address=audit.client_address(),
        )
        uses.append(made.file_key == speech.file_key)
        if speech.kind is TalkKind.LIVE:
            spooling.begin(settings().media_dir, made)
        return made.id

    try:
        first = once.submit(viewer, act) if once.FIELD in request.form else None
        talk_id = first.object_id if first else act()
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        _forget(speech)
        if not refuses:
            raise
        return _refused(viewer, camera, error)
    if not any(uses):
        _forget(speech)  # sent, or said again, before: the first one's is kept
    if speech.kind is TalkKind.LIVE:
        spooling.crowd(settings().media_dir, int(str(talk_id)))  # while others may write
    spooling.wake(settings().media_dir)
    if not _wants_json():
        return htmx.go(url_for("cameras.camera", code=camera.code) + "#talk")
    with reading():  # what is told takes no turn among those who write
        return jsonify(_as_json(told.own(db.session.get_one(Talk, int(str(talk_id))))))


def status_of(error: DomainError) -> int:
    """Return 415 for what is no recording at all, which is no long one (RFC 9110, 15.5.16)."""
    is_none = getattr(error, "field", "") == sounds.FIELD
    return (
        NO_SOUND_STATUS if is_none and not isinstance(error, sounds.TooMuchError) else error.status
    )


def _forget(speech: Speech) -> None:
    """Delete the sound of what no row names."""
    if speech.file_key:
        files.delete(speech.file_key)


def _refused(viewer: Viewer, camera: Camera, error: DomainError) -> Response:
    field, status = getattr(error, "field", None) or "", status_of(error)
    if _wants_json():
        return make_response({"error": _(error.key, **error.params), "field": field}, status)
    return make_response(
        render_template(
            "cameras/talk.html", problem=error, wrong_field=field, **panel(viewer, camera)
        ),
        status,
    )


def _wants_json() -> bool:
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == (
        "application/json"
    )


def _as_json(said: Said) -> dict[str, Any]:
    """Return what the page's script needs: ids, addresses, and the state in words."""
    return {
        "id": said.id,
        "state": said.state.value,
        "is_open": said.is_open,
        "words": state_words(said),
        "status": url_for("cameras.talk_state", talk_id=said.id),
        "pieces": url_for("cameras.talk_piece", talk_id=said.id),
        "together": spooling.pieces_together(settings().media_dir, said.id),
        "end": url_for("cameras.talk_end", talk_id=said.id),
        "drop": url_for("cameras.talk_drop", talk_id=said.id),
    }


def state_words(said: Said) -> str:
    """Return what became of something said."""
    if said.trouble is not None:
        return str(TALK_TROUBLE_WORDS[said.trouble])
    return str(TALK_STATE_LABELS[said.state])


bp.add_app_template_filter(state_words, "said_in_words")


@bp.post("/cameras/talks/<int:talk_id>/pieces")
@quiet
@reads_only
def talk_piece(talk_id: int) -> Response:
    """Take the next piece of speech; ``offset`` says where it belongs, in bytes."""
    if not told.is_own_speech(db.session, require(SPEAK), talk_id):
        abort(404)
    offset = request.args.get("offset", -1, type=int)
    data = request.get_data(cache=False)[: spooling.PIECE_BYTES_MAX + 1]
    # Others may have begun since ``together`` was told first; with the first piece it is settled.
    taken = spooling.append(settings().media_dir, talk_id, offset=offset, data=data)
    return jsonify(taken._asdict())


@bp.post("/cameras/talks/<int:talk_id>/end")
@reads_only
def talk_end(talk_id: int) -> Response:
    """Note that the key was let go: nothing more will be said."""
    _viewer, found, _camera_of = _own(talk_id)
    spooling.let_go(settings().media_dir, found.id)
    return make_response("", 204)


@bp.post("/cameras/talks/<int:talk_id>/drop")
def talk_drop(talk_id: int) -> Response:
    """Take back what was said while it waits; nothing more of it is said in any case."""
    _viewer, found, _camera_of = _own(talk_id)
    operations.withdraw(db.session(), found, clock.now())
    db.session.commit()
    spooling.let_go(settings().media_dir, found.id)
    return make_response("", 204)


@bp.get("/cameras/talks/<int:talk_id>")
@quiet
def talk_state(talk_id: int) -> Response:
    """Say how far something said has come."""
    _viewer, found, camera = _own(talk_id)
    if not _wants_json():
        return htmx.go(url_for("cameras.camera", code=camera.code) + "#talk")
    return jsonify(_as_json(told.own(found)))


def is_quiet(at: datetime) -> bool:
    """Whether it is a time at which speaking needs a reason."""
    return settings().talk_quiet.holds(at.astimezone(BEIJING).time())


def panel(viewer: Viewer, camera: Camera) -> dict[str, object]:
    """Return what the part of a page needs in which one speaks."""
    at = clock.now()
    phrases = kept.phrases_of(db.session(), camera) if allowed(viewer, SPEAK, camera) else []
    may_see = allowed(viewer, VIEW, camera)
    return {
        "camera": camera,
        "about": about if ABOUT.fullmatch(about := request.values.get("about", "")) else "",
        "may_speak": allowed(viewer, SPEAK, camera),
        "may_see_talks": may_see,
        **by_tongue(phrases),
        "may_keep_phrases": allowed(viewer, Permission.CAMERAS_PHRASE_MANAGE, camera),
        "is_quiet": is_quiet(at),
        "talk_days": settings().talk_days,
        "said_lately": told.talks(
            db.session(), camera, with_names=allowed(viewer, SPEAK, camera), limit=3
        )
        if may_see
        else [],
        **labels(),
    }


def by_tongue(phrases: Sequence[Phrase]) -> dict[str, object]:
    """Return the phrases in the tongue that was asked for, and whether there are others."""
    tongue = request.args.get("tongue", "")
    if tongue not in set(Tongue):
        tongue = ""
    return {
        "phrases": [one for one in phrases if tongue in {"", one.tongue}],
        "tongue": tongue,
        "has_both": len({one.tongue for one in phrases}) > 1,
    }


def labels() -> dict[str, object]:
    """Return the words for states, failures and roles."""
    return {
        "talk_state_labels": TALK_STATE_LABELS,
        "talk_trouble_words": TALK_TROUBLE_WORDS,
        "tongues": TONGUE_LABELS,
        "role_labels": {role.value: label for role, label in ROLE_LABELS.items()},
    }
