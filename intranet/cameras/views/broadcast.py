"""Speaking through several cameras at once: chosen, confirmed, sent, and how it went at each."""

from __future__ import annotations

from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import Response, abort, make_response, render_template, request, url_for

from intranet import answers, audit, clock, files, htmx, once
from intranet.access import Permission, Viewer, require
from intranet.cameras import operations
from intranet.cameras.forms import TONGUE_LABELS
from intranet.cameras.models import Broadcast, Phrase
from intranet.cameras.operations import spooling
from intranet.cameras.queries import broadcasts as asked
from intranet.cameras.queries import phrases as kept
from intranet.cameras.views import bp, talk
from intranet.db import db
from intranet.errors import DomainError
from intranet.grids import queries as grids
from intranet.grids.forms import FILTER_KINDS, PlaceFilterForm
from intranet.logs import quiet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from intranet.cameras.operations.broadcasting import Clip

SPEAK = Permission.CAMERAS_TALK_SPEAK


@bp.get("/cameras/broadcast")
def broadcast() -> Response:
    """Ask what is to be said, and through which cameras."""
    viewer = require(SPEAK)
    return _form(viewer, chosen=request.args.getlist("camera"))


def _form(viewer: Viewer, *, chosen: Sequence[str], problem: DomainError | None = None) -> Response:
    places = partial(grids.places, viewer, SPEAK, FILTER_KINDS)
    narrowed = PlaceFilterForm.read(request.values, places)
    cameras = asked.to_choose_from(
        db.session(), viewer, grid_path=narrowed.path, chosen=list(chosen)
    )
    names = grids.labels({camera.grid_path for camera in cameras})
    groups = [(path, list(some)) for path, some in groupby(cameras, lambda one: one.grid_path)]
    page = render_template(
        "cameras/broadcast.html",
        groups=sorted(groups, key=lambda group: names[group[0]].code),
        places=names,
        narrowed=narrowed,
        chosen=set(chosen),
        earlier=_earlier(viewer),
        phrases=_phrases([camera.grid_path for camera in cameras]),
        tongues=TONGUE_LABELS,
        is_quiet=talk.is_quiet(clock.now()),
        cameras_max=operations.CAMERAS_MAX,
        is_cut=len(cameras) >= asked.LISTED_MAX,
        problem=problem,
        wrong_field=getattr(problem, "field", None) or "",
    )
    return make_response(page, talk.status_of(problem) if problem else 200)


def _phrases(paths: Sequence[str]) -> list[tuple[str, list[Phrase]]]:
    """Return the phrases that may be said there, by the name of the community they belong to."""
    some = kept.phrases_said_in(db.session(), paths)
    names = grids.labels({one.grid_path for one in some})
    by_community: dict[str, list[Phrase]] = {}
    for one in some:
        named = names.get(one.grid_path)
        by_community.setdefault(named.name if named else "", []).append(one)
    return sorted(by_community.items())


def _earlier(viewer: Viewer) -> Broadcast | None:
    """Return the unconfirmed one that the form goes on from: its recording need not come again."""
    found = request.values.get("earlier", 0, type=int)
    if not 0 < found < 2**31:
        return None
    made = asked.broadcast_or_404(db.session(), viewer, found)
    return None if made.confirmed_at or not made.file_key else made


@bp.post("/cameras/broadcast")
def make_broadcast() -> Response:
    """Keep what is to be said, and show it once more before it is."""
    viewer = require(SPEAK)
    codes = list(dict.fromkeys(request.form.getlist("camera")))
    earlier = _earlier(viewer)
    clip = None
    try:
        operations.check_broadcast(len(codes))
        asked.speakable(db.session(), viewer, codes)
        operations.reason_for(
            request.form.get("reason", ""), at=clock.now(), quiet=talk.settings().talk_quiet
        )
        clip = _clip(viewer, earlier)
        return keep(viewer, codes, clip, reason=request.form.get("reason", ""))
    except DomainError as error:
        db.session.rollback()
        if clip is not None:
            files.delete(clip.file_key)
        return _form(viewer, chosen=codes, problem=error)


def _clip(viewer: Viewer, earlier: Broadcast | None) -> Clip:
    """Write the recording that came, or a copy of the earlier one, to the disk."""
    upload = request.files.get("clip")
    phrase_id = request.form.get("phrase", 0, type=int)
    if phrase_id and (upload is None or not upload.filename):
        return _phrase(viewer, phrase_id)
    if earlier is not None and not earlier.phrase_id and (upload is None or not upload.filename):
        key, media_type = earlier.file_key, earlier.media_type
        seconds, words = earlier.sound_milliseconds / 1000, earlier.transcript
        db.session.rollback()
        return operations.clip_of(key, media_type=media_type, seconds=seconds, words=words)
    found = talk.clip()
    db.session.rollback()  # the clip is on the disk before the transaction that names it
    made = operations.clip_of(
        found.data,
        media_type=found.media_type,
        seconds=found.seconds,
        suffix=found.extension,
    )
    request.files["clip"].stream.seek(0)  # ``once`` has yet to hash it
    return made


def _phrase(viewer: Viewer, phrase_id: int) -> Clip:
    """Write a copy of a phrase's sound to the disk. Raises DomainError for one taken away."""
    found = kept.phrase_or_404(db.session(), viewer, phrase_id)
    if found.gone_at is not None:
        raise DomainError("This phrase was taken away meanwhile")
    db.session.rollback()
    return operations.clip_of(
        found.file_key,
        media_type=found.media_type,
        seconds=found.sound_milliseconds / 1000,
        words=found.words,
        phrase_id=found.id,
    )


