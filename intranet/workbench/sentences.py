"""What each audited action is called, in words people read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from intranet.i18n import _l
from intranet.incidents.forms import CHANGE_ACTIONS, change_words
from intranet.register.forms import ACTION_WORDS

if TYPE_CHECKING:
    from intranet.audit import AuditEntry

ACTIONS = {
    "people:login": _l("logged in"),
    "people:session:revoke": _l("ended a login session"),
    "people:account:create": _l("made an account"),
    "people:account:rename": _l("renamed an account"),
    "people:account:disable": _l("closed an account"),
    "people:account:enable": _l("opened an account"),
    "people:account:link": _l("said whose account it is"),
    "people:account:unlink": _l("said that an account is nobody's"),
    "people:role:grant": _l("gave a role"),
    "people:role:end": _l("ended a role"),
    "people:password:change": _l("changed the own password"),
    "people:password:reset": _l("reset a password"),
    **ACTION_WORDS,
    "cameras:camera:add": _l("registered a camera"),
    "cameras:camera:change": _l("changed a camera"),
    "cameras:camera:host": _l("changed the host of a camera"),
    "cameras:camera:retire": _l("took a camera down"),
    "cameras:camera:restore": _l("put a camera up again"),
    "cameras:live:open": _l("opened a camera"),
    "cameras:talk:speak": _l("spoke through a camera"),
    "cameras:talk:listen": _l("listened to what was said through a camera"),
    "cameras:phrase:add": _l("added a phrase for the loudspeakers"),
    "cameras:phrase:change": _l("changed a phrase for the loudspeakers"),
    "cameras:phrase:remove": _l("took away a phrase for the loudspeakers"),
    "cameras:phrase:restore": _l("brought back a phrase for the loudspeakers"),
    "cameras:talk:write-down": _l("wrote down what was said through a camera"),
    "cameras:talk:misuse": _l("reported misuse of a camera's loudspeaker"),
    "cameras:misuse:see": _l("looked at a report of misuse of a loudspeaker"),
    "audit:list:export": _l("exported the audit trail"),
    "audit:chain:verify": _l("checked the chain of the audit trail"),
    "notices:settings:change": _l("chose how notices arrive"),
    "notices:delivery:retry": _l("had a notice sent again"),
    "grids:roster:export": _l("exported a roster"),
    "grids:post:begun": _l("put somebody on a team"),
    "grids:post:ended": _l("ended a post"),
    "grids:post:resumed": _l("undid the end of a post"),
    "grids:post:voided": _l("undid the beginning of a post"),
    "grids:tree:created": _l("made a grid"),
    "grids:tree:renamed": _l("renamed a grid"),
    "grids:tree:redrawn": _l("redrew a grid's boundary"),
    "grids:tree:moved": _l("moved a grid"),
    "grids:tree:split": _l("split a grid"),
    "grids:tree:closed": _l("closed a grid"),
    "incidents:list:export": _l("exported a list of incidents"),
    "incidents:callbacks:export": _l("exported the call-back list"),
    "incidents:figures:export": _l("exported incident figures"),
    "incidents:contact:unmask": _l("looked at a caller's name or phone"),
    "incidents:contact:erase": _l("erased a caller's name and phone in time"),
    "incidents:client:add": _l("gave an interface key"),
    "incidents:client:revoke": _l("revoked an interface key"),
    "incidents:question:add": _l("asked one thing more of a matter"),
    "incidents:question:change": _l("changed a question of a matter"),
    "incidents:question:close": _l("closed a question of a matter"),
    "incidents:outside:release": _l("let an incident's words out"),
    "incidents:outside:hold": _l("took an incident's words back"),
    "incidents:photo:restore": _l("put an original photo back"),
    "incidents:patrol:add": _l("made a checklist for patrols"),
    "incidents:patrol:change": _l("changed a checklist for patrols"),
    "incidents:patrol:retire": _l("took a checklist for patrols out of use"),
    "incidents:patrol:restore": _l("took a checklist for patrols into use again"),
    "incidents:patrol:export": _l("exported patrols"),
    "points:goods:add": _l("listed goods for points"),
    "points:goods:change": _l("changed goods for points"),
    "points:goods:close": _l("closed goods for points"),
    "points:goods:open": _l("offered goods for points again"),
    "points:goods:supply": _l("put goods on the shelf"),
    "points:goods:count": _l("counted goods on the shelf"),
    "points:redemption:hold": _l("asked for goods with points"),
    "points:redemption:collect": _l("handed goods over"),
    "points:redemption:release": _l("let goods asked for go"),
    "points:redemption:expire": _l("let goods go that were not fetched"),
    **CHANGE_ACTIONS,
    "workbench:demo:build": _l("built the demo community"),
}
KINDS = {
    "account": _l("Account"),
    "party": _l("Party"),
    "camera": _l("Camera"),
    "grid": _l("Grid"),
    "post": _l("Post"),
    "roster": _l("Roster"),
    "delivery": _l("Delivery"),
    "register": _l("Register"),
    "audit": _l("Audit trail"),
    "incident": _l("Incident"),
    "category": _l("Matter"),
    "time_limit": _l("Time limit"),
    "legal_day": _l("Holiday"),
    "unit": _l("Unit"),
    "open311_client": _l("Interface key"),
    "question": _l("Question"),
    "patrol": _l("Patrol checklist"),
    "goods": _l("Goods"),
    "redemption": _l("Goods asked for"),
}


def changed(entry: AuditEntry) -> list[str]:
    """Return what an act changed, before and after, a line each; nothing where it says nothing."""
    return change_words(entry.action, json.loads(entry.details))
