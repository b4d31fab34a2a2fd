"""The ledger's codes in the words of whoever reads its pages, and where they lead."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import current_app, url_for

from intranet.access import Permission, Viewer, allowed
from intranet.i18n import _
from intranet.points.forms import DIMENSION_LABELS
from intranet.points.forms.goods import STATE_LABELS
from intranet.points.forms.ledger import CORRECTION_REASON_LABELS
from intranet.points.models import CorrectionReason, Dimension, Entry, EntryKind, RedemptionState

BOARD = Permission.POINTS_BOARD_VIEW
# What an entry comes from: the page that shows it, the name of its number there, who may open it.
# Pages of other rooms are asked for by name; a house without that room shows the words alone.
SOURCES = {
    "claim": ("points.claim", "claim_id", BOARD),
    "gathering": ("points.gathered", "gathering_id", Permission.POINTS_CLAIM_APPROVE),
    "goods": ("points.one_goods", "goods_id", Permission.POINTS_GOODS_MANAGE),
    "settlement": ("points.year", "year_id", Permission.POINTS_YEAR_CLOSE),
    "incidents": ("incidents.incident", "number", BOARD),
    "patrols": ("", "", BOARD),
    "cameras": ("cameras.camera", "code", BOARD),
}
YEARLY = re.compile(r"(Income:(?:Redeemed|Expired|Deducted)):Y(\d{4})\Z", re.ASCII)
PARTY = re.compile(r"Liabilities:Party:P(\d+):Y(\d{4})\Z", re.ASCII)
ISSUED = re.compile(r"Equity:Issued:Y(\d{4}):(\w+)\Z", re.ASCII)
GOODS = re.compile(r"(Assets:Stock|Equity:Supplied|Expenses:Handed):(.+)\Z")


@dataclass(frozen=True, slots=True)
class Source:
    """What an entry comes from, in words, and its page where the viewer may open it."""

    words: str
    url: str


def source_of(viewer: Viewer, event: str) -> Source | None:
    """Return what an entry comes from; None where nothing is named."""
    kind, _colon, number = event.partition(":")
    if not number:
        return Source(event, "") if event else None
    endpoint, name, permission = SOURCES.get(kind, ("", "", BOARD))
    opens = endpoint in current_app.view_functions and allowed(viewer, permission)
    shown = number.partition(":")[0]
    value: Any = int(shown) if name.endswith("_id") and shown.isdecimal() else shown
    return Source(_said(kind, number), url_for(endpoint, **{name: value}) if opens else "")


def _said(kind: str, number: str) -> str:
    first, _colon, month = number.partition(":")
    words: dict[str, Callable[[], Any]] = {
        "claim": lambda: _("Claim %(number)s", number=first),
        "gathering": lambda: _("Entered for many, no. %(number)s", number=first),
        "goods": lambda: _("Goods for points"),
        "settlement": lambda: _("Year's end"),
        "incidents": lambda: _("Incident %(number)s", number=first),
        "patrols": lambda: _("Patrol %(number)s", number=first),
        "cameras": lambda: _("Camera %(code)s hosted, %(month)s", code=first, month=month),
    }
    return str(words[kind]()) if kind in words else f"{kind}:{number}"


def note_of(entry: Entry) -> str:
    """Return what is noted of an entry in words: codes are said, what people wrote stays."""
    note = entry.note
    if note in set(CorrectionReason):
        return str(CORRECTION_REASON_LABELS[CorrectionReason(note)])
    if note in set(RedemptionState):
        return str(STATE_LABELS[RedemptionState(note)])
    if entry.kind is EntryKind.AWARD and re.fullmatch(r"P\d+", note, re.ASCII):
        return str(_("for No. %(number)s in the register", number=int(note[1:])))
    if entry.kind is EntryKind.EXPIRE and re.fullmatch(r"Y\d{4}", note, re.ASCII):
        return str(_("points of %(year)s", year=note[1:]))
    if entry.kind is EntryKind.HOLD:
        return str(_("goods with the code %(code)s", code=note))
    return note


def account_words(code: str) -> str:
    """Return what is kept in an account, from its code."""
    if found := PARTY.match(code):
        return str(_("No. %(number)s, points of %(year)s", number=int(found[1]), year=found[2]))
    if (found := ISSUED.match(code)) and found[2].lower() in set(Dimension):
        label = DIMENSION_LABELS[Dimension(found[2].lower())]
        return str(_("given out in %(year)s: %(dimension)s", year=found[1], dimension=label))
    if found := YEARLY.match(code):
        return str(
            {
                "Income:Redeemed": _("spent on goods in %(year)s", year=found[2]),
                "Income:Expired": _("lapsed in %(year)s", year=found[2]),
                "Income:Deducted": _("deducted in %(year)s", year=found[2]),
            }[found[1]]
        )
    if found := GOODS.match(code):
        return str(
            {
                "Assets:Stock": _("on the shelf: %(code)s", code=found[2]),
                "Equity:Supplied": _("supplied: %(code)s", code=found[2]),
                "Expenses:Handed": _("given out: %(code)s", code=found[2]),
            }[found[1]]
        )
    return code
