"""What is kept of a seeker as a file: plain JSON that any program reads, nothing left out."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from intranet.clock import BEIJING
from intranet.jobs.forms.labels import CONSENT_WORDS
from intranet.jobs.operations import shown_token

if TYPE_CHECKING:
    from intranet.jobs.models import Decision, JobPost, Referral
    from intranet.jobs.queries.kept import AtFair, Kept, Sent
    from intranet.jobs.queries.wishes import Whole
    from intranet.register.models import PersonalField


def _when(at: datetime | None) -> str | None:
    return at.astimezone(BEIJING).isoformat(timespec="seconds") if at else None


def _code(value: Any) -> str | None:
    return value.value if value is not None else None


def as_data(kept: Kept, contacts: dict[PersonalField, str], at: datetime) -> dict[str, Any]:
    """Return all of it as plain values: times in Beijing, pay in fen, minutes after midnight."""
    seeker = kept.seeker
    return {
        "seeker": list(kept.numbers),
        "made_for": _when(at),
        "contacts": {field.value: value for field, value in contacts.items()},
        "sixteen_or_older": seeker.legal_age,
        "first_filed_at": _when(seeker.made_at),
        "erased_at": _when(seeker.erased_at),
        "consents": [
            {
                "at": _when(one.at),
                "channel": _code(one.channel),
                "taken_by": by,
                "version": one.words,
                "words": str(CONSENT_WORDS.get(one.words, "")),
            }
            for one, by in kept.consents
        ],
        "wishes": [_wish(one, kept) for one in kept.wishes],
        "fairs": [_at_fair(one) for one in kept.fairs],
        "joined": [
            {
                "seekers": [one.from_id, one.into_id],
                "at": _when(one.at),
                "by": by,
                "undone_at": _when(one.undone_at),
                "closed_wish": one.closed_wish_id,
            }
            for one, by in kept.joined
        ],
        "looked_at": [
            {"at": _when(one.at), "by": by, "act": one.action, "reason": one.reason}
            for one, by in kept.looks
        ],
    }


def _at_fair(one: AtFair) -> dict[str, Any]:
    return {
        "fair": one.fair.title,
        "held_on": one.fair.held_on.isoformat(),
        "pass": shown_token(one.given.token),
        "pass_given_at": _when(one.given.made_at),
        "came_at": _when(one.given.used_at),
        "interviews": [
            {
                "company": company,
                "at": _when(one.fair.moment(slot.from_minute)),
                "booked_at": _when(booking.made_at),
                "given_back_at": _when(booking.cancelled_at),
            }
            for booking, slot, company in one.bookings
        ],
    }


def _decision(one: Decision, title: str, by: str) -> dict[str, Any]:
    return {
        "post": title,
        "at": _when(one.at),
        "by": by,
        "what": "referred" if one.skipped is None else "passed_over",
        "reason": _code(one.skipped),
        "score": one.score,
        "parts": json.loads(one.parts),
        "scored_by": one.engine,
    }


def _wish(whole: Whole, kept: Kept) -> dict[str, Any]:
    wish = whole.wish
    return {
        "number": wish.id,
        "state": wish.state.value,
        "filed_at": _when(wish.made_at),
        "channel": wish.channel.value,
        "home": whole.grid,
        "place_wgs84": [wish.latitude, wish.longitude],
        "kinds_of_work": [
            {"code": one.code, "name": one.name, "experience_months": months}
            for one, months in whole.trades
        ],
        "hours": [
            {"weekdays": one.weekdays, "from": one.from_minute, "to": one.to_minute}
            for one in whole.hours
        ],
        "night_ok": wish.night_ok,
        "skills": [one.name for one in whole.skills],
        "least_pay_fen": wish.pay_floor_fen,
        "pay_unit": _code(wish.pay_unit),
        "employment": _code(wish.employment),
        "walk_minutes_at_most": wish.max_walk_minutes,
        "can_begin_on": wish.starts_on.isoformat() if wish.starts_on else None,
        "words": wish.words,
        "looked_after_by": whole.member,
        "spoken_to_at": _when(wish.contacted_at),
        "asked_for": [
            {"post": post.id, "title": post.title, "at": _when(asked.at)}
            for asked, post in kept.asked.get(wish.id, ())
        ],
        "decisions": [_decision(*one) for one in kept.decided.get(wish.id, ())],
        "steps": [
            {
                "at": _when(one.at),
                "by": by,
                "what": _code(one.verb),
                "state": one.state.value,
                "reached": _code(one.reached),
                "words": one.words,
            }
            for one, by in whole.steps
        ],
        "referrals": [_referral(one, post, kept.sent[one.id]) for one, post in whole.referrals],
    }


def _referral(referral: Referral, post: JobPost, sent: Sent) -> dict[str, Any]:
    return {
        "number": referral.id,
        "post": post.title,
        "state": referral.state.value,
        "made_at": _when(referral.made_at),
        "channel": referral.channel.value,
        "at_fair": sent.fair,
        "interview_at": _when(referral.interview_at),
        "interview_place": referral.interview_place,
        "end_reason": _code(referral.end_reason),
        "steps": [
            {
                "at": _when(one.at),
                "by": by,
                "what": _code(one.verb),
                "state": one.state.value,
                "words": one.words,
            }
            for one, by in sent.steps
        ],
        "work": [
            {
                "from": one.starts_on.isoformat(),
                "to": one.ended_on.isoformat() if one.ended_on else None,
                "pay_fen": one.pay_fen,
                "pay_unit": one.pay_unit.value,
                "full_time": one.is_full_time,
                "has_contract": one.has_contract,
                "end_reason": _code(one.end_reason),
                "written_down_at": _when(one.made_at),
                "undone_at": _when(one.undone_at),
            }
            for one in sent.placements
        ],
        "follow_ups": [
            {
                "after_days": one.days,
                "due_on": one.due_on.isoformat(),
                "done_at": _when(one.done_at),
                "done_by": by,
                "dropped_at": _when(one.dropped_at),
                "still_there": one.still_there,
                "fee_asked": one.fee_asked,
                "as_posted": one.as_posted,
                "words": one.words,
            }
            for one, by in sent.follow_ups
        ],
    }
