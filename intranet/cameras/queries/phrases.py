"""Phrases that may be said, the most used first."""

from __future__ import annotations

from collections.abc import Sequence

from flask import abort
from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.access import Permission, Viewer, allowed, scope_condition
from intranet.cameras.models import Camera, Phrase
from intranet.db import within
from intranet.grids.queries import community_path

LISTED_MAX = 400


def phrases_of(session: Session, camera: Camera) -> Sequence[Phrase]:
    """Return the phrases of a camera's community, the most used first; one query."""
    return session.scalars(
        select(Phrase)
        .where(Phrase.grid_path == community_path(camera.grid_path), Phrase.gone_at.is_(None))
        .order_by(Phrase.uses.desc(), Phrase.id.desc())
        .limit(LISTED_MAX)
    ).all()


def phrases_said_in(session: Session, paths: Sequence[str]) -> Sequence[Phrase]:
    """Return the phrases of the communities these places lie in, the most used first; one query."""
    communities = {community_path(path) for path in paths}
    return session.scalars(
        select(Phrase)
        .where(Phrase.grid_path.in_(communities), Phrase.gone_at.is_(None))
        .order_by(Phrase.uses.desc(), Phrase.id.desc())
        .limit(LISTED_MAX)
    ).all()


def phrase_of(session: Session, camera: Camera, phrase_id: int) -> Phrase | None:
    """Return a phrase of a camera's community, also one taken away; None for any other."""
    if not 0 < phrase_id < 2**31:
        return None
    return session.scalar(
        select(Phrase).where(
            Phrase.id == phrase_id, Phrase.grid_path == community_path(camera.grid_path)
        )
    )


def phrases(session: Session, viewer: Viewer, *, gone: bool = False) -> Sequence[Phrase]:
    """Return the phrases of the communities the viewer manages, the most used first; one query."""
    return session.scalars(
        select(Phrase)
        .where(
            scope_condition(Phrase.grid_path, viewer, Permission.CAMERAS_PHRASE_MANAGE),
            Phrase.gone_at.is_not(None) if gone else Phrase.gone_at.is_(None),
            Phrase.file_key != "",
        )
        .order_by(Phrase.grid_path, Phrase.uses.desc(), Phrase.id.desc())
        .limit(LISTED_MAX)
    ).all()


def phrase_or_404(session: Session, viewer: Viewer, phrase_id: int) -> Phrase:
    """Return a phrase of a community the viewer manages, or speaks in."""
    phrase = session.get(Phrase, phrase_id) if 0 < phrase_id < 2**31 else None
    if phrase is None:
        abort(404)
    if allowed(viewer, Permission.CAMERAS_PHRASE_MANAGE, phrase):
        return phrase
    speaks = session.scalar(
        select(Camera.id)
        .where(
            within(Camera.grid_path, phrase.grid_path),
            scope_condition(Camera.grid_path, viewer, Permission.CAMERAS_TALK_SPEAK),
        )
        .limit(1)
    )
    return phrase if speaks is not None else abort(404)
