"""Occupations by the national codes, and the skills and certificates that people have."""

from __future__ import annotations

import re
from enum import StrEnum

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model, PathType
from intranet.grids.models.tree import stored

# 大类-中类-小类-细类; the last three may be missing.
CODE = re.compile(r"[1-8](-\d\d(-\d\d(-\d\d)?)?)?", re.ASCII)


class Occupation(Model):
    """One line of 职业分类大典: ``4``, ``4-10``, ``4-10-01`` or ``4-10-01-05``.

    What lies below a code begins with it and a dash.
    """

    __tablename__ = "jobs_occupation"

    code: Mapped[str] = mapped_column(PathType, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    # What people say for it, separated by spaces: 保姆 阿姨 for 家政服务员.
    also: Mapped[str] = mapped_column(Text, default="")


class SkillKind(StrEnum):
    """What a skill is."""

    SKILL = "skill"
    CERTIFICATE = "certificate"


class Skill(Model):
    """What one can do, or a certificate that one holds; posts and wishes name the same ones."""

    __tablename__ = "jobs_skill"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[SkillKind] = mapped_column(stored(SkillKind))
    name: Mapped[str] = mapped_column(Text, unique=True)
