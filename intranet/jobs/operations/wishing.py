"""Wishes filed, changed, looked after and ended."""

from __future__ import annotations

from datetime import datetime
from types import EllipsisType

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from intranet.access import Permission, Viewer, allowed
from intranet.acts import Act
from intranet.errors import DomainError
from intranet.i18n import N_
from intranet.jobs.models import (
    WISH_MOVES,
    Channel,
    Consent,
    Reached,
    Seeker,
    Wish,
    WishStep,
    WishVerb,
)
from intranet.jobs.operations.people import (
    WAITING,
    Person,
    agree,
    alike,
    clean_person,
    keep_contacts,
    keep_person,
    must_stand,
    own_seeker,
)
from intranet.jobs.operations.telling import tell_filed
from intranet.jobs.operations.wish_content import (
    Content,
    checked,
    fill,
    plain,
    tidy,
    with_what_stands,
)

FILE = Permission.JOBS_WISH_FILE
STAFF_CHANNELS = frozenset({Channel.DESK, Channel.VISIT})
ALIKE = N_("Somebody with this phone is here already: %(who)s. Is it the same person?")


class AlikeError(DomainError):
    """Seekers of this phone are there; ``seekers`` are their numbers, the newest first."""

    def __init__(self, seekers: list[int]) -> None:
        super().__init__(ALIKE, who=", ".join(str(one) for one in seekers))
        self.seekers = seekers


def file_wish(
    session: Session,
    *,
    actor: Viewer | None,
    at: datetime,
    grid_path: str,
    person: Person,
    content: Content,
    channel: Channel,
    seeker: Seeker | None = None,
    is_another: bool = False,
    filing_key: str | None = None,
    agreed_at: datetime | None = None,
    address: str = "",
) -> Wish:
    """File what somebody wishes for; of a known ``seeker`` it takes the place of what waits.

    Whoever files for oneself is known by the register and the name, and a new phone is kept. Of a
    known ``seeker`` name and phone are those said last, and what is not said anew stays as it was
    said before. Whoever is nearest is told of what a seeker filed.

    Where staff file it, somebody of the same phone is asked about (AlikeError) until they say
    which it is, or that it is another; at a screen nobody is told who is known here. A
    ``filing_key`` that was taken before gives the wish of then. ``agreed_at`` is when consent was
    given, where that was before now: on a visit without a network. Raises InputError beside the
    field.
    """
    act = Act(actor, at, address)
    before = filed_before(session, filing_key)
    if before is not None:
        return before
    clean, wanted = clean_person(person), checked(session, content)
    if seeker is None and channel in STAFF_CHANNELS and not is_another:
        # Whom the actor may not file for is nobody the actor may hear of.
        known = [one for one in alike(session, clean) if allowed(actor, FILE, one)]
        if known:
            raise AlikeError([one.id for one in known])
    if seeker is None and channel is Channel.PHONE and clean.party is not None:
        seeker = own_seeker(session, clean, at)
    if seeker is not None:
        must_stand(session, seeker)
        keep_contacts(session, seeker, clean)
    whose = seeker or keep_person(session, act, clean, grid_path=grid_path)
    waits = waiting_wish(session, whose.id)
    if waits is not None:
        change_wish(
            session,
            actor=actor,
            at=at,
            wish=waits,
            content=with_what_stands(session, waits, content),
            version=None,
            grid_path=grid_path,
        )
    wish = waits or _new_wish(session, act, whose, wanted, channel)
    if channel in STAFF_CHANNELS:
        _sat_opposite(session, wish, act, agreed_at or at, is_new=waits is None)
    agree(
        session,
        seeker=whose,
        wish_id=wish.id,
        channel=channel,
        at=agreed_at or at,
        by=_named(act, channel),
        filing_key=filing_key,
    )
    if channel not in STAFF_CHANNELS:
        tell_filed(session, wish, at=at)
    return wish


def _sat_opposite(
    session: Session, wish: Wish, act: Act, spoken: datetime, *, is_new: bool
) -> None:
    """Note that a seeker was reached: whoever sits opposite was; a draft says when that was."""
    wish.contacted_at = max(wish.contacted_at or spoken, spoken)
    if wish.asked_at is not None and wish.asked_at <= spoken:  # a draft may come days later
        wish.asked_at = None
    session.flush()
    if not is_new:
        note(session, wish, None, act, reached=Reached.SPOKEN)


def _named(act: Act, channel: Channel) -> int | None:
    """Return who is written down as having filed; whoever files for oneself is not.

    Such rows cannot be changed: an account's name would outlast the seeker's.
    """
    return None if channel is Channel.PHONE else act.account_id


def filed_before(session: Session, filing_key: str | None) -> Wish | None:
    """Return the wish that this very filing made before."""
    if filing_key is None:
        return None
    own = select(Wish).join(Consent, Consent.wish_id == Wish.id)
    return session.scalar(own.where(Consent.filing_key == filing_key))


