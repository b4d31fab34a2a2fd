"""A seeker asks for one post: whoever looks after the wish is told, and decides with them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.acts import Act
from intranet.errors import DomainError
from intranet.jobs.models import AskedPost, JobPost, Wish, WishState, WishVerb
from intranet.jobs.operations.matching import Standing, is_live
from intranet.jobs.operations.people import WAITING
from intranet.jobs.operations.telling import tell_asked
from intranet.jobs.operations.wishing import lock, of_somebody, step

ASKED_MAX = 10  # of one wish that wait for a call


def ask_for(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    wish: Wish,
    post: JobPost,
    is_told: bool = True,
    address: str = "",
) -> AskedPost:
    """Ask for a post, once until somebody rings; a search that was paused goes on.

    ``is_told`` is false where the filing of the wish itself is told. Raises DomainError where the
    search has ended, nobody can have the post any more, or ten wait already.
    """
    lock(session, wish, None)
    of_somebody(session, wish)
    act = Act(actor, at, address)
    if wish.state not in WAITING:
        raise DomainError("This search for work has ended; open it again first")
    if not is_live(Standing(post.state, post.valid_through, post.openings_left), act.day):
        raise DomainError("Nobody can have this post any more")
    if wish.state is WishState.PAUSED:
        step(session, wish, WishVerb.RESUME, act)
    known = session.scalar(
        select(AskedPost).where(AskedPost.wish_id == wish.id, AskedPost.post_id == post.id)
    )
    if known is not None and wish.asked_at is not None and known.at >= wish.asked_at:
        return known
    waiting = select(func.count(AskedPost.id)).where(
        AskedPost.wish_id == wish.id, AskedPost.at >= (wish.asked_at or at)
    )
    if (session.scalar(waiting) or 0) >= ASKED_MAX:
        raise DomainError("Many posts are asked for already; you will be rung about them first")
    asked = known or AskedPost(wish_id=wish.id, post_id=post.id)
    asked.at = at
    wish.asked_at = wish.asked_at or at
    session.add(asked)
    session.flush()
    act.record(session, "jobs:wish:ask", "wish", wish.id, wish.grid_path, post=post.id)
    if is_told:
        tell_asked(session, wish, post, at=at)
    return asked
