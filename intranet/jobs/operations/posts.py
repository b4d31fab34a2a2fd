"""Posts as their author has them: written, changed, handed in, renewed, taken down, copied."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from intranet.access import Permission, Viewer
from intranet.errors import DomainError, InputError
from intranet.i18n import N_
from intranet.jobs.models import (
    POST_MOVES,
    Company,
    CompanyState,
    JobPost,
    PostSkill,
    PostState,
    PostStep,
    PostVerb,
)
from intranet.jobs.models.post import VALID_DAYS_MAX
from intranet.jobs.operations.deeds import Deed, take_post
from intranet.jobs.operations.post_facts import COLUMNS, PostFacts, check_facts
from intranet.jobs.operations.searching import index_post
from intranet.jobs.operations.stopping import end_referrals
from intranet.notices.models import Topic
from intranet.notices.operations import tell
from intranet.people.operations.answering import who_answers

REASON_MAX = 300
OPEN_TO_CHANGE = (PostState.DRAFT, PostState.WITHDRAWN, PostState.EXPIRED)
WAITS = N_("A post waits for review: %(title)s")


def write_post(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    company: Company,
    facts: PostFacts,
    address: str = "",
) -> JobPost:
    """Write a post of a company, which nobody sees before it is handed in and reviewed.

    Raises InputError beside a field; DomainError for a company that is stopped.
    """
    if company.state is CompanyState.SUSPENDED:
        raise DomainError("This company is stopped; let it back first")
    check_facts(session, facts)
    made = JobPost(
        company_id=company.id,
        grid_path=company.grid_path,
        openings_left=facts.openings,
        made_by=actor.account_id,
        made_at=at,
        **{name: getattr(facts, name) for name in COLUMNS},
    )
    session.add(made)
    session.flush()
    _hang_skills(session, made, facts)
    deed = Deed(actor, at, address)
    note_step(session, made, deed, None)
    deed.note(session, "jobs:post:write", made)
    return made


def change_post(
    session: Session,
    post: JobPost,
    *,
    actor: Viewer,
    at: datetime,
    version: int,
    facts: PostFacts,
    address: str = "",
) -> None:
    """Change what a post says while nobody sees it; free openings follow their number.

    Raises InputError beside a field, DomainError for one that is seen, waits or is gone.
    """
    take_post(session, post, version)
    if post.state not in OPEN_TO_CHANGE:
        raise DomainError("What is seen or waits for review is not changed; take it back first")
    _change(session, post, facts, Deed(actor, at, address))


def change_and_submit(
    session: Session,
    post: JobPost,
    *,
    actor: Viewer,
    at: datetime,
    version: int,
    facts: PostFacts,
    address: str = "",
) -> None:
    """Take a post that is seen down, change it and hand it in again, all at once."""
    take_post(session, post, version)
    deed = Deed(actor, at, address)
    if post.state in {PostState.PUBLISHED, PostState.FILLED, PostState.SUBMITTED}:
        move(session, post, PostVerb.WITHDRAW, deed)
    if post.state not in OPEN_TO_CHANGE:
        raise DomainError("This cannot be done with the post as it stands")
    _change(session, post, facts, deed)
    _submit(session, post, deed)


def submit_post(
    session: Session,
    post: JobPost,
    *,
    actor: Viewer,
    at: datetime,
    version: int,
    address: str = "",
    quiet: bool = False,
) -> None:
    """Hand a post in for review; ``quiet`` tells nobody: it is one of many.

    Raises DomainError for a company that is not verified.
    """
    take_post(session, post, version)
    _submit(session, post, Deed(actor, at, address), quiet=quiet)


def withdraw_post(
    session: Session,
    post: JobPost,
    *,
    actor: Viewer,
    at: datetime,
    version: int,
    address: str = "",
) -> None:
    """Take a post down, or back from review; those referred there are told."""
    take_post(session, post, version)
    deed = Deed(actor, at, address)
    was_seen = post.state in {PostState.PUBLISHED, PostState.FILLED}
    move(session, post, PostVerb.WITHDRAW, deed)
    if was_seen:
        end_referrals(session, post, deed)
    deed.note(session, "jobs:post:withdraw", post)


def renew_post(
    session: Session,
    post: JobPost,
    *,
    actor: Viewer,
    at: datetime,
    version: int,
    days: int | None = None,
    address: str = "",
) -> None:
    """Have a post hold for some days more from today, as many as it asked for; at most 90.

    Nothing else of it changes, so nobody reviews it. Raises InputError for other days, DomainError
    for one that is not seen, or whose company is to be looked at again first.
    """
    company = take_post(session, post, version)
    deed = Deed(actor, at, address)
    require_move(post, PostVerb.RENEW)
    require_verified(company, deed)
    days = post.valid_days if days is None else days
    if not 0 < days <= VALID_DAYS_MAX:
        raise InputError("Between 1 and %(most)d days", "days", most=VALID_DAYS_MAX)
    if not is_renewable(post, deed.day, days):
        raise DomainError("It holds as long already")
    until = deed.day + timedelta(days=days)
    post.valid_through, post.renewed_on, post.reminded_on = until, deed.day, None
    session.flush()
    note_step(session, post, deed, PostVerb.RENEW, until.isoformat())
    index_post(session, post)
    deed.note(session, "jobs:post:renew", post, until=until.isoformat())


def is_renewable(post: JobPost, day: date, days: int | None = None) -> bool:
    """Whether a post would hold longer if it were renewed on a day, for as long as it asked."""
    until = day + timedelta(days=post.valid_days if days is None else days)
    return post.valid_through is None or until > post.valid_through


def require_verified(company: Company, deed: Deed) -> None:
    """Raise DomainError unless the company was looked at, and not too long ago."""
    if company.state is not CompanyState.VERIFIED:
        raise DomainError("The company is not verified; the station sees its licence first")
    if company.recheck_due_on is not None and company.recheck_due_on < deed.day:
        raise DomainError("The company's papers are to be seen again first")


def require_move(post: JobPost, verb: PostVerb) -> None:
    """Raise DomainError where the verb does not go with the post as it stands."""
    if post.state not in POST_MOVES[verb].froms:
        raise DomainError("This cannot be done with the post as it stands")


def move(session: Session, post: JobPost, verb: PostVerb, deed: Deed, words: str = "") -> None:
    """Make one allowed move and write it down; the caller holds the rows."""
    require_move(post, verb)
    post.state = POST_MOVES[verb].to
    session.flush()
    note_step(session, post, deed, verb, words)
    index_post(session, post)


def note_step(
    session: Session, post: JobPost, deed: Deed, verb: PostVerb | None, words: str = ""
) -> None:
    """Write down what was done to a post."""
    session.add(
        PostStep(
            post_id=post.id,
            at=deed.at,
            by=deed.account_id,
            verb=verb,
            state=post.state,
            words=words.strip(),
        )
    )
    session.flush()


def _submit(session: Session, post: JobPost, deed: Deed, *, quiet: bool = False) -> None:
    company = session.get_one(Company, post.company_id)
    require_move(post, PostVerb.SUBMIT)
    require_verified(company, deed)
    if not company.words.strip():
        raise DomainError("Say what the company does first: the law wants it on every post")
    if post.openings_left == 0:
        raise DomainError("All its openings are taken; give it more first")
    post.reviewed_by = post.second_reviewed_by = None
    post.valid_through = post.renewed_on = post.reminded_on = None
    move(session, post, PostVerb.SUBMIT, deed)
    deed.note(session, "jobs:post:submit", post)
    if not quiet:
        _tell_reviewers(session, post, deed)


def _tell_reviewers(session: Session, post: JobPost, deed: Deed) -> None:
    tell(
        session,
        to=who_answers(
            session,
            grid_path=post.grid_path,
            permission=Permission.JOBS_POST_REVIEW,
            but={deed.account_id or 0},
        ),
        key=f"jobs:post:{post.id}:waits:{post.version}",
        topic=Topic.JOBS,
        words=WAITS,
        params={"title": post.title},
        url=f"/jobs/review/{post.id}",
        urgent=False,
        at=deed.at,
        grid_path=post.grid_path,
    )


def _change(session: Session, post: JobPost, facts: PostFacts, deed: Deed) -> None:
    check_facts(session, facts)
    taken = post.openings - post.openings_left
    if facts.openings < taken:
        raise InputError("%(taken)d are taken already", "openings", taken=taken)
    before = {name: getattr(post, name) for name in COLUMNS}
    changed = sorted(name for name in COLUMNS if before[name] != getattr(facts, name))
    for name in changed:
        setattr(post, name, getattr(facts, name))
    post.openings_left = facts.openings - taken
    session.flush()
    if _hang_skills(session, post, facts):
        changed.append("skills")
    if changed:
        note_step(session, post, deed, None)
        deed.note(session, "jobs:post:change", post, fields=changed)


def _hang_skills(session: Session, post: JobPost, facts: PostFacts) -> bool:
    """Have a post ask for these skills; return whether that is something new."""
    wanted = {**dict.fromkeys(facts.nice, False), **dict.fromkeys(facts.must, True)}
    rows = session.execute(
        select(PostSkill.skill_id, PostSkill.is_must).where(PostSkill.post_id == post.id)
    )
    if {row[0]: row[1] for row in rows} == wanted:
        return False
    session.execute(delete(PostSkill).where(PostSkill.post_id == post.id))
    if wanted:
        hung = [{"post_id": post.id, "skill_id": k, "is_must": v} for k, v in wanted.items()]
        session.execute(insert(PostSkill), hung)
    return True
