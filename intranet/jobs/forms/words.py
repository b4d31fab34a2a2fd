"""Pay, days and hours of a post in the words of the page."""

from __future__ import annotations

from intranet.i18n import _
from intranet.jobs.forms.fields import clock_words, yuan
from intranet.jobs.forms.labels import PAY_UNIT_LABELS, SHIFT_LABELS
from intranet.jobs.forms.posts import WEEKDAYS, days_of
from intranet.jobs.models import EVERY_DAY, JobPost
from intranet.jobs.operations.post_facts import DAY_MINUTES


def pay_of(post: JobPost) -> str:
    """Return what is paid: from, up to, and by what it is counted."""
    least, most = yuan(post.pay_min_fen), yuan(post.pay_max_fen)
    amount = least if least == most else f"{least}–{most}"
    return f"{amount} {PAY_UNIT_LABELS[post.pay_unit]}"


def days_words(weekdays: int) -> str:
    """Return the days of a week: a run of them as from and to; nothing where none is said."""
    days = days_of(weekdays)
    if weekdays == EVERY_DAY:
        return str(_("every day"))
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        first, last = WEEKDAYS[days[0]], WEEKDAYS[days[-1]]
        return str(_("%(first)s to %(last)s", first=first, last=last))
    return str(_(", ")).join(str(WEEKDAYS[day]) for day in days)


def hours_of(post: JobPost) -> str:
    """Return shift, days and hours in one line."""
    parts = [str(SHIFT_LABELS[post.shift]), days_words(post.weekdays)]
    if post.from_minute is not None and post.to_minute is not None:
        end = clock_words(post.to_minute)
        if post.to_minute > DAY_MINUTES:
            end = _("%(time)s of the next day", time=end)
        parts.append(f"{clock_words(post.from_minute)}–{end}")
    return " ".join(part for part in (*parts, post.hours_words) if part)
