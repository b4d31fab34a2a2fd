"""What happens to companies, posts, wishes and referrals."""

from __future__ import annotations

from intranet.jobs.operations.alike import (
    ALIKE,
    bait_median,
    likeness,
    shingles,
)
from intranet.jobs.operations.companies import (
    EMPLOYERS,
    RECHECK_DAYS,
    CompanyFacts,
    NewParty,
    change_company,
    register_company,
    restore_company,
    suspend_company,
    verify_company,
)
from intranet.jobs.operations.deeds import handlers_of
from intranet.jobs.operations.ending import (
    RECHECK_SOON_DAYS,
    REMIND_DAYS,
    ending_soon,
    expire_post,
    over,
    remind_of_end,
    remind_of_rechecks,
)
from intranet.jobs.operations.following import (
    Answer,
    follow_up,
)
from intranet.jobs.operations.handlers import (
    authorise_handler,
    end_handler,
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
from intranet.jobs.operations.post_facts import (
    PostFacts,
    check_facts,
    facts_of,
)
from intranet.jobs.operations.posts import (
    OPEN_TO_CHANGE,
    change_and_submit,
    change_post,
    renew_post,
    submit_post,
    withdraw_post,
    write_post,
)
from intranet.jobs.operations.referring import (
    END_REASONS,
    end_referral,
    invite,
    offer,
    refer,
    skip,
)
from intranet.jobs.operations.reviewing import (
    authors_of,
    findings_of,
    needs_two,
    open_findings,
    override_finding,
    publish_post,
    remove_post,
    return_post,
    why_not_review,
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
from intranet.jobs.operations.wording import (
    Finding,
)
from intranet.jobs.operations.wording import (
    check as check_wording,
)

__all__ = [
    "ALIKE",
    "CONSENT",
    "EMPLOYERS",
    "END_REASONS",
    "LEAVING",
    "OCCUPATIONS",
    "OPEN_TO_CHANGE",
    "RECHECK_DAYS",
    "RECHECK_SOON_DAYS",
    "REMIND_DAYS",
    "SOME",
    "AlikeError",
    "Answer",
    "CompanyFacts",
    "Content",
    "Finding",
    "Hours",
    "Line",
    "NewParty",
    "Person",
    "PostFacts",
    "Terms",
    "Trade",
    "alike",
    "authorise_handler",
    "authors_of",
    "bait_median",
    "change_and_submit",
    "change_company",
    "change_post",
    "change_wish",
    "check_facts",
    "check_wording",
    "clean_person",
    "contact",
    "end_handler",
    "end_referral",
    "ending_soon",
    "erase_seeker",
    "expire_post",
    "facts_of",
    "file_wish",
    "findings_of",
    "follow_up",
    "give_to",
    "handlers_of",
    "index_company",
    "index_post",
    "index_posts",
    "invite",
    "leave",
    "likeness",
    "move_wish",
    "needs_two",
    "offer",
    "open_findings",
    "over",
    "override_finding",
    "place",
    "publish_post",
    "read_occupations",
    "refer",
    "register_company",
    "reindex_some",
    "remind_of_end",
    "remind_of_rechecks",
    "remove_post",
    "renew_post",
    "renew_seals",
    "restore_company",
    "return_post",
    "shingles",
    "skip",
    "submit_post",
    "suspend_company",
    "take_occupations",
    "take_standard",
    "take_turn",
    "undo_place",
    "unmask_seeker",
    "verify_company",
    "waiting_wish",
    "why_not_review",
    "withdraw_post",
    "write_post",
]
