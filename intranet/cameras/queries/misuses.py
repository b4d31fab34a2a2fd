"""Reports of misuse, as those see them who look at them and those who made them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import abort
from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from intranet.access import Permission, Viewer, allowed, scope_condition
from intranet.cameras.models import Camera, Misuse, Talk
from intranet.people.models import Account

UNSEEN_MAX = 20


@dataclass(frozen=True, slots=True)
class Reported:
    """One report; names and the remark only for those who look at reports."""

    id: int
    name: str
    at: datetime
    words: str
    seen_at: datetime | None
    seen_by: str
    remark: str
    is_to_see: bool  # by this viewer


def misuses(
    session: Session, viewer: Viewer, talk_ids: Sequence[int], *, reviews: bool
) -> dict[int, list[Reported]]:
    """Return the reports by talk, oldest first, to others only their own; one query.

    That what the viewer said was reported stays hidden from the viewer.
    """
    eye = aliased(Account)
    found = (
        select(Misuse, Account.display_name, eye.display_name, Talk.account_id)
        .join(Talk, Talk.id == Misuse.talk_id)
        .join(Account, Account.id == Misuse.account_id)
        .outerjoin(eye, eye.id == Misuse.seen_by)
        .where(Misuse.talk_id.in_(talk_ids))
        .order_by(Misuse.id)
    )
    own = Misuse.account_id == viewer.account_id
    found = found.where(or_(own, Talk.account_id != viewer.account_id) if reviews else own)
    by_talk: dict[int, list[Reported]] = {}
    for one, name, seen_by, speaker in session.execute(found):
        line = Reported(
            id=one.id,
            name=name if reviews else "",
            at=one.at,
            words=one.words,
            seen_at=one.seen_at,
            seen_by=(seen_by or "") if reviews else "",
            remark=one.remark if reviews else "",
            is_to_see=reviews and speaker != viewer.account_id and one.seen_at is None,
        )
        by_talk.setdefault(one.talk_id, []).append(line)
    return by_talk


def _is_to_see(viewer: Viewer) -> Any:
    """Return the condition that nobody has looked at a report and that the viewer may."""
    return and_(Misuse.seen_at.is_(None), Talk.account_id != viewer.account_id)


def unseen_count(session: Session, viewer: Viewer, camera: Camera) -> int:
    """Return how many reports about a camera nobody has looked at, and the viewer may."""
    found = session.scalar(
        select(func.count(Misuse.id))
        .join(Talk, Talk.id == Misuse.talk_id)
        .where(Talk.camera_id == camera.id, _is_to_see(viewer))
    )
    return int(found or 0)


def unseen(session: Session, viewer: Viewer) -> Sequence[tuple[str, str, int]]:
    """Return code, name and number of unseen reports of cameras in scope; the oldest first.

    One query, none for those who look at no reports; at most UNSEEN_MAX cameras.
    """
    if not allowed(viewer, Permission.CAMERAS_MISUSE_REVIEW):
        return []
    found = session.execute(
        select(Camera.code, Camera.name, func.count(Misuse.id))
        .join(Talk, Talk.camera_id == Camera.id)
        .join(Misuse, Misuse.talk_id == Talk.id)
        .where(
            scope_condition(Camera.grid_path, viewer, Permission.CAMERAS_MISUSE_REVIEW),
            _is_to_see(viewer),
        )
        .group_by(Camera.code, Camera.name)
        .order_by(func.min(Misuse.id))
        .limit(UNSEEN_MAX)
    )
    return [(code, name, count) for code, name, count in found]


def misuse_or_404(session: Session, talk: Talk, misuse_id: int) -> Misuse:
    """Return a report about this talk."""
    return session.scalar(
        select(Misuse).where(Misuse.id == misuse_id, Misuse.talk_id == talk.id)
    ) or abort(404)
