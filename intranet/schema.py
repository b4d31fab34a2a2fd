"""Every room's tables, so that the metadata is whole wherever it is needed."""

from intranet.audit import AuditEntry
from intranet.db import db
from intranet.grids import models as grids
from intranet.once import SubmittedOnce
from intranet.people import models as people
from intranet.register import models as register

__all__ = ["AuditEntry", "SubmittedOnce", "grids", "metadata", "people", "register"]

metadata = db.metadata
