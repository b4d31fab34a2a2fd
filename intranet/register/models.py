"""Parties — persons, households, shops, companies, teams — with personal data in its own tables.

Everything else points to ``party.id``; erasing a person empties the personal tables and leaves
the party standing, so that no roster, ledger or incident loses its reference.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model, PathType


class PartyKind(StrEnum):
    """What a party is."""

    PERSON = "person"
    HOUSEHOLD = "household"
    SHOP = "shop"
    COMPANY = "company"
    TEAM = "team"  # 1+1+N of a micro-grid: made with it, has no personal data


# What the register lists and counts. A team is no one who lives or trades there.
REGISTERED = (PartyKind.PERSON, PartyKind.HOUSEHOLD, PartyKind.SHOP, PartyKind.COMPANY)
# Whose name is public, and may be written anywhere.
PUBLICLY_NAMED = frozenset({PartyKind.SHOP, PartyKind.COMPANY, PartyKind.TEAM})
_A_TEAM = text("kind = 'team'")


class PersonalField(StrEnum):
    """The fields that are masked until somebody gives a reason."""

    NAME = "name"
    PHONE = "phone"
    ID_NUMBER = "id_number"
    ADDRESS = "address"
    HEALTH = "health"


class Party(Model):
    """One who lives or trades in a micro-grid (or belongs to a dedicated grid)."""

    __tablename__ = "party"
    __table_args__ = (
        Index("ix_party_grid_path_kind_id", "grid_path", "kind", "id"),
        # For the counts above a town's list: of a kind that is rare all would be gone through.
        Index("ix_party_kind_grid_path", "kind", "grid_path"),
        UniqueConstraint("credit_code"),
        # One team a micro-grid. Its place is the grid itself and never another: see teams.py.
        Index(
            "uq_party_team",
            "grid_path",
            unique=True,
            sqlite_where=_A_TEAM,
            postgresql_where=_A_TEAM,
        ),
        CheckConstraint(
            "credit_code IS NULL OR kind IN ('shop', 'company')", name="credit_code_of_business"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[PartyKind] = mapped_column(
        Enum(
            PartyKind, native_enum=False, values_callable=lambda e: [m.value for m in e], length=20
        )
    )
    grid_path: Mapped[str] = mapped_column(
        PathType, ForeignKey("grid.path", onupdate="CASCADE", ondelete="RESTRICT")
    )
    # A shop's or company's trading name is public, and a team's, which is its grid's; a person's
    # name is personal data, elsewhere.
    public_name: Mapped[str] = mapped_column(Text, default="")
    credit_code: Mapped[str | None] = mapped_column(Text)  # 统一社会信用代码, GB 32100-2015
    household_id: Mapped[int | None] = mapped_column(
        ForeignKey("party.id", ondelete="SET NULL"), index=True
    )
    is_party_member: Mapped[bool] = mapped_column(default=False)  # 中共党员
    created_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 — SQLAlchemy's own spelling


class PersonalDatum(Model):
    """One personal field of one party; gone when the party is erased."""

    __tablename__ = "personal_datum"
    __table_args__ = (UniqueConstraint("party_id", "field"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("party.id", ondelete="CASCADE"))
    field: Mapped[PersonalField] = mapped_column(
        Enum(
            PersonalField,
            native_enum=False,
            values_callable=lambda e: [m.value for m in e],
            length=20,
        )
    )
    value: Mapped[str] = mapped_column(Text)
    masked: Mapped[str] = mapped_column(Text)
    entered_at: Mapped[datetime]


class PartyWord(Model):
    """One word by which a party is found; personal, so it goes when the party is erased."""

    __tablename__ = "party_word"
    __table_args__ = (Index("ix_party_word_party_id", "party_id"),)

    word: Mapped[str] = mapped_column(PathType, primary_key=True)
    party_id: Mapped[int] = mapped_column(
        ForeignKey("party.id", ondelete="CASCADE"), primary_key=True
    )


class FormerHome(Model):
    """A household in which a person lived, until when; the one of now stands with the person."""

    __tablename__ = "party_former_home"
    __table_args__ = (Index("ix_party_former_home_party_id_until", "party_id", "until"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("party.id", ondelete="RESTRICT"))
    household_id: Mapped[int] = mapped_column(ForeignKey("party.id", ondelete="RESTRICT"))
    until: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))


class PartyMove(Model):
    """Since when a party belongs to which grid; the rows of a party are its history of places."""

    __tablename__ = "party_move"
    __table_args__ = (Index("ix_party_move_party_id_at", "party_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("party.id", ondelete="RESTRICT"))
    grid_path: Mapped[str] = mapped_column(
        PathType,
        ForeignKey("grid.path", onupdate="CASCADE", ondelete="RESTRICT"),
        index=True,
        info={"past": True},  # says where it was, see grids/operations/tree.py
    )
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
