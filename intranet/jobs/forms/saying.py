"""How people say what a post offers: pay, days, hours, walking."""

from __future__ import annotations

from datetime import date
from typing import Any

from intranet.i18n import _
from intranet.jobs.forms.fields import clock_words, yuan
from intranet.jobs.forms.labels import PAY_UNIT_LABELS, WEEKDAYS
from intranet.jobs.models import EVERY_DAY, JobPost
from intranet.jobs.operations.post_facts import DAY_MINUTES


def pay_said(post: Any) -> str:
    """Return 3000–3500 元/月; a single amount where both are the same."""
    least, most = yuan(post.pay_min_fen), yuan(post.pay_max_fen)
    amount = least if least == most else f"{least}–{most}"
    return str(_("%(amount)s %(unit)s", amount=amount, unit=str(PAY_UNIT_LABELS[post.pay_unit])))


def days_said(weekdays: int) -> str:
    """Return 周一至周五 for the lowest five bits; empty where nothing was said."""
    if weekdays == EVERY_DAY:
        return str(_("every day"))
    days = [day for day in range(7) if weekdays >> day & 1]
    is_run = len(days) > 2 and days[-1] - days[0] == len(days) - 1
    if is_run:
        first, last = WEEKDAYS[days[0]], WEEKDAYS[days[-1]]
        return str(_("%(first)s to %(last)s", first=first, last=last))
    return str(_(", ")).join(str(WEEKDAYS[day]) for day in days)


def stretch_said(weekdays: int, begin: int | None, end: int | None) -> str:
    """Return 周一至周五 08:30–16:00, as far as it was said; an end may be of the next day."""
    said = [days_said(weekdays)]
    if begin is not None and end is not None and (begin, end) != (0, DAY_MINUTES):
        told = clock_words(end)
        if end > DAY_MINUTES or end <= begin:
            told = _("%(time)s of the next day", time=told)
        said.append(f"{clock_words(begin)}–{told}")
    return " ".join(one for one in said if one)


def hours_said(post: JobPost) -> str:
    """Return a post's days and hours, and what is said of them besides."""
    times = stretch_said(post.weekdays, post.from_minute, post.to_minute)
    return f"{times} {post.hours_words}".strip()


def given_said(post: JobPost) -> list[str]:
    """Return what comes with the work."""
    found = [
        (post.has_insurance, _("social insurance paid")),
        (post.has_housing, _("housing")),
        (post.has_meals, _("meals")),
    ]
    return [words for is_given, words in found if is_given]


def experience_said(post: JobPost) -> str:
    """Return how much experience is asked for."""
    months = post.experience_months
    if not months:
        return str(_("no experience needed"))
    if months % 12 == 0:
        return str(_("%(num)s years of experience", num=months // 12))
    return str(_("%(num)s months of experience", num=months))


def walk_said(minutes: int | None) -> str:
    """Return 步行约 12 分钟; empty where the place is not known."""
    if minutes is None:
        return ""
    if minutes > 120:
        return str(_("over two hours on foot"))
    return str(_("about %(num)s minutes on foot", num=minutes))


def day_said(day: date, today: date) -> str:
    """Return 明天, 本周六 or 下周三 of a day of this week or the next; empty of any later one."""
    ahead = (day - today).days
    near = {0: _("today"), 1: _("tomorrow"), 2: _("the day after tomorrow")}
    if ahead in near:
        return str(near[ahead])
    weeks = (today.weekday() + ahead) // 7
    name = str(WEEKDAYS[day.weekday()])
    if ahead < 0 or weeks > 1:
        return ""
    return str(
        _("next %(weekday)s", weekday=name) if weeks else _("this %(weekday)s", weekday=name)
    )