def _new_wish(
    session: Session, act: Act, whose: Seeker, content: Content, channel: Channel
) -> Wish:
    wish = Wish(
        seeker_id=whose.id,
        grid_path=whose.grid_path,
        channel=channel,
        made_at=act.at,
        made_by=_named(act, channel),
        **plain(content),
    )
    session.add(wish)
    session.flush()
    fill(session, wish, content)
    note(session, wish, None, act, by=_named(act, channel))
    act.record(session, "jobs:wish:file", "wish", wish.id, wish.grid_path, channel=channel.value)
    return wish


def change_wish(
    session: Session,
    *,
    actor: Viewer | None,
    at: datetime,
    wish: Wish,
    content: Content,
    version: int | None,
    grid_path: str | None = None,
    address: str = "",
) -> None:
    """Change what is wished for, and where home is.

    Raises InputError beside the field, DomainError for the loser.
    """
    lock(session, wish, version)
    if wish.state not in WAITING:
        raise DomainError("This search for work has ended; open it again first")
    clean = checked(session, content)
    for name, value in plain(clean).items():
        setattr(wish, name, value)
    if grid_path:
        wish.grid_path = session.get_one(Seeker, wish.seeker_id).grid_path = grid_path
    flag_modified(wish, "words")  # the version moves on, also where only its hours are others
    session.flush()
    fill(session, wish, clean)
    Act(actor, at, address).record(session, "jobs:wish:change", "wish", wish.id, wish.grid_path)


def contact(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    wish: Wish,
    reached: Reached,
    words: str = "",
    address: str = "",
) -> None:
    """Write down that a seeker was rung or visited, and what came of it.

    Only who was spoken to counts as reached. Raises InputError (``words``).
    """
    session.refresh(wish, with_for_update=True)
    of_somebody(session, wish)
    act = Act(actor, at, address)
    note(session, wish, None, act, reached=reached, words=tidy(words))
    if reached is Reached.SPOKEN:
        wish.contacted_at, wish.asked_at = at, None
    session.flush()
    act.record(session, "jobs:wish:contact", "wish", wish.id, wish.grid_path, reached=reached.value)


def move_wish(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    wish: Wish,
    verb: WishVerb,
    version: int,
    words: str = "",
    address: str = "",
) -> None:
    """Pause, go on with, end or reopen a wish. Raises DomainError where its state forbids it."""
    assert WISH_MOVES[verb].permission is not None
    lock(session, wish, version)
    of_somebody(session, wish)
    act = Act(actor, at, address)
    if verb is WishVerb.REOPEN and waiting_wish(session, wish.seeker_id) is not None:
        raise DomainError("Another search for work of the same person is under way")
    step(session, wish, verb, act, words=tidy(words))
    act.record(session, f"jobs:wish:{verb.value}", "wish", wish.id, wish.grid_path)


def of_somebody(session: Session, wish: Wish) -> None:
    """Raise DomainError for a wish whose seeker was erased: nobody is there to be helped.

    The caller has the wish's row: whose it is may have changed until then.
    """
    if is_erased(session, wish):
        raise DomainError("This seeker's data was erased already")


def is_erased(session: Session, wish: Wish) -> bool:
    """Whether the seeker of a wish was erased."""
    seeker = session.get_one(Seeker, wish.seeker_id, populate_existing=True)
    return seeker.erased_at is not None


def give_to(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    wish: Wish,
    member_id: int | None,
    address: str = "",
) -> None:
    """Say who looks after a wish."""
    session.refresh(wish, with_for_update=True)
    wish.member_id = member_id
    session.flush()
    Act(actor, at, address).record(
        session, "jobs:wish:give", "wish", wish.id, wish.grid_path, member=member_id
    )


def step(session: Session, wish: Wish, verb: WishVerb, act: Act, *, words: str = "") -> None:
    """Take a wish to its next state, and write the step down."""
    allowed = WISH_MOVES[verb]
    if wish.state not in allowed.froms:
        raise DomainError("This wish has changed meanwhile; here it is as it stands")
    wish.state = allowed.to
    session.flush()
    note(session, wish, verb, act, words=words)


def note(
    session: Session,
    wish: Wish,
    verb: WishVerb | None,
    act: Act,
    *,
    reached: Reached | None = None,
    words: str = "",
    by: int | EllipsisType | None = ...,
) -> None:
    """Write down what happened to a wish; ``by`` is an account, where it is another than acts."""
    session.add(
        WishStep(
            wish_id=wish.id,
            at=act.at,
            by=act.account_id if by is ... else by,
            verb=verb,
            reached=reached,
            state=wish.state,
            words=words,
        )
    )
    session.flush()


def lock(session: Session, wish: Wish, version: int | None) -> None:
    """Take the row for a change; the loser of two is told."""
    session.refresh(wish, with_for_update=True)
    if version is not None and wish.version != version:
        raise DomainError("Somebody else has just changed this; here it is as it stands")


def waiting_wish(session: Session, seeker_id: int) -> Wish | None:
    """Return the wish of a seeker that waits, or is paused."""
    return session.scalar(select(Wish).where(Wish.seeker_id == seeker_id, Wish.state.in_(WAITING)))
