"""What may be done to parties and to the personal data behind them."""

from intranet.register.operations.parties import (
    change_party,
    create_party,
    leave,
    move,
    return_home,
)
from intranet.register.operations.personal import (
    erase,
    set_personal,
    unmask,
)

__all__ = [
    "change_party",
    "create_party",
    "erase",
    "leave",
    "move",
    "return_home",
    "set_personal",
    "unmask",
]
