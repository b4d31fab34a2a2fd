"""What each audited action is called, in words people read."""

from __future__ import annotations

from intranet.i18n import _l
from intranet.register.forms import ACTION_WORDS

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
    "audit:list:export": _l("exported the audit trail"),
    "audit:chain:verify": _l("checked the chain of the audit trail"),
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
    "workbench:demo:build": _l("built the demo community"),
}
KINDS = {
    "account": _l("Account"),
    "party": _l("Party"),
    "camera": _l("Camera"),
    "grid": _l("Grid"),
    "post": _l("Post"),
    "roster": _l("Roster"),
    "register": _l("Register"),
    "audit": _l("Audit trail"),
}
