"""What the words of jobs are called on pages."""

from __future__ import annotations

from intranet.i18n import _l
from intranet.jobs.models import (
    Channel,
    CompanyState,
    Employment,
    EndReason,
    PayUnit,
    PostState,
    PostVerb,
    Reached,
    ReferralState,
    ReferralVerb,
    Shift,
    SkillKind,
    SkipReason,
    WishState,
    WishVerb,
)

COMPANY_STATE_LABELS = {
    CompanyState.UNVERIFIED: _l("Waits for verification"),
    CompanyState.VERIFIED: _l("Verified company"),
    CompanyState.SUSPENDED: _l("Stopped by the station"),
}
EMPLOYMENT_LABELS = {
    Employment.FULL_TIME: _l("Full-time"),
    Employment.PART_TIME: _l("Part-time"),
    Employment.DAY_WORK: _l("Day work"),
    Employment.SEASONAL: _l("Seasonal work"),
    Employment.INTERN: _l("Internship"),
}
SHIFT_LABELS = {
    Shift.DAY: _l("Day shift"),
    Shift.EVENING: _l("Evening shift"),
    Shift.NIGHT: _l("Night shift"),
    Shift.ROTATING: _l("Rotating shifts"),
    Shift.FLEXIBLE: _l("Own choice of hours"),
}
PAY_UNIT_LABELS = {
    PayUnit.MONTH: _l("yuan a month"),
    PayUnit.DAY: _l("yuan a day"),
    PayUnit.HOUR: _l("yuan an hour"),
    PayUnit.PIECE: _l("yuan a piece"),
}
POST_STATE_LABELS = {
    PostState.DRAFT: _l("Being written"),
    PostState.SUBMITTED: _l("Waits for review"),
    PostState.PUBLISHED: _l("Hiring"),
    PostState.FILLED: _l("All openings taken"),
    PostState.EXPIRED: _l("Out of date"),
    PostState.WITHDRAWN: _l("Taken down by the company"),
    PostState.REMOVED: _l("Taken down by the station"),
}
# What was done to a post, in the words of its history.
POST_VERB_LABELS = {
    None: _l("wrote it"),
    PostVerb.SUBMIT: _l("handed it in for review"),
    PostVerb.RETURN: _l("sent it back to its author"),
    PostVerb.PUBLISH: _l("published it"),
    PostVerb.FILL: _l("The last opening was taken"),
    PostVerb.REOPEN: _l("An opening is free again"),
    PostVerb.EXPIRE: _l("Its time was over"),
    PostVerb.RENEW: _l("renewed it"),
    PostVerb.WITHDRAW: _l("took it down"),
    PostVerb.REMOVE: _l("took it down for what was wrong with it"),
}
SKILL_KIND_LABELS = {
    SkillKind.SKILL: _l("Skill"),
    SkillKind.CERTIFICATE: _l("Certificate"),
}
CHANNEL_LABELS = {
    Channel.PHONE: _l("by the own phone"),
    Channel.KIOSK: _l("at the station's screen"),
    Channel.DESK: _l("at the station's desk"),
    Channel.VISIT: _l("on a home visit"),
}
# What was agreed to, by its version: a version's words are never changed, a new one is added.
CONSENT_WORDS = {
    "2026-11": _l(
        "Name and phone are kept encrypted and shown masked; whoever looks at them gives a reason, "
        "and it is written down. Nothing about sex, age, marriage or origin is asked or kept. A "
        "company learns a name only when the seeker was referred to it. It is erased on request at "
        "any time; who went to which work is kept for three years without a name."
    ),
}
WISH_STATE_LABELS = {
    WishState.OPEN: _l("Looks for work"),
    WishState.REFERRED: _l("Referred"),
    WishState.PLACED: _l("In work"),
    WishState.PAUSED: _l("Paused"),
    WishState.CLOSED: _l("Search ended"),
}
WISH_VERB_LABELS = {
    WishVerb.REFER: _l("referred the seeker to a company"),
    WishVerb.BACK: _l("The seeker looks for work again"),
    WishVerb.PLACE: _l("The seeker has begun to work"),
    WishVerb.PAUSE: _l("paused the wish"),
    WishVerb.RESUME: _l("went on with the wish"),
    WishVerb.CLOSE: _l("ended the wish"),
    WishVerb.REOPEN: _l("opened the wish again"),
}
REACHED_LABELS = {
    Reached.SPOKEN: _l("Spoken to"),
    Reached.NO_ANSWER: _l("No answer"),
    Reached.WRONG_NUMBER: _l("Wrong number"),
    Reached.CALL_LATER: _l("To be rung later"),
}
REFERRAL_STATE_LABELS = {
    ReferralState.REFERRED: _l("Referred to the company"),
    ReferralState.INTERVIEW: _l("Asked to an interview"),
    ReferralState.OFFERED: _l("Work was offered"),
    ReferralState.PLACED: _l("At work"),
    ReferralState.ENDED: _l("Came to nothing"),
}
REFERRAL_VERB_LABELS = {
    None: _l("referred the seeker"),
    ReferralVerb.INVITE: _l("asked the seeker to an interview"),
    ReferralVerb.OFFER: _l("offered the work"),
    ReferralVerb.PLACE: _l("The work was begun"),
    ReferralVerb.END: _l("ended the referral"),
    ReferralVerb.LEAVE: _l("The work was ended"),
    ReferralVerb.UNDO: _l("took back that the work was begun"),
}
END_REASON_LABELS = {
    EndReason.SEEKER_DECLINED: _l("The seeker does not want it"),
    EndReason.NO_SHOW: _l("The seeker did not come"),
    EndReason.COMPANY_DECLINED: _l("The company did not take the seeker"),
    EndReason.FULL: _l("The openings were taken"),
    EndReason.POST_GONE: _l("The post was taken down"),
    EndReason.LEFT: _l("The seeker left the work"),
    EndReason.DISMISSED: _l("The company ended the work"),
    EndReason.TERM_OVER: _l("The term is over"),
    EndReason.PLACED_ELSEWHERE: _l("The seeker works elsewhere"),
}
SKIP_REASON_LABELS = {
    SkipReason.SEEKER_DECLINED: _l("The seeker does not want this one"),
    SkipReason.ALREADY_ASKED: _l("Asked about it before"),
    SkipReason.NOT_FITTING: _l("It does not fit this person"),
    SkipReason.POST_DOUBTFUL: _l("What the post says is doubtful"),
    SkipReason.OTHER_FIRST: _l("Another post comes first"),
}
# The bit of a day is its place here.
WEEKDAYS = (
    _l("Mon"),
    _l("Tue"),
    _l("Wed"),
    _l("Thu"),
    _l("Fri"),
    _l("Sat"),
    _l("Sun"),
)
