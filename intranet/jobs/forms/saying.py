"""How people say what a post offers: pay, days, hours, walking."""

from __future__ import annotations

from typing import Any

from intranet.i18n import _
from intranet.jobs.forms.labels import PAY_UNIT_LABELS
from intranet.jobs.models import EVERY_DAY, JobPost

DAY_MINUTES = 24 * 60


def yuan(fen: int) -> str:
    """Return an amount without the fen that are none: 3500, 18.50."""
    return str(fen // 100) if fen % 100 == 0 else f"{fen / 100:.2f}"


def pay_said(post: Any) -> str:
    """Return 3000–3500 元/月; a single amount where both are the same."""
    least, most = yuan(post.pay_min_fen), yuan(post.pay_max_fen)
    amount = least if least == most else f"{least}–{most}"
    return str(_("%(amount)s %(unit)s", amount=amount, unit=str(PAY_UNIT_LABELS[post.pay_unit])))


def clock_said(minute: int) -> str:
    """Return 8:30 for 510."""
    return f"{minute // 60 % 24}:{minute % 60:02d}"


def days_said(weekdays: int) -> str:
    """Return 周一至周五 for the lowest five bits; empty where nothing was said."""
    names = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
    if weekdays == EVERY_DAY:
        return str(_("every day"))
    days = [day for day in range(7) if weekdays >> day & 1]
    is_run = len(days) > 2 and days[-1] - days[0] == len(days) - 1
    if is_run:
        return str(_("%(first)s to %(last)s", first=names[days[0]], last=names[days[-1]]))
    return str(_(", ")).join(names[day] for day in days)


def hours_said(post: JobPost) -> str:
    """Return 周一至周五 8:30–16:00, as far as it was said."""
    said = [days_said(post.weekdays)]
    if post.from_minute is not None and post.to_minute is not None:
        end = clock_said(post.to_minute)
        if post.to_minute >= DAY_MINUTES or post.to_minute <= post.from_minute:
            end = _("%(time)s the next day", time=end)
        said.append(f"{clock_said(post.from_minute)}–{end}")
    return " ".join([*(one for one in said if one), post.hours_words]).strip()


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
