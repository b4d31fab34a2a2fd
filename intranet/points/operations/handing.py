"""Goods handed over without their code: never to one's own home, told there, looked through."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from intranet.access import Permission, Viewer
from intranet.acts import Act
from intranet.clock import BEIJING
from intranet.errors import DomainError, InputError
from intranet.i18n import N_
from intranet.notices.models import Topic
from intranet.notices.operations import tell
from intranet.people.operations.answering import who_answers
from intranet.points.models import Goods, Handing, Redemption
from intranet.points.operations.telling import at_home
from intranet.register.models import Party

WORDS_MAX = 500
HANDED = N_(
    "Handed over without the code on %(when)s: %(goods)s × %(quantity)s, %(points)s points. By"
    " whom, and how to object, stands there."
)
OBJECTED = N_("A home objects to what was handed over without the code: %(goods)s × %(quantity)s")
ANSWERED = N_("Your objection to what was handed over is answered: %(goods)s × %(quantity)s")


def check_not_own(session: Session, actor: Viewer, party_id: int) -> None:
    """Refuse whoever the points are of, or who lives with them."""
    party = session.get_one(Party, party_id)
    if {party.id, party.household_id} & set(actor.party_ids):
        raise DomainError("It is your own home's; somebody else hands it over")


def note_handing(session: Session, redemption: Redemption, *, reason: str, act: Act) -> Handing:
    """Put what was just handed over without the code on the leaders' list, and tell the home."""
    made = Handing(redemption_id=redemption.id, reason=reason, told=0)
    session.add(made)
    session.flush()
    made.told = _tell(
        session,
        made,
        to=at_home(session, redemption.party_id),
        words=HANDED,
        url=f"/points/redemptions/{redemption.id}",
        at=act.at,
    )
    session.flush()
    return made


def object_to_handing(
    session: Session, handing: Handing, *, words: str, actor: Viewer, at: datetime, address: str
) -> None:
    """Say that this was not right; a leader looks into it, even where one did before.

    Raises InputError without words, DomainError where it was objected to already.
    """
    session.refresh(handing, with_for_update=True)
    if handing.objected_at is not None:
        raise DomainError("Your home objected already; the answer stands here when there is one")
    handing.objection = _said(words, "words")
    handing.objected_by, handing.objected_at = actor.account_id, at
    handing.looked_by, handing.looked_at, handing.answer = None, None, ""
    session.flush()
    redemption = session.get_one(Redemption, handing.redemption_id)
    goods = session.get_one(Goods, redemption.goods_id)
    leaders = who_answers(
        session,
        grid_path=goods.grid_path,
        permission=Permission.POINTS_OBJECTION_DECIDE,
        but={redemption.done_by or 0, *at_home(session, redemption.party_id)},
    )
    _tell(session, handing, to=leaders, words=OBJECTED, url="/points/handed", at=at)
    _record(session, Act(actor, at, address), "object", redemption, goods)


def look_through(
    session: Session,
    handing: Handing,
    *,
    version: int,
    answer: str,
    actor: Viewer,
    at: datetime,
    address: str,
) -> None:
    """Note that a leader has looked at it, with an answer where the home objected.

    Raises InputError where that is missing; DomainError for whoever handed it over or lives there,
    and where it changed meanwhile.
    """
    session.refresh(handing, with_for_update=True)
    if handing.version != version or handing.looked_at is not None:
        raise DomainError("Somebody else has just changed this; here it is as it stands")
    redemption = session.get_one(Redemption, handing.redemption_id)
    if redemption.done_by == actor.account_id:
        raise DomainError("You handed it over yourself; another leader looks at it")
    check_not_own(session, actor, redemption.party_id)
    handing.answer = _said(answer, "answer") if answer.strip() or handing.objected_at else ""
    handing.looked_by, handing.looked_at = actor.account_id, at
    session.flush()
    goods = session.get_one(Goods, redemption.goods_id)
    if handing.objected_at is not None:
        home = at_home(session, redemption.party_id)
        url = f"/points/redemptions/{redemption.id}"
        _tell(session, handing, to=home, words=ANSWERED, url=url, at=at)
    _record(session, Act(actor, at, address), "look", redemption, goods)


def forget_handings(session: Session, *, limit: int) -> int:
    """Empty what was written about handings to some erased parties; return how many."""
    has_words = or_(Handing.reason != "", Handing.objection != "", Handing.answer != "")
    found = session.scalars(
        select(Handing.id)
        .join(Redemption, Redemption.id == Handing.redemption_id)
        .join(Party, Party.id == Redemption.party_id)
        .where(Party.erased_at.is_not(None), has_words)
        .order_by(Handing.id)
        .limit(limit)
    ).all()
    if found:
        emptied = {"reason": "", "objection": "", "answer": "", "version": Handing.version + 1}
        session.execute(
            update(Handing)
            .where(Handing.id.in_(found))
            .values(emptied)
            .execution_options(synchronize_session=False)
        )
        session.expire_all()
    return len(found)


def _said(words: str, field: str) -> str:
    tidy = " ".join(words.split())
    if not 2 <= len(tidy) <= WORDS_MAX:
        raise InputError("Please say a few words", field)
    return tidy


def _tell(
    session: Session,
    handing: Handing,
    *,
    to: Collection[int],
    words: str,
    url: str,
    at: datetime,
) -> int:
    """Tell what became of a handing; by whom is on the page alone, for notices leave the house."""
    redemption = session.get_one(Redemption, handing.redemption_id)
    goods = session.get_one(Goods, redemption.goods_id)
    return tell(
        session,
        to=to,
        key=f"points:handing:{handing.id}:{handing.version}",
        topic=Topic.POINTS,
        words=words,
        params={
            "goods": goods.title,
            "quantity": redemption.quantity,
            "points": redemption.points,
            "when": f"{(redemption.done_at or at).astimezone(BEIJING):%Y-%m-%d %H:%M}",
        },
        url=url,
        urgent=False,
        at=at,
        grid_path=goods.grid_path,
    )


def _record(session: Session, act: Act, verb: str, redemption: Redemption, goods: Goods) -> None:
    action = f"points:handing:{verb}"
    act.record(session, action, "redemption", redemption.id, goods.grid_path)
