"""What an administrator's act changed, from what it left in the audit trail, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from intranet.i18n import _, _l
from intranet.incidents.forms.days import HOLIDAY_LABELS
from intranet.incidents.forms.labels import STAGE_LABELS, URGENCY_LABELS
from intranet.incidents.forms.limits import limit_words
from intranet.incidents.models import Stage, Urgency
from intranet.incidents.operations import TimeAllowed

CHANGE_ACTIONS = {
    "incidents:limit:set": _l("set a time limit"),
    "incidents:limit:drop": _l("took a time limit away"),
    "incidents:day:set": _l("entered a holiday or a day worked for one"),
    "incidents:day:drop": _l("took a holiday entry back"),
    "incidents:catalogue:install": _l("entered the standard list of matters"),
    "incidents:category:add": _l("admitted a matter"),
    "incidents:category:change": _l("changed a matter"),
    "incidents:category:close": _l("took a matter off the list"),
    "incidents:category:open": _l("put a matter on the list again"),
    "incidents:unit:add": _l("entered a unit"),
    "incidents:unit:change": _l("changed a unit"),
    "incidents:unit:retire": _l("took a unit out of use"),
    "incidents:unit:restore": _l("took a unit into use again"),
    "incidents:unit:join": _l("let somebody act for a unit"),
    "incidents:unit:leave": _l("let somebody act for a unit no longer"),
}
FIELD_LABELS = {
    "name": _l("What it is called"),
    "keywords": _l("Other words for it"),
    "owner": _l("Who is responsible"),
    "promise": _l("What the reporter may expect"),
    "checklist": _l("Checklist"),
    "urgency": _l("Usual urgency"),
    "needs_photo": _l("Closing it needs a photo of the result"),
    "is_public": _l("Published by Open311"),
    "position": _l("Order number"),
    "opened_on": _l("On the list from"),
    "closed_on": _l("Off the list from"),
    "duties": _l("Duties"),
    "phone": _l("Office phone"),
}


def change_words(action: str, details: Mapping[str, Any]) -> list[str]:
    """Return what an entry of the trail says changed, a line each; of other acts nothing."""
    if action not in CHANGE_ACTIONS:
        return []
    lines = []
    if action.startswith("incidents:limit:") and details.get("urgency") in set(Urgency):
        urgency = URGENCY_LABELS[Urgency(details["urgency"])]
        stage = STAGE_LABELS[Stage(details["stage"])]
        whose = details.get("name") or _("All matters")
        lines.append(" · ".join((whose, str(urgency), str(stage))))
    elif details.get("name"):
        lines.append(str(details["name"]))
    if details.get("member"):
        lines.append(_("User name: %(name)s", name=details["member"]))
    for name, (before, after) in details.get("changes", {}).items():
        label = FIELD_LABELS.get(name)
        told = f"{_said(name, before)} → {_said(name, after)}"
        lines.append(_("%(field)s: %(told)s", field=label, told=told) if label else told)
    for name, value in details.get("after", {}).items():
        if name in FIELD_LABELS and name != "name":
            told = _said(name, value)
            lines.append(_("%(field)s: %(told)s", field=FIELD_LABELS[name], told=told))
    return lines


def _said(name: str, value: Any) -> str:
    if value in ("", None):
        return "—"
    if name == "limit":
        return str(_(", ")).join(limit_words(TimeAllowed(*value)))
    if name == "day":
        is_worked, holiday = value
        kind = _("Worked") if is_worked else _("Free")
        return f"{kind} {HOLIDAY_LABELS.get(holiday, holiday)}"
    if name == "urgency":
        return str(URGENCY_LABELS[Urgency(value)])
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    return str(value).replace("\n", str(_("; ")))
