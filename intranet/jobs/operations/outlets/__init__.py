"""Channels outside, what is to go there, and how it goes."""

from intranet.jobs.operations.outlets.addresses import (
    is_allowed,
    may_speak_to,
    renew_outlet_seals,
)
from intranet.jobs.operations.outlets.asking import (
    POSTS_MAX,
    Said,
    SentTodayError,
    messages,
    publish,
    published_by_hand,
    shares,
    went_with_posts,
)
from intranet.jobs.operations.outlets.delivering import (
    Errand,
    claim_sending,
    drop_by_hand,
    finish_sending,
    is_any_to_send,
)
from intranet.jobs.operations.outlets.keeping import (
    add_outlet,
    change_outlet,
    switch_outlet,
    try_outlet,
)
from intranet.jobs.operations.outlets.standing import fair_stand, text_now

__all__ = [
    "POSTS_MAX",
    "Errand",
    "Said",
    "SentTodayError",
    "add_outlet",
    "change_outlet",
    "claim_sending",
    "drop_by_hand",
    "fair_stand",
    "finish_sending",
    "is_allowed",
    "is_any_to_send",
    "may_speak_to",
    "messages",
    "publish",
    "published_by_hand",
    "renew_outlet_seals",
    "shares",
    "switch_outlet",
    "text_now",
    "try_outlet",
    "went_with_posts",
]
