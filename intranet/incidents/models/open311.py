"""The door to the outside (Open311 GeoReport v2): who may write, what was asked, what goes out."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model, PathType
from intranet.grids.models.tree import stored


class Datatype(StrEnum):
    """What an answer is (GeoReport v2, "GET Service Definition")."""

    STRING = "string"
    NUMBER = "number"
    DATETIME = "datetime"
    TEXT = "text"
    SINGLE = "singlevaluelist"
    MULTIPLE = "multivaluelist"


LISTS = frozenset({Datatype.SINGLE, Datatype.MULTIPLE})


class Question(Model):
    """What else is asked of a matter: a field of its service definition.

    ``choices`` holds a line each, "key name". Its code and datatype stay: answers were given to
    them. A notice (``is_variable`` False) only tells the reporter something.
    """

    __tablename__ = "incident_question"
    __table_args__ = (UniqueConstraint("category_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    category_id: Mapped[int] = mapped_column(
        ForeignKey("incident_category.id", ondelete="RESTRICT")
    )
    code: Mapped[str] = mapped_column(Text)
    datatype: Mapped[Datatype] = mapped_column(stored(Datatype))
    is_variable: Mapped[bool] = mapped_column(default=True)
    is_required: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int]
    description: Mapped[str] = mapped_column(Text)
    hint: Mapped[str] = mapped_column(Text, default="")  # datatype_description
    choices: Mapped[str] = mapped_column(Text, default="")
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 — SQLAlchemy's own spelling

    @property
    def values(self) -> dict[str, str]:
        """The choices: name by key, in the order entered."""
        lines = (line.partition(" ") for line in self.choices.splitlines())
        return {key: name for key, _space, name in lines}


class Answer(Model):
    """What a reporter answered; several choices a line each. Free text stays in the house."""

    __tablename__ = "incident_answer"

    incident_id: Mapped[int] = mapped_column(
        ForeignKey("incident.id", ondelete="CASCADE"), primary_key=True
    )
    question_id: Mapped[int] = mapped_column(
        ForeignKey("incident_question.id", ondelete="RESTRICT"), primary_key=True, index=True
    )
    value: Mapped[str] = mapped_column(Text)


class Client(Model):
    """A system of others that may send reports into one part of the tree; its key is a hash."""

    __tablename__ = "open311_client"
    __table_args__ = (
        UniqueConstraint("key_hash"),
        CheckConstraint("per_minute > 0", name="some_requests"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    contact: Mapped[str] = mapped_column(Text, default="")  # the office that runs it
    grid_path: Mapped[str] = mapped_column(
        PathType, ForeignKey("grid.path", onupdate="CASCADE", ondelete="RESTRICT"), index=True
    )
    key_hash: Mapped[str] = mapped_column(Text)
    key_start: Mapped[str] = mapped_column(Text)  # enough to tell keys apart, useless alone
    per_minute: Mapped[int]
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class OutsideReport(Model):
    """Which client sent an incident, and the addresses of pictures it named but did not send."""

    __tablename__ = "open311_report"

    incident_id: Mapped[int] = mapped_column(
        ForeignKey("incident.id", ondelete="CASCADE"), primary_key=True
    )
    client_id: Mapped[int] = mapped_column(
        ForeignKey("open311_client.id", ondelete="RESTRICT"), index=True
    )
    media_urls: Mapped[str] = mapped_column(Text, default="")  # a line each


class OutsideUpdate(Model):
    """An update a client sent, under its own number: sent again it is the same event."""

    __tablename__ = "open311_update"
    __table_args__ = (UniqueConstraint("event_id"),)

    client_id: Mapped[int] = mapped_column(
        ForeignKey("open311_client.id", ondelete="RESTRICT"), primary_key=True
    )
    update_id: Mapped[str] = mapped_column(Text, primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id", ondelete="CASCADE"))
    event_id: Mapped[int] = mapped_column(ForeignKey("incident_event.id", ondelete="RESTRICT"))


class Release(Model):
    """What staff let out of one incident: words of theirs, its exact place, perhaps its photos.

    ``token`` is in the photos' addresses; taking the release back makes it lead nowhere.
    """

    __tablename__ = "incident_release"
    __table_args__ = (UniqueConstraint("token"),)

    incident_id: Mapped[int] = mapped_column(
        ForeignKey("incident.id", ondelete="CASCADE"), primary_key=True
    )
    words: Mapped[str] = mapped_column(Text)
    token: Mapped[str] = mapped_column(Text)
    released_at: Mapped[datetime]
    released_by_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))


class ReleasePhoto(Model):
    """One photo of a release, and the very file that was looked at before it went out.

    ``let_out_key`` is compared with the photo's key, and keeps no file from being swept away.
    """

    __tablename__ = "incident_release_photo"

    incident_id: Mapped[int] = mapped_column(
        ForeignKey("incident_release.incident_id", ondelete="CASCADE"), primary_key=True
    )
    attachment_id: Mapped[int] = mapped_column(
        ForeignKey("incident_attachment.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    let_out_key: Mapped[str] = mapped_column(Text)


class AskedCount(Model):
    """How often somebody asked in the running minute: a client, or a hashed address."""

    __tablename__ = "open311_asked"

    who: Mapped[str] = mapped_column(Text, primary_key=True)
    minute: Mapped[int] = mapped_column(index=True)  # minutes since 1970
    count: Mapped[int]
