"""What happens to companies, posts, wishes and referrals."""

from __future__ import annotations

from intranet.jobs.operations.following import (
    Answer,
    follow_up,
)
from intranet.jobs.operations.people import (
    CONSENT,
    Person,
    alike,
    clean_person,
    erase_seeker,
    renew_seals,
    unmask_seeker,
)
from intranet.jobs.operations.placing import (
    LEAVING,
    Terms,
    leave,
    place,
    undo_place,
)
from intranet.jobs.operations.referring import (
    END_REASONS,
    Seen,
    end_referral,
    invite,
    offer,
    refer,
    skip,
)
from intranet.jobs.operations.searching import (
    SOME,
    index_company,
    index_post,
    index_posts,
    reindex_some,
)
from intranet.jobs.operations.standard import (
    OCCUPATIONS,
    Line,
    read_occupations,
    take_occupations,
    take_standard,
)
from intranet.jobs.operations.telling import (
    handlers_of,
)
from intranet.jobs.operations.turns import (
    take_turn,
)
from intranet.jobs.operations.wishing import (
    AlikeError,
    Content,
    Hours,
    Trade,
    change_wish,
    contact,
    file_wish,
    give_to,
    move_wish,
    waiting_wish,
)

__all__ = [
    "CONSENT",
    "END_REASONS",
    "LEAVING",
    "OCCUPATIONS",
    "SOME",
    "AlikeError",
    "Answer",
    "Content",
    "Hours",
    "Line",
    "Person",
    "Seen",
    "Terms",
    "Trade",
    "alike",
    "change_wish",
    "clean_person",
    "contact",
    "end_referral",
    "erase_seeker",
    "file_wish",
    "follow_up",
    "give_to",
    "handlers_of",
    "index_company",
    "index_post",
    "index_posts",
    "invite",
    "leave",
    "move_wish",
    "offer",
    "place",
    "read_occupations",
    "refer",
    "reindex_some",
    "renew_seals",
    "skip",
    "take_occupations",
    "take_standard",
    "take_turn",
    "undo_place",
    "unmask_seeker",
    "waiting_wish",
]
