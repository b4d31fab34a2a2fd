"""A seeker asks for one post: whoever looks after the wish is told, and decides with them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.acts import Act
from intranet.errors import DomainError
from intranet.jobs.models import AskedPost, JobPost, Wish, WishState, WishVerb
from intranet.jobs.operations.matching import Standing, is_live
from intranet.jobs.operations.people import WAITING
from intranet.jobs.operations.telling import tell_asked
from intranet.jobs.operations.wishing import lock, of_somebody, step


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
    """Ask for a post, once; a search that was paused goes on.

    ``is_told`` is false where the filing of the wish itself is told. Raises DomainError where the
    search has ended, or nobody can have the post any more.
    """
    lock(session, wish, None)
    of_somebody(session, wish)
    act = Act(actor, at, address)
    if wish.state not in WAITING:
        raise DomainError("This search for work has ended; open it again first")
    if not is_live(Standing(post.state, post.valid_through, post.openings_left), act.day):
        raise DomainError("Nobody can have this post any more")
    known = session.scalar(
        select(AskedPost).where(AskedPost.wish_id == wish.id, AskedPost.post_id == post.id)
    )
    if known is not None:
        return known
    if wish.state is WishState.PAUSED:
        step(session, wish, WishVerb.RESUME, act)
    asked = AskedPost(wish_id=wish.id, post_id=post.id, at=at)
    session.add(asked)
    session.flush()
    act.record(session, "jobs:wish:ask", "wish", wish.id, wish.grid_path, post=post.id)
    if is_told:
        tell_asked(session, wish, post, at=at)
    return asked
