"""All that a company offers is taken down at once, and whom it concerns is told."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.i18n import N_
from intranet.jobs.models import (
    ACTIVE,
    Company,
    EndReason,
    JobPost,
    PostState,
    PostStep,
    PostVerb,
    Referral,
)
from intranet.jobs.operations.deeds import Deed, handlers_of
from intranet.jobs.operations.referring import end
from intranet.jobs.operations.searching import index_posts
from intranet.jobs.operations.turns import take_turn
from intranet.notices.models import Topic
from intranet.notices.operations import tell
from intranet.register.models import Party

SEEN = (PostState.PUBLISHED, PostState.FILLED)
STOPPED = N_("All posts of %(company)s were taken down by the station; the reason stands there.")


def take_down_all(session: Session, company: Company, deed: Deed, *, reason: str) -> int:
    """Take down what is seen of a company, send back what waits; return how many were seen.

    The caller holds the company's row. What is seen ends for good: it can be copied and handed in
    anew once the company is let back.
    """
    posts = session.scalars(
        select(JobPost)
        .where(JobPost.company_id == company.id, JobPost.state.in_((*SEEN, PostState.SUBMITTED)))
        .order_by(JobPost.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    seen = 0
    for post in posts:
        is_seen = post.state in SEEN
        seen += is_seen
        post.state = PostState.REMOVED if is_seen else PostState.DRAFT
        verb = PostVerb.REMOVE if is_seen else PostVerb.RETURN
        words = {"at": deed.at, "by": deed.account_id, "state": post.state, "words": reason}
        session.add(PostStep(post_id=post.id, verb=verb, **words))
        if is_seen:
            end_referrals(session, post, deed)
    session.flush()
    index_posts(session, [one.id for one in posts])
    if posts:
        tell(
            session,
            to=handlers_of(session, company.id, day=deed.day),
            key=f"jobs:company:{company.id}:stopped:{company.version}",
            topic=Topic.JOBS,
            words=STOPPED,
            params={"company": company_name(session, company)},
            url="/jobs/mine",
            urgent=True,
            at=deed.at,
            grid_path=company.grid_path,
        )
    return seen


def end_referrals(session: Session, post: JobPost, deed: Deed) -> int:
    """End what is under way to a post that is gone, and tell both sides; return how many."""
    take_turn(session)
    under_way = session.scalars(
        select(Referral)
        .where(Referral.post_id == post.id, Referral.state.in_(ACTIVE))
        .order_by(Referral.id)
        .execution_options(populate_existing=True)
    ).all()
    for one in under_way:
        end(session, one, EndReason.POST_GONE, deed)
    return len(under_way)


def company_name(session: Session, company: Company) -> str:
    """Return a company's public name, as the register has it."""
    return session.get_one(Party, company.party_id).public_name
