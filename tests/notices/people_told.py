"""People with channels of their own, and things to tell them."""

from __future__ import annotations

from factories import AT, create_account, viewer_of
from sqlalchemy import select

from intranet.db import db
from intranet.i18n import N_
from intranet.notices import operations
from intranet.notices.models import Notice, NoticeDelivery, Topic

WORDS = N_("This is a test you asked for. Notices reach you this way.")
NO_QUIET = (0, 0)


def create_person(town, number=1, channels=("sms",), topics=tuple(Topic), minutes=NO_QUIET):
    """Return an account that wants these topics through these channels."""
    account = create_account("micro_member", town.micros[0].path)
    choose(account, town, dict.fromkeys(channels, topics), number, minutes)
    return account


def choose(account, town, wanted, number=1, minutes=NO_QUIET):
    """Have a person choose, as the page does."""
    operations.choose(
        db.session(),
        actor=viewer_of(account, ("micro_member", town.micros[0].path)),
        wishes={
            name: operations.Wish(frozenset(topics), address_of(name, number))
            for name, topics in wanted.items()
        },
        from_minute=minutes[0],
        to_minute=minutes[1],
        at=AT,
        address="",
    )
    db.session.commit()


def address_of(channel, number):
    return f"person{number}@example.cn" if channel == "mail" else f"138{number:08d}"


def tell(town, people, key="k1", commit=True, **changed):
    """Tell people something, urgently unless said otherwise."""
    told = operations.tell(
        db.session(),
        **{
            "to": [getattr(one, "id", one) for one in people],
            "key": key,
            "topic": Topic.INCIDENT_ASSIGNED,
            "words": WORDS,
            "params": {},
            "url": "/notices",
            "urgent": True,
            "at": AT,
            "grid_path": town.micros[0].path,
            **changed,
        },
    )
    if commit:
        db.session.commit()
    return told


def deliveries():
    """Return all deliveries as they are now, in the order they were told."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(NoticeDelivery).order_by(NoticeDelivery.id)).all()


def notices():
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(Notice).order_by(Notice.id)).all()
