"""Posts as their reviewer has them: published by another than the author, sent back, taken off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.errors import DomainError, InputError
from intranet.i18n import N_
from intranet.jobs.models import (
    Company,
    JobPost,
    PostOverride,
    PostState,
    PostStep,
    PostVerb,
)
from intranet.jobs.operations.deeds import Deed, handlers_of, take_post
from intranet.jobs.operations.posts import (
    REASON_MAX,
    move,
    note_step,
    require_move,
    require_verified,
)
from intranet.jobs.operations.stopping import end_referrals
from intranet.jobs.operations.wording import Finding, check
from intranet.notices.models import Topic
from intranet.notices.operations import tell

# A company whose posts nobody knows yet: so many of its first are looked at by two.
FIRST_POSTS = 3
LOOKED_AT = (
    "title",
    "duties",
    "conditions",
    "benefits",
    "how_to_apply",
    "hours_words",
    "pay_words",
)
TOLD = {
    PostVerb.PUBLISH: N_("Published: %(title)s"),
    PostVerb.RETURN: N_("Sent back to be mended: %(title)s. The reason stands there."),
    PostVerb.REMOVE: N_("Taken down by the station: %(title)s. The reason stands there."),
}


def publish_post(
    session: Session,
    post: JobPost,
    *,
    actor: Viewer,
    at: datetime,
    version: int,
    address: str = "",
) -> bool:
    """Publish a post, or be the first of two who do; return whether it is seen now.

    Raises DomainError where the actor had a hand in it, the company is not verified, words are
    found that nobody has said anything about, or the same person would be both of two.
    """
    company = take_post(session, post, version)
    deed = Deed(actor, at, address)
    require_move(post, PostVerb.PUBLISH)
    require_verified(company, deed)
    require_another(session, post, actor, deed)
    if any(one.blocks for one in open_findings(session, post)):
        raise DomainError("Some words stand in its way: have them mended, or say why they hold")
    if needs_two(session, post):
        if post.reviewed_by is None:
            post.reviewed_by = actor.account_id
            session.flush()
            note_step(session, post, deed, PostVerb.PUBLISH)
            deed.note(session, "jobs:post:agree", post)
            return False
        _require_second(session, post, actor)
        post.second_reviewed_by = actor.account_id
    else:
        post.reviewed_by = actor.account_id
    post.published_at, post.renewed_on, post.reminded_on = at, None, None
    post.valid_through = deed.day + timedelta(days=post.valid_days)
    move(session, post, PostVerb.PUBLISH, deed)
    deed.note(session, "jobs:post:publish", post, until=post.valid_through.isoformat())
    _tell_author(session, post, PostVerb.PUBLISH, deed)
    return True


def return_post(
    session: Session,
    post: JobPost,
    *,
    actor: Viewer,
    at: datetime,
    version: int,
    reason: str,
    address: str = "",
) -> None:
    """Send a post back to its author. Raises InputError without a reason."""
    take_post(session, post, version)
    deed = Deed(actor, at, address)
    post.reviewed_by = None
    move(session, post, PostVerb.RETURN, deed, _reason(reason))
    deed.note(session, "jobs:post:return", post, reason=reason.strip())
    _tell_author(session, post, PostVerb.RETURN, deed)


def remove_post(
    session: Session,
    post: JobPost,
    *,
    actor: Viewer,
    at: datetime,
    version: int,
    reason: str,
    address: str = "",
) -> None:
    """Take a post down for good for what is wrong with it; those referred there are told.

    Raises InputError without a reason.
    """
    take_post(session, post, version)
    deed = Deed(actor, at, address)
    was_seen = post.state in {PostState.PUBLISHED, PostState.FILLED}
    move(session, post, PostVerb.REMOVE, deed, _reason(reason))
    deed.note(session, "jobs:post:remove", post, reason=reason.strip())
    if was_seen:
        end_referrals(session, post, deed)
    _tell_author(session, post, PostVerb.REMOVE, deed)


def override_finding(
    session: Session,
    post: JobPost,
    *,
    actor: Viewer,
    at: datetime,
    finding: str,
    matched: str,
    reason: str,
    address: str = "",
) -> None:
    """Say why words that were found are right here; once they change they are found anew.

    Raises InputError without a reason, DomainError where nothing of the kind is found any more.
    """
    take_post(session, post)
    deed = Deed(actor, at, address)
    if post.state is not PostState.SUBMITTED:
        raise DomainError("This cannot be done with the post as it stands")
    require_another(session, post, actor, deed)
    if (finding, matched) not in {one.key for one in open_findings(session, post)}:
        raise DomainError("This is not found in the post any more")
    words = {"finding": finding, "matched": matched, "reason": _reason(reason)}
    session.add(PostOverride(post_id=post.id, by=actor.account_id, at=at, **words))
    session.flush()
    deed.note(session, "jobs:post:override", post, reason=reason.strip(), finding=finding)


def findings_of(post: JobPost) -> list[Finding]:
    """Return what the rules of wording find in a post as it stands."""
    return check({name: getattr(post, name) for name in LOOKED_AT})


def open_findings(session: Session, post: JobPost) -> list[Finding]:
    """Return those of them about which nobody has said why they are right."""
    said = session.execute(
        select(PostOverride.finding, PostOverride.matched).where(PostOverride.post_id == post.id)
    )
    known = {(row[0], row[1]) for row in said}
    return [one for one in findings_of(post) if one.key not in known]


def needs_two(session: Session, post: JobPost) -> bool:
    """Whether it is among the first posts of its company, which two persons look at."""
    published = session.scalar(
        select(func.count())
        .select_from(JobPost)
        .where(
            JobPost.company_id == post.company_id,
            JobPost.published_at.is_not(None),
            JobPost.id != post.id,
        )
    )
    return (published or 0) < FIRST_POSTS


def authors_of(session: Session, post: JobPost) -> set[int]:
    """Return who wrote, changed or handed in a post: none of them reviews it."""
    found = session.scalars(
        select(PostStep.by).where(
            PostStep.post_id == post.id,
            (PostStep.verb.is_(None)) | (PostStep.verb == PostVerb.SUBMIT),
            PostStep.by.is_not(None),
        )
    )
    return {one for one in (*found, post.made_by) if one is not None}


def require_another(session: Session, post: JobPost, actor: Viewer, deed: Deed) -> None:
    """Raise DomainError for whoever had a hand in a post, or acts for its company."""
    if actor.account_id in authors_of(session, post):
        raise DomainError("You wrote or handed in this post; somebody else reviews it")
    if actor.account_id in handlers_of(session, post.company_id, day=deed.day):
        raise DomainError("You act for this company; somebody else reviews its posts")


def why_not_review(
    session: Session, post: JobPost, company: Company, *, actor: Viewer, at: datetime
) -> Sequence[DomainError]:
    """Return what stands in the way of the actor's publishing it, but for words found in it."""
    deed, found = Deed(actor, at), []
    looks: tuple[Callable[[], None], ...] = (
        lambda: require_verified(company, deed),
        lambda: require_another(session, post, actor, deed),
        lambda: _require_second(session, post, actor),
    )
    for look in looks:
        try:
            look()
        except DomainError as error:
            found.append(error)
    return found


def _require_second(session: Session, post: JobPost, actor: Viewer) -> None:
    """Raise DomainError where the actor would be both of two."""
    if post.reviewed_by == actor.account_id and needs_two(session, post):
        raise DomainError("You have agreed already; a second person publishes it")


def _reason(reason: str) -> str:
    if not 0 < len(reason.strip()) <= REASON_MAX:
        raise InputError("Say why", "reason")
    return reason.strip()


def _tell_author(session: Session, post: JobPost, verb: PostVerb, deed: Deed) -> None:
    """Tell those who act for the company, and whoever wrote it for them."""
    to = handlers_of(session, post.company_id, day=deed.day)
    tell(
        session,
        to=(to | {post.made_by or 0}) - {deed.account_id or 0, 0},
        key=f"jobs:post:{post.id}:{post.version}",
        topic=Topic.JOBS,
        words=TOLD[verb],
        params={"title": post.title},
        url=f"/jobs/mine/{post.id}",
        urgent=False,
        at=deed.at,
        grid_path=post.grid_path,
    )