def keep(viewer: Viewer, codes: Sequence[str], clip: Clip, *, reason: str) -> Response:
    """Keep a sound that lies on the disk for these cameras, and lead to where it is confirmed.

    Raises DomainError; the file is then the caller's to delete.
    """

    def act() -> object:
        return operations.prepare(
            db.session(),
            actor=viewer,
            cameras=asked.speakable(db.session(), viewer, codes),
            at=clock.now(),
            clip=clip,
            reason=reason,
            quiet=talk.settings().talk_quiet,
        ).id

    answer = once.submit(viewer, act)
    db.session.commit()
    if answer.repeated:
        files.delete(clip.file_key)
    return htmx.go(url_for("cameras.broadcast_told", broadcast_id=int(answer.object_id)))


@bp.get("/cameras/broadcasts/<int:broadcast_id>")
@quiet
def broadcast_told(broadcast_id: int) -> Response:
    """Ask whether it shall be said, or tell how far it has come; 204 where nothing is new."""
    viewer = require(SPEAK)
    made = asked.broadcast_or_404(db.session(), viewer, broadcast_id)
    return _page(made)


def _page(made: Broadcast, problem: DomainError | None = None) -> Response:
    at = clock.now()
    some = asked.lines(db.session(), made, at)
    said = asked.fingerprint(some)
    if made.confirmed_at and htmx.is_partial() and request.args.get("said") == said:
        return htmx.nothing_new()
    again = [("grid", request.args.get("grid", "")), ("earlier", made.id)]
    facts: dict[str, object] = {
        "made": made,
        "lines": some,
        "tally": asked.tally(some),
        "said": said,
        "places": grids.labels({line.grid_path for line in some}),
        "change": f"{url_for('cameras.broadcast')}?"
        + urlencode([pair for pair in again if pair[1]] + [("camera", one.code) for one in some]),
        "needs_reason": talk.is_quiet(at) and not made.reason,
        "problem": problem,
        "wrong_field": getattr(problem, "field", None) or "",
        **talk.labels(),
    }
    status = problem.status if problem else 200
    if not made.confirmed_at:
        return make_response(render_template("cameras/broadcast_confirm.html", **facts), status)
    page, part = "cameras/broadcast_told.html", "cameras/_broadcast.html"
    return htmx.page_or_partial(page, part, status, **facts)


@bp.post("/cameras/broadcasts/<int:broadcast_id>/confirm")
def broadcast_confirm(broadcast_id: int) -> Response:
    """Say it now; what was confirmed already is said no second time."""
    viewer = require(SPEAK)
    made = asked.broadcast_or_404(db.session(), viewer, broadcast_id)
    if made.confirmed_at:
        return _told(broadcast_id)
    return _send(viewer, made, is_again=False)


@bp.post("/cameras/broadcasts/<int:broadcast_id>/again")
def broadcast_again(broadcast_id: int) -> Response:
    """Say it once more where it failed or somebody was speaking; never where it was heard."""
    viewer = require(SPEAK)
    made = asked.broadcast_or_404(db.session(), viewer, broadcast_id)
    if not made.confirmed_at:
        return _told(broadcast_id)
    return _send(viewer, made, is_again=True)


def _told(broadcast_id: int) -> Response:
    return htmx.go(url_for("cameras.broadcast_told", broadcast_id=broadcast_id))


def _send(viewer: Viewer, made: Broadcast, *, is_again: bool) -> Response:
    wanted = [one.camera_id for one in _waiting(made, is_again=is_again)]
    if not wanted:
        return _told(made.id)
    db.session.commit()  # the copies are on the disk before the transaction that names them
    keys: dict[int, str] = {}
    used: set[str] = set()

    def act() -> object:
        session = db.session()
        held = operations.locked_broadcast(session, made.id)
        if is_again or not held.confirmed_at:
            left = [one.camera_id for one in _waiting(held, is_again=is_again)]
            left = [one for one in left if one in keys]
            cameras = asked.still_speakable(session, viewer, left)
            operations.note_gone(session, held, set(left) - {one.id for one in cameras})
            begun = operations.send(
                session,
                actor=viewer,
                broadcast=held,
                cameras=cameras,
                keys=keys,
                at=clock.now(),
                reason=request.form.get("reason", ""),
                quiet=talk.settings().talk_quiet,
                address=audit.client_address(),
            )
            used.update(one.file_key for one in begun)
        return held.id

    try:
        keys.update(operations.copies(made, wanted))
        once.submit(viewer, act)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        used.clear()
        return _page(asked.broadcast_or_404(db.session(), viewer, made.id), error)
    finally:
        for key in set(keys.values()) - used:
            files.delete(key)
    spooling.wake(talk.settings().media_dir)
    return _told(made.id)


def _waiting(made: Broadcast, *, is_again: bool) -> Sequence[asked.Line]:
    """Return the cameras it has to go to: all of them, or those it did not reach."""
    some = asked.lines(db.session(), made, clock.now())
    return [one for one in some if one.may_again] if is_again else some


@bp.get("/cameras/broadcasts/<int:broadcast_id>/sound")
def broadcast_sound(broadcast_id: int) -> Response:
    """Play it to whoever made it."""
    viewer = require(SPEAK)
    made = asked.broadcast_or_404(db.session(), viewer, broadcast_id)
    if not made.file_key:
        abort(404)
    key, media_type = made.file_key, made.media_type
    db.session.close()  # give the read's connection back before the file is sent
    return answers.file_answer(key, media_type)
