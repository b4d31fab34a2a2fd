"""What may be done to an incident, and by when."""

from intranet.incidents.operations.alarms import sound, waiting
from intranet.incidents.operations.catalogue import (
    STANDARD,
    Matter,
    add_category,
    change_category,
    close_category,
    install_standard,
)
from intranet.incidents.operations.clocks import Clocks, StageLimit, Step, clocks
from intranet.incidents.operations.contacts import renew_seals, unmask_contact
from intranet.incidents.operations.history import (
    Act,
    Overtaken,
    Standing,
    follow,
    replay,
    take,
    tie,
)
from intranet.incidents.operations.holding import Assignee, assignees, hands, worker_ids
from intranet.incidents.operations.limits import (
    ORDINARY_DEFAULTS,
    URGENT_DEFAULTS,
    LimitBook,
    drop_legal_day,
    drop_limit,
    last_known_year,
    read_calendar,
    read_limits,
    set_legal_day,
    set_limit,
    steps_of,
)
from intranet.incidents.operations.merging import merge, unmerge
from intranet.incidents.operations.moves import TABLE, Brings, desk_of, perform
from intranet.incidents.operations.photos import Stored, add_files, attach, has_result_photo
from intranet.incidents.operations.recount_order import ask_recount, latest_recount
from intranet.incidents.operations.recounting import recount_batch
from intranet.incidents.operations.reporting import Report, amend, report
from intranet.incidents.operations.rules import MERGE_WINDOW, REOPEN_WINDOW, Try, barred
from intranet.incidents.operations.working_time import WorkCalendar, due, elapsed

__all__ = [
    "MERGE_WINDOW",
    "ORDINARY_DEFAULTS",
    "REOPEN_WINDOW",
    "STANDARD",
    "TABLE",
    "URGENT_DEFAULTS",
    "Act",
    "Assignee",
    "Brings",
    "Clocks",
    "LimitBook",
    "Matter",
    "Overtaken",
    "Report",
    "StageLimit",
    "Standing",
    "Step",
    "Stored",
    "Try",
    "WorkCalendar",
    "add_category",
    "add_files",
    "amend",
    "ask_recount",
    "assignees",
    "attach",
    "barred",
    "change_category",
    "clocks",
    "close_category",
    "desk_of",
    "drop_legal_day",
    "drop_limit",
    "due",
    "elapsed",
    "follow",
    "hands",
    "has_result_photo",
    "install_standard",
    "last_known_year",
    "latest_recount",
    "merge",
    "perform",
    "read_calendar",
    "read_limits",
    "recount_batch",
    "renew_seals",
    "replay",
    "report",
    "set_legal_day",
    "set_limit",
    "sound",
    "steps_of",
    "take",
    "tie",
    "unmask_contact",
    "unmerge",
    "waiting",
    "worker_ids",
]
