"""What each audited action is called, in words people read."""

from __future__ import annotations

from intranet.i18n import _l

ACTIONS = {
    "people:login": _l("logged in"),
    "people:session:revoke": _l("ended a login session"),
    "people:account:create": _l("made an account"),
    "people:account:rename": _l("renamed an account"),
    "people:account:disable": _l("closed an account"),
    "people:account:enable": _l("opened an account"),
    "people:role:grant": _l("gave a role"),
    "people:role:end": _l("ended a role"),
    "people:password:change": _l("changed the own password"),
    "people:password:reset": _l("reset a password"),
    "register:party:create": _l("entered a party in the register"),
    "register:party:change": _l("corrected a party"),
    "register:party:move": _l("recorded a move"),
    "register:party:leave": _l("recorded that a party has gone"),
    "register:party:return": _l("recorded a return"),
    "register:personal:unmask": _l("looked at a personal field"),
    "register:personal:erase": _l("erased personal data"),
    "register:list:export": _l("exported the register"),
    "cameras:camera:add": _l("registered a camera"),
    "cameras:camera:change": _l("changed a camera"),
    "cameras:camera:retire": _l("took a camera down"),
    "cameras:camera:restore": _l("put a camera up again"),
    "cameras:live:open": _l("opened a camera"),
    "audit:list:export": _l("exported the audit trail"),
}
KINDS = {
    "account": _l("Account"),
    "party": _l("Party"),
    "camera": _l("Camera"),
    "grid": _l("Grid"),
    "post": _l("Post"),
    "register": _l("Register"),
    "audit": _l("Audit trail"),
}
