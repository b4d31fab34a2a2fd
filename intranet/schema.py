"""Every room's tables, so that the metadata is whole wherever it is needed, and its upgrades."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from intranet.audit import AuditEntry
from intranet.cameras import models as cameras
from intranet.db import db
from intranet.grids import models as grids
from intranet.incidents import models as incidents
from intranet.jobs import models as jobs
from intranet.notices import models as notices
from intranet.once import SubmittedOnce
from intranet.people import models as people
from intranet.points import models as points
from intranet.register import models as register

__all__ = [
    "AuditEntry",
    "SubmittedOnce",
    "cameras",
    "grids",
    "incidents",
    "jobs",
    "metadata",
    "notices",
    "people",
    "points",
    "register",
]

metadata = db.metadata
MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def upgrade_database() -> None:
    """Run all migrations on the current app's database."""
    from alembic import command

    command.upgrade(_alembic(), "head")


def newest_migration() -> str | None:
    """Return the id of the newest migration in this version's tree."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_alembic()).get_current_head()


def _alembic() -> Any:
    """Return Alembic's configuration; migrations/env.py takes the engine from the current app."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
