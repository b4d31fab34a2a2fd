"""Every room's tables, so that the metadata is whole wherever it is needed."""

from intranet.audit import AuditEntry
from intranet.db import db
from intranet.grids import models as grids
from intranet.people import models as people
from intranet.register import models as register

__all__ = ["AuditEntry", "grids", "metadata", "people", "register"]

metadata = db.metadata
