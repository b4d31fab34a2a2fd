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
from intranet.register.operations.teams import dissolve_team, name_team, open_team, team_at
from intranet.register.operations.versions import ChangedMeanwhile

__all__ = [
    "ChangedMeanwhile",
    "change_party",
    "clean",
    "create_party",
    "dissolve_team",
    "erase",
    "leave",
    "move",
    "name_team",
    "note_handing_over",
    "open_team",
    "renew_seals",
    "return_home",
    "set_personal",
    "team_at",
    "unmask",
]
