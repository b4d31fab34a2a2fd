"""Calling a reporter back after closing: every try is written down, three give leave to stop."""

from __future__ import annotations

from intranet.errors import InputError
from intranet.incidents.models import CallBack
from intranet.incidents.operations.history import Act

SET_ASIDE_AFTER = 3  # tries


def note_call(act: Act, *, reached: bool, set_aside: bool = False) -> CallBack:
    """Count one call of this round; raise InputError (``set_aside``) when it is too early to stop.

    A later call of one set aside puts it back, unless it is set aside anew.
    """
    assert act.actor is not None
    row = act.session.get(CallBack, (act.incident.id, act.incident.round))
    tries = row.tries + 1 if row else 1
    if set_aside and tries < SET_ASIDE_AFTER:
        raise InputError(
            "It may be set aside after %(least)d tries", "set_aside", least=SET_ASIDE_AFTER
        )
    if row is None:
        row = CallBack(incident_id=act.incident.id, round=act.incident.round)
        act.session.add(row)
    row.tries, row.last_at, row.last_by_id = tries, act.at, act.actor.account_id
    if reached:
        row.reached_at = act.at
    row.set_aside_at = act.at if set_aside else None
    act.session.flush()
    return row
