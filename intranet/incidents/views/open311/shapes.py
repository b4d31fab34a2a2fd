"""Our rows as GeoReport v2 spells them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import url_for

from intranet.i18n import _
from intranet.incidents.forms import STATE_LABELS
from intranet.incidents.models import IncidentEvent, Question, State
from intranet.incidents.operations import Status, write_moment
from intranet.incidents.queries import Service, Told

# About 100 m: which block, not whose door. Exact is what staff let out.
ROUGH_DECIMALS = 3
# What a state is in the words of servicerequestupdates.
STATUSES = {
    State.REPORTED: Status.OPEN,
    State.RETURNED: Status.OPEN,
    State.ACCEPTED: Status.INVESTIGATING,
    State.DISPATCHED: Status.ACTION_SCHEDULED,
    State.TRANSFERRED: Status.ACTION_SCHEDULED,
    State.SUSPENDED: Status.ACTION_SCHEDULED,
    State.HANDLING: Status.IN_PROGRESS,
    State.HANDLED: Status.IN_PROGRESS,
    State.VERIFIED: Status.IN_PROGRESS,
    State.REOPENED: Status.OPEN,
    State.CLOSED: Status.FIXED,
    State.EVALUATED: Status.FIXED,
    State.DECLINED: Status.NO_FURTHER_ACTION,
    State.MERGED: Status.DUPLICATE,
    State.VOID: Status.CANCELLED,
}


def service(found: Service) -> dict[str, Any]:
    """Return one matter of the list."""
    category = found.category
    return {
        "service_code": category.code,
        "service_name": category.name,
        "description": f"{found.group}：{category.name}",
        "metadata": found.asks,
        "type": "realtime",
        "keywords": ",".join(category.keywords.split()) or None,
        "group": found.group,
    }


def definition(code: str, questions: Sequence[Question]) -> dict[str, Any]:
    """Return what is asked of a matter; the order is counted anew, so it has no gap or double."""
    return {
        "service_code": code,
        "attributes": [
            {
                "variable": one.is_variable,
                "code": one.code,
                "datatype": one.datatype.value,
                "required": one.is_required,
                "datatype_description": one.hint or None,
                "order": number,
                "description": one.description,
                "values": [{"key": key, "name": name} for key, name in one.values.items()],
            }
            for number, one in enumerate(questions, 1)
        ],
    }


def service_request(told: Told) -> dict[str, Any]:
    """Return one incident."""
    incident, category, release = told.incident, told.category, told.release
    moved_at = told.moved_at or incident.reported_at
    return {
        "service_request_id": incident.number,
        "status": "open" if incident.is_open else "closed",
        "status_notes": state_words(incident.state, told.master),
        "service_name": category.name,
        "service_code": category.code,
        "description": release.words if release else None,
        "agency_responsible": category.owner or None,
        "service_notice": category.promise or None,
        "requested_datetime": _moment(incident.reported_at),
        "updated_datetime": _moment(moved_at),
        "expected_datetime": _moment(incident.total_due_at),
        "address": f"{told.above}{told.grid.name}",
        "address_id": told.grid.code,
        "zipcode": None,
        "lat": _degrees(incident.latitude_wgs84, exact=release is not None),
        "long": _degrees(incident.longitude_wgs84, exact=release is not None),
        "media_url": _photo(told),
    }


def state_words(state: State, master: str = "") -> str:
    """Return where it stands in the house's own words, never in somebody's."""
    if state is State.MERGED and master:
        return str(_("Merged into %(number)s", number=master))
    return str(STATE_LABELS[state])


def update(event: IncidentEvent, number: str) -> dict[str, Any]:
    """Return one public step."""
    state = event.to_state
    assert state is not None
    return {
        "update_id": str(event.id),
        "service_request_id": number,
        "status": STATUSES[state].value,
        "description": state_words(state),
        "updated_datetime": write_moment(event.at),
        "media_url": None,
        "external_status_code": state.value,
        "customer_reference": None,
    }


def note(event: IncidentEvent) -> dict[str, Any]:
    """Return one public step as the extended answer has it."""
    state = event.to_state
    assert state is not None
    return {
        "datetime": write_moment(event.at),
        "description": state_words(state),
        "type": event.verb.value,
    }


def chosen(question: Question, value: str) -> dict[str, Any]:
    """Return what was chosen of a list."""
    return {
        "code": question.code,
        "description": question.description,
        "values": [
            {"key": key, "name": question.values.get(key, key)} for key in value.splitlines()
        ],
    }


def more(told: Told) -> dict[str, Any]:
    """Return what the house knows beside the specification's fields."""
    return {
        "urgency": told.incident.urgency.value,
        "state": told.incident.state.value,
        "round": told.incident.round,
    }


def _moment(at: datetime | None) -> str | None:
    return write_moment(at) if at is not None else None


def _degrees(value: float | None, *, exact: bool) -> float | None:
    if value is None:
        return None
    return value if exact else round(value, ROUGH_DECIMALS)


def _photo(told: Told) -> str | None:
    if told.release is None or told.photo_id is None:
        return None
    return url_for(
        "open311.photo", token=told.release.token, attachment_id=told.photo_id, _external=True
    )
