"""Companies that offer work, what was seen of them, and who may act for them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import cast

from sqlalchemy import CheckConstraint, ForeignKey, Index, Table, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model, PathType, append_only, made_with
from intranet.grids.models.tree import stored
from intranet.guards import refusing


class CompanyState(StrEnum):
    """Whether what a company offers may be seen."""

    UNVERIFIED = "unverified"  # 待核验
    VERIFIED = "verified"  # 已核验
    SUSPENDED = "suspended"  # 已停用: nothing of it is seen


COMPANY_MOVES: dict[CompanyState, frozenset[CompanyState]] = {
    CompanyState.UNVERIFIED: frozenset({CompanyState.VERIFIED, CompanyState.SUSPENDED}),
    CompanyState.VERIFIED: frozenset({CompanyState.VERIFIED, CompanyState.SUSPENDED}),
    CompanyState.SUSPENDED: frozenset({CompanyState.UNVERIFIED}),
}


class Company(Model):
    """A shop or company of the register that offers work; its name and credit code stand there."""

    __tablename__ = "jobs_company"
    __table_args__ = (
        UniqueConstraint("party_id"),
        Index("ix_jobs_company_grid_path_id", "grid_path", "id"),
        Index("ix_jobs_company_state_recheck_due_on", "state", "recheck_due_on"),
        CheckConstraint(
            "state <> 'verified' OR (verified_by IS NOT NULL AND verified_at IS NOT NULL"
            " AND licence_seen_on IS NOT NULL AND recheck_due_on IS NOT NULL)",
            name="verified_by_what_was_seen",
        ),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="placed_whole"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("party.id", ondelete="RESTRICT"))
    grid_path: Mapped[str] = mapped_column(
        PathType, ForeignKey("grid.path", onupdate="CASCADE", ondelete="RESTRICT")
    )
    state: Mapped[CompanyState] = mapped_column(
        stored(CompanyState), default=CompanyState.UNVERIFIED
    )
    words: Mapped[str] = mapped_column(Text, default="")  # 单位基本情况
    address: Mapped[str] = mapped_column(Text)
    latitude: Mapped[float | None]  # WGS84
    longitude: Mapped[float | None]
    licence_seen_on: Mapped[date | None]  # 营业执照
    # 经办人: who came with the company's letter of authorisation, and when both were seen.
    handler_name: Mapped[str] = mapped_column(Text, default="")
    handler_seen_on: Mapped[date | None]
    verified_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    verified_at: Mapped[datetime | None]
    recheck_due_on: Mapped[date | None]
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 — SQLAlchemy's own spelling


class Handler(Model):
    """Who acts for a company: identity and letter of authorisation were seen: 经办人."""

    __tablename__ = "jobs_handler"
    __table_args__ = (
        UniqueConstraint("company_id", "account_id"),
        Index("ix_jobs_handler_account_id", "account_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("jobs_company.id", ondelete="RESTRICT"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    letter_seen_on: Mapped[date]
    seen_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    ends_on: Mapped[date | None]  # the first day on which it is none any more


class CompanyStep(Model):
    """What happened to a company's standing, by whom and why; append-only."""

    __tablename__ = "jobs_company_step"
    __table_args__ = (Index("ix_jobs_company_step_company_id_id", "company_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("jobs_company.id", ondelete="RESTRICT"))
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    state: Mapped[CompanyState] = mapped_column(stored(CompanyState))
    words: Mapped[str] = mapped_column(Text, default="")


# Whoever stops a company takes down what it offers first, in the same transaction.
STILL_SEEN = {
    "jobs_company of published posts stays verified": (
        "NEW.state <> 'verified' AND EXISTS (SELECT 1 FROM jobs_post"
        " WHERE company_id = NEW.id AND state = 'published')"
    )
}

# One that an earlier release verified stands until its papers are seen again.
UNAUTHORISED = "NEW.state = 'verified' AND (NEW.handler_seen_on IS NULL OR NEW.handler_name = '')"
AGAIN = (
    "(OLD.state <> 'verified' OR OLD.verified_at <> NEW.verified_at"
    " OR OLD.handler_seen_on IS NOT NULL)"
)


def company_guards(dialect: str) -> list[str]:
    """Return the statements that keep a company verified while posts of it are seen.

    None is verified unless somebody was seen whom it authorised.
    """
    words = "jobs_company is verified with a handler it authorised"
    changed = {**STILL_SEEN, words: f"{UNAUTHORISED} AND {AGAIN}"}
    new = refusing("jobs_company", {words: UNAUTHORISED}, dialect, name="jobs_company_guard_new")
    return [*refusing("jobs_company", changed, dialect, act="UPDATE"), *new]


made_with(cast("Table", Company.__table__), company_guards)
append_only(cast("Table", CompanyStep.__table__))
