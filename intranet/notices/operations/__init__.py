"""What may be done with notices: telling them, reading them, choosing and making the deliveries."""

from intranet.notices.operations.addresses import renew_seals
from intranet.notices.operations.choosing import AddressError, Wish, choose
from intranet.notices.operations.delivering import (
    ATTEMPTS_MAX,
    LEASE,
    PAUSES,
    Claim,
    Fate,
    claim,
    finish,
    give_up_unknown,
    is_any_due,
    is_any_unknown,
    retry,
)
from intranet.notices.operations.reading import mark_all_read, mark_read, purge
from intranet.notices.operations.telling import tell, tell_test

__all__ = [
    "ATTEMPTS_MAX",
    "LEASE",
    "PAUSES",
    "AddressError",
    "Claim",
    "Fate",
    "Wish",
    "choose",
    "claim",
    "finish",
    "give_up_unknown",
    "is_any_due",
    "is_any_unknown",
    "mark_all_read",
    "mark_read",
    "purge",
    "renew_seals",
    "retry",
    "tell",
    "tell_test",
]
