"""Job fairs: planned, furnished with booths, their doors, interviews, and what came of them."""

from intranet.jobs.operations.fairs.booths import (
    BOOTHS_MAX,
    Result,
    add_booth,
    choose_posts,
    enter_result,
    remove_booth,
)
from intranet.jobs.operations.fairs.door import (
    check_in,
    clean_token,
    count_walk_in,
    give_pass,
    shown_token,
    undo_walk_in,
)
from intranet.jobs.operations.fairs.interviews import (
    add_slots,
    book,
    refer_at_fair,
    remove_slot,
    unbook,
)
from intranet.jobs.operations.fairs.planning import (
    FairFacts,
    change_fair,
    close_past,
    move_fair,
    plan_fair,
)

__all__ = [
    "BOOTHS_MAX",
    "FairFacts",
    "Result",
    "add_booth",
    "add_slots",
    "book",
    "change_fair",
    "check_in",
    "choose_posts",
    "clean_token",
    "close_past",
    "count_walk_in",
    "enter_result",
    "give_pass",
    "move_fair",
    "plan_fair",
    "refer_at_fair",
    "remove_booth",
    "remove_slot",
    "shown_token",
    "unbook",
    "undo_walk_in",
]
