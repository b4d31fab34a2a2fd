"""Who is told what became of a referral: who looks after the wish, the seeker, the company."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet import clock
from intranet.access import Permission
from intranet.i18n import N_
from intranet.jobs.models import EndReason, JobPost, Referral, Seeker, Wish
from intranet.jobs.operations.deeds import handlers_of
from intranet.notices.models import Topic
from intranet.notices.operations import tell
from intranet.people.models import Account
from intranet.people.operations.answering import who_is_nearest

MADE = N_("Somebody was referred to your post: %(post)s. Please answer within three days.")
INVITED = N_("Asked to an interview: %(post)s. Time and place stand there.")
OFFERED = N_("The work was offered: %(post)s")
PLACED = N_("The work was begun: %(post)s")
ENDED = N_("The referral came to nothing: %(post)s. The reason stands there.")
GONE = N_("Work that you were referred to was taken down: %(post)s. The station knows more.")
FULL = N_("The openings were taken by others: %(post)s. Look for another post together.")


GONE_THERE = N_("The post you referred somebody to was taken down: %(post)s. Ring them.")
ASKED = N_("Wish %(number)s asks for this work and waits for a call: %(post)s")
FILED = N_("Somebody is looking for work and waits for a call: wish %(number)s")

# Who looks for work is told so; who looks after them hears what to do for them.
SAID_OF = {EndReason.FULL: FULL, EndReason.POST_GONE: GONE}
SAID_TO_STAFF = {EndReason.FULL: FULL, EndReason.POST_GONE: GONE_THERE}


def tell_company(session: Session, referral: Referral, post: JobPost, *, at: datetime) -> int:
    """Tell a company's handlers that somebody was referred to them."""
    day = clock.day_of(at)
    handlers = handlers_of(session, post.company_id, day=day)
    return _tell(session, referral, post, to=handlers, words=MADE, at=at)


def tell_member(
    session: Session, referral: Referral, words: str, *, at: datetime, urgent: bool = False
) -> int:
    """Tell who looks after the wish, who made the referral, and the seeker with an account."""
    post = session.get_one(JobPost, referral.post_id)
    wish = session.get_one(Wish, referral.wish_id)
    own: set[int] = set()
    if not wish.is_held(at):
        whose = select(Account.id).join(Seeker, Seeker.party_id == Account.party_id)
        own = set(session.scalars(whose.where(Seeker.id == wish.seeker_id)))
    staff = {one for one in (wish.member_id, referral.made_by) if one is not None} - own
    reason, told = referral.end_reason, 0
    for to, said_of in ((own, SAID_OF), (staff, SAID_TO_STAFF)):
        said = said_of.get(reason, words) if reason and words == ENDED else words
        told += _tell(session, referral, post, to=to, words=said, at=at, urgent=urgent)
    return told


def tell_filed(session: Session, wish: Wish, *, at: datetime) -> int:
    """Tell who looks after a wish that the seeker filed it; else whoever is nearest to its home."""
    key = f"jobs:wish:{wish.id}:{wish.version}"
    return _tell_nearest(session, wish, FILED, {"number": wish.id}, key=key, at=at)


def tell_asked(session: Session, wish: Wish, post: JobPost, *, at: datetime) -> int:
    """Tell who looks after a wish, else who is nearest, that its seeker wants a post."""
    key = f"jobs:asked:{wish.id}:{post.id}:{at.isoformat()}"
    said: dict[str, str | int] = {"number": wish.id, "post": post.title}
    return _tell_nearest(session, wish, ASKED, said, key=key, at=at)


def _tell_nearest(
    session: Session,
    wish: Wish,
    words: str,
    said: Mapping[str, str | int],
    *,
    key: str,
    at: datetime,
) -> int:
    nearest = who_is_nearest(
        session, grid_path=wish.grid_path, permission=Permission.JOBS_WISH_MATCH
    )
    return tell(
        session,
        to={wish.member_id} if wish.member_id is not None else nearest,
        key=key,
        topic=Topic.JOBS,
        words=words,
        params=said,
        url=f"/jobs/wishes/{wish.id}",
        urgent=False,
        at=at,
        grid_path=wish.grid_path,
    )


def _tell(
    session: Session,
    referral: Referral,
    post: JobPost,
    *,
    to: Collection[int],
    words: str,
    at: datetime,
    urgent: bool = False,
) -> int:
    return tell(
        session,
        to=to,
        key=f"jobs:referral:{referral.id}:{referral.version}",
        topic=Topic.JOBS,
        words=words,
        params={"post": post.title},
        url=f"/jobs/referrals/{referral.id}",
        urgent=urgent,
        at=at,
        grid_path=post.grid_path,
    )
