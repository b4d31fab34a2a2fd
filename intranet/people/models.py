"""Accounts, what they may be where, their sessions and the attempts to log in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from intranet.access import Role
from intranet.db import Model, PathType


class Account(Model):
    """One login: a person's or a device's."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(Text, unique=True)
    display_name: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str] = mapped_column(Text)
    locale: Mapped[str] = mapped_column(Text, default="zh_CN")
    party_id: Mapped[int | None] = mapped_column(ForeignKey("party.id", ondelete="SET NULL"))
    is_device: Mapped[bool] = mapped_column(default=False)
    must_change_password: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    grants: Mapped[list[RoleGrant]] = relationship(
        back_populates="account",
        lazy="raise",
        order_by="RoleGrant.id",
        foreign_keys="RoleGrant.account_id",
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 — SQLAlchemy's own spelling


class RoleGrant(Model):
    """A role at one node of the grid tree, from a day to a day; ended, never deleted."""

    __tablename__ = "role_grant"
    __table_args__ = (
        Index("ix_role_grant_account_id_ended_at", "account_id", "ended_at"),
        CheckConstraint("ended_at IS NULL OR ended_at >= granted_at", name="ends_after_start"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    role: Mapped[Role] = mapped_column(
        Enum(Role, native_enum=False, values_callable=lambda e: [m.value for m in e], length=20)
    )
    grid_path: Mapped[str] = mapped_column(
        PathType, ForeignKey("grid.path", onupdate="CASCADE", ondelete="RESTRICT"), index=True
    )
    granted_at: Mapped[datetime]
    granted_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    ended_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship(
        back_populates="grants", lazy="raise", foreign_keys=[account_id]
    )


class LoginSession(Model):
    """One browser that is logged in.

    Only a hash of its key is kept, so a copy of the database opens no session.
    """

    __tablename__ = "login_session"
    __table_args__ = (UniqueConstraint("key_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(Text)
    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(Text)
    browser: Mapped[str] = mapped_column(Text)

    account: Mapped[Account] = relationship(lazy="raise")


class LoginAttempt(Model):
    """One failed or successful try; the throttle counts these, so it survives a restart."""

    __tablename__ = "login_attempt"
    __table_args__ = (
        Index("ix_login_attempt_username_at", "username", "at"),
        Index("ix_login_attempt_address_at", "address", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    succeeded: Mapped[bool]
