"""Two people at one party: the second is told, and nothing of the first's is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from intranet.errors import DomainError
from intranet.register.models import REGISTERED, Party

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


class ChangedMeanwhile(DomainError):  # noqa: N818 — named for what happened
    """The party is no longer as the one who acts has seen it."""

    def __init__(self) -> None:
        super().__init__("Somebody else changed this party meanwhile; look at it again.")


def take(session: Session, party: Party, version: int | None = None) -> None:
    """Lock the party's row, compare its version and have it raised with the next flush.

    ``version`` is the party's as the form saw it (None: as it was loaded). Personal data has rows
    of its own, so an act that changes nothing else still raises the version, and an erasure that
    was quicker is seen here before anything personal is written again. A team is no matter of the
    register's: nobody corrects, moves or erases it here.
    """
    if party.kind not in REGISTERED:
        raise DomainError("A team changes with its micro-grid only")
    locked = session.execute(
        select(Party.version).where(Party.id == party.id).with_for_update()
    ).scalar_one()
    if locked != party.version or version not in {None, locked}:
        raise ChangedMeanwhile
    flag_modified(party, "is_party_member")
