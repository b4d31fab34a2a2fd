"""What may be done to parties and to the personal data behind them."""

from intranet.register.operations.handing_over import note_handing_over
from intranet.register.operations.parties import (
    change_party,
    create_party,
    leave,
    move,
    return_home,
)
from intranet.register.operations.personal import (
    clean,
    erase,
    set_personal,
    unmask,
)
from intranet.register.operations.seals import renew_seals
from intranet.register.operations.versions import ChangedMeanwhile

__all__ = [
    "ChangedMeanwhile",
    "change_party",
    "clean",
    "create_party",
    "erase",
    "leave",
    "move",
    "note_handing_over",
    "renew_seals",
    "return_home",
    "set_personal",
    "unmask",
]
