"""What was said through a camera: by whom, when, what became of it, and the sound itself."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from functools import partial

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model, made_with
from intranet.grids.models.tree import stored
from intranet.media.door import TalkDriver, TalkTrouble


class TalkKind(StrEnum):
    """How it came."""

    CLIP = "clip"  # recorded, then sent
    LIVE = "live"  # spoken while the key was held
    TEST = "test"  # the chime of "test loudspeaker"


class TalkState(StrEnum):
    """How far it has come."""

    WAITING = "waiting"  # sent; the media worker has not taken it yet
    CALLING = "calling"  # taken; the camera is being called
    SPEAKING = "speaking"  # the first packet has gone
    HEARD = "heard"  # all of it was sent
    FAILED = "failed"


OPEN = (TalkState.WAITING, TalkState.CALLING, TalkState.SPEAKING)


class Talk(Model):
    """One thing said. Nothing of it is changed once it is over; the sound goes in time.

    One at a time at a camera: the database itself refuses a second.
    """

    __tablename__ = "talk"
    __table_args__ = (
        Index(
            "uq_talk_open_camera_id",
            "camera_id",
            unique=True,
            sqlite_where=text("state IN ('waiting', 'calling', 'speaking')"),
            postgresql_where=text("state IN ('waiting', 'calling', 'speaking')"),
        ),
        Index("ix_talk_camera_id_said_at", "camera_id", "said_at"),
        Index("ix_talk_state_id", "state", "id"),
        Index("ix_talk_file_key", "file_key"),
        # Said again once at most: what failed a second time is followed by that one's.
        Index("uq_talk_again_of", "again_of", unique=True),
        Index(
            "ix_talk_about",
            "about",
            sqlite_where=text("about <> ''"),
            postgresql_where=text("about <> ''"),
        ),
        CheckConstraint("(state = 'failed') = (trouble IS NOT NULL)", name="failed_for_a_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    camera_id: Mapped[int] = mapped_column(ForeignKey("camera.id", ondelete="RESTRICT"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    role: Mapped[str] = mapped_column(Text)
    kind: Mapped[TalkKind] = mapped_column(stored(TalkKind))
    state: Mapped[TalkState] = mapped_column(stored(TalkState))
    trouble: Mapped[TalkTrouble | None] = mapped_column(stored(TalkTrouble))
    driver: Mapped[TalkDriver | None] = mapped_column(stored(TalkDriver))
    said_at: Mapped[datetime]  # sent by whoever speaks
    taken_at: Mapped[datetime | None]
    began_at: Mapped[datetime | None]  # the first packet went
    ended_at: Mapped[datetime | None]
    # Sealed; empty once the time for keeping it is over, or while it is still being spoken.
    file_key: Mapped[str] = mapped_column(Text, default="")
    media_type: Mapped[str] = mapped_column(Text, default="")
    sound_milliseconds: Mapped[int] = mapped_column(default=0)
    spoken_milliseconds: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(Text, default="")  # why in the quiet hours
    # The number of what it is about, given by the room that keeps such numbers; empty for none.
    about: Mapped[str] = mapped_column(Text, default="")
    phrase_id: Mapped[int | None] = mapped_column(ForeignKey("talk_phrase.id", ondelete="RESTRICT"))
    transcript: Mapped[str] = mapped_column(Text, default="")  # written down by a person
    # Said through several cameras at once: what it is a part of.
    broadcast_id: Mapped[int | None] = mapped_column(
        ForeignKey("talk_broadcast.id", ondelete="RESTRICT"), index=True
    )
    # What failed before this: whoever said it then says it anew.
    again_of: Mapped[int | None] = mapped_column(ForeignKey("talk.id", ondelete="RESTRICT"))


class Misuse(Model):
    """Somebody finds that a camera was spoken through as it should not be; who looked at it.

    One at a time of each person about each: the database itself refuses a second.
    """

    __tablename__ = "talk_misuse"
    __table_args__ = (
        Index(
            "uq_talk_misuse_open",
            "talk_id",
            "account_id",
            unique=True,
            sqlite_where=text("seen_at IS NULL"),
            postgresql_where=text("seen_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    talk_id: Mapped[int] = mapped_column(ForeignKey("talk.id", ondelete="RESTRICT"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    at: Mapped[datetime]
    words: Mapped[str] = mapped_column(Text)
    seen_at: Mapped[datetime | None]
    seen_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    remark: Mapped[str] = mapped_column(Text, default="")


# What is over stays as it ended: who, where, when, how far. Its sound goes in time, and its words
# may be written down.
OF_A_TALK = (
    "camera_id, account_id, role, kind, state, trouble, driver, said_at, taken_at, began_at, "
    "ended_at, spoken_milliseconds, reason, about, phrase_id, broadcast_id, again_of"
)
OVER = "OLD.state IN ('heard', 'failed')"
OF_A_MISUSE = "talk_id, account_id, at, words, seen_at, seen_by, remark"
SEEN = "OLD.seen_at IS NOT NULL"


def kept_once(table: str, columns: str, over: str, dialect: str) -> list[str]:
    """Return the statements that keep rows: none is deleted, none changed where ``over`` holds."""
    what = {"delete": ("DELETE", ""), "change": (f"UPDATE OF {columns}", f" WHEN ({over})")}
    refused = {name: f"{table} keeps its rows: no {name}" for name in what}
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{name} BEFORE {act} ON {table}{when} "
            f"BEGIN SELECT RAISE(ABORT, '{refused[name]}'); END"
            for name, (act, when) in what.items()
        ]
    made = []
    for name, (act, when) in what.items():
        refuse = f"BEGIN RAISE EXCEPTION '{refused[name]}'; END"
        call = f"{table}_no_{name}()"
        made += [
            f"CREATE OR REPLACE FUNCTION {call} RETURNS trigger AS $$ {refuse} $$ LANGUAGE plpgsql",
            (
                f"CREATE TRIGGER {table}_no_{name} BEFORE {act} ON {table} FOR EACH ROW{when} "
                f"EXECUTE FUNCTION {call}"
            ),
        ]
    return made


for _table, _columns, _over in (
    (Talk.__table__, OF_A_TALK, OVER),
    (Misuse.__table__, OF_A_MISUSE, SEEN),
):
    made_with(_table, partial(kept_once, _table.name, _columns, _over))  # type: ignore[arg-type,attr-defined]
