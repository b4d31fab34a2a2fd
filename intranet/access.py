"""Who may do what: the whole policy on one page, default deny.

A permission is spelled ``room:noun:verb``. A rule lists the roles that hold it *at or above the
object's place in the grid tree*, and small predicates for holders by another tie (the host of a
camera, the owner of a session). An object outside the viewer's scope is not found (404: the query
carries the scope); one inside it that may not be touched is forbidden (403).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, cast

from flask import abort, g
from flask_login import current_user
from sqlalchemy import false, or_

from intranet.db import within


class Role(StrEnum):
    """What a grant makes its holder, at one node of the grid tree and below."""

    ADMIN = "admin"
    SECRETARY = "secretary"
    OFFICE = "office"
    GRID_MEMBER = "grid_member"
    MICRO_MEMBER = "micro_member"
    PARTY_MEMBER = "party_member"
    RESIDENT = "resident"
    STATION = "station"
    COMPANY = "company"
    KIOSK = "kiosk"
    WALL = "wall"


DEVICE_ROLES = frozenset({Role.KIOSK, Role.WALL})

# At which kinds of grid each role may be given: a volunteer of one building is none of a whole
# community. The words are those of ``GridKind``, which stands above this file.
OFFICES = frozenset({"county", "town", "community"})
ROLE_KINDS: dict[Role, frozenset[str]] = {
    Role.ADMIN: OFFICES,
    Role.SECRETARY: OFFICES,
    Role.OFFICE: OFFICES,
    Role.GRID_MEMBER: frozenset({"general", "dedicated"}),
    Role.MICRO_MEMBER: frozenset({"micro"}),
    Role.PARTY_MEMBER: frozenset({"micro"}),
    Role.RESIDENT: frozenset({"micro"}),
    Role.STATION: OFFICES,
    Role.COMPANY: frozenset({"dedicated"}),
    Role.KIOSK: OFFICES | {"general"},
    Role.WALL: OFFICES | {"general"},
}


@dataclass(frozen=True, slots=True)
class Grant:
    """One role at one node; ``path`` is the node's place in the tree, such as ``1.5.42.``."""

    role: Role
    path: str


@dataclass(frozen=True, slots=True)
class Viewer:
    """The one who asks, as every query and rule sees them."""

    account_id: int
    username: str
    name: str
    party_id: int | None
    grants: tuple[Grant, ...]
    household_id: int | None = None  # the one the person belongs to, unless gone from there
    team_ids: tuple[int, ...] = ()  # the teams, as parties, in which the person holds a post now
    led_ids: tuple[int, ...] = ()  # those of them of which the person is the micro-grid member

    @property
    def party_ids(self) -> tuple[int, ...]:
        """Whom the viewer acts for at home: oneself and one's household."""
        return tuple(one for one in (self.party_id, self.household_id) if one is not None)

    @property
    def own_ids(self) -> tuple[int, ...]:
        """Whose matters the viewer reads, and reports, as one's own: the home's and the teams'."""
        return (*self.party_ids, *self.team_ids)

    @property
    def purse_ids(self) -> tuple[int, ...]:
        """Whose points the viewer spends: the home's, and of teams the micro-grid member alone."""
        return (*self.party_ids, *self.led_ids)

    @property
    def roles(self) -> frozenset[Role]:
        """All roles held, wherever."""
        return frozenset(grant.role for grant in self.grants)

    def paths(self, roles: frozenset[Role]) -> tuple[str, ...]:
        """Return the paths at which one of the roles is held, none inside another."""
        held = sorted({grant.path for grant in self.grants if grant.role in roles})
        outer: list[str] = []
        for path in held:
            if not outer or not path.startswith(outer[-1]):
                outer.append(path)
        return tuple(outer)


class Placed(Protocol):
    """Anything with a place in the grid tree."""

    grid_path: str


class Permission(StrEnum):
    """``room:noun:verb``, alphabetical."""

    AUDIT_ENTRY_VIEW = "audit:entry:view"
    CAMERAS_CAMERA_MANAGE = "cameras:camera:manage"
    CAMERAS_CAMERA_VIEW = "cameras:camera:view"
    CAMERAS_MISUSE_REVIEW = "cameras:misuse:review"
    CAMERAS_PHRASE_MANAGE = "cameras:phrase:manage"
    CAMERAS_TALK_SPEAK = "cameras:talk:speak"
    CAMERAS_TALK_VIEW = "cameras:talk:view"
    CAMERAS_VIEWING_NAMES = "cameras:viewing:names"
    CAMERAS_VIEWING_VIEW = "cameras:viewing:view"
    GRIDS_ROSTER_EDIT = "grids:roster:edit"
    GRIDS_ROSTER_VIEW = "grids:roster:view"
    GRIDS_TREE_EDIT = "grids:tree:edit"
    GRIDS_TREE_VIEW = "grids:tree:view"
    INCIDENTS_CALLBACK_MAKE = "incidents:callback:make"
    INCIDENTS_CATALOGUE_MANAGE = "incidents:catalogue:manage"
    INCIDENTS_FIGURES_VIEW = "incidents:figures:view"
    INCIDENTS_INCIDENT_ACCEPT = "incidents:incident:accept"
    INCIDENTS_INCIDENT_CLOSE = "incidents:incident:close"
    INCIDENTS_INCIDENT_DISPATCH = "incidents:incident:dispatch"
    INCIDENTS_INCIDENT_EVALUATE = "incidents:incident:evaluate"
    INCIDENTS_INCIDENT_HANDLE = "incidents:incident:handle"
    INCIDENTS_INCIDENT_REMIND = "incidents:incident:remind"
    INCIDENTS_INCIDENT_REOPEN = "incidents:incident:reopen"
    INCIDENTS_INCIDENT_REPORT = "incidents:incident:report"
    INCIDENTS_INCIDENT_SUPERVISE = "incidents:incident:supervise"
    INCIDENTS_INCIDENT_VERIFY = "incidents:incident:verify"
    INCIDENTS_INCIDENT_VIEW = "incidents:incident:view"
    INCIDENTS_INCIDENT_VOID = "incidents:incident:void"
    INCIDENTS_INCIDENT_WHISTLE = "incidents:incident:whistle"
    INCIDENTS_KEY_MANAGE = "incidents:key:manage"
    INCIDENTS_OWN_MANAGE = "incidents:own:manage"
    INCIDENTS_PATROL_PLAN = "incidents:patrol:plan"
    INCIDENTS_PATROL_WALK = "incidents:patrol:walk"
    INCIDENTS_PHOTO_ADD = "incidents:photo:add"
    INCIDENTS_PHOTO_MODERATE = "incidents:photo:moderate"
    INCIDENTS_PHOTO_RESTORE = "incidents:photo:restore"
    INCIDENTS_REQUEST_GRANT = "incidents:request:grant"
    JOBS_COMPANY_VERIFY = "jobs:company:verify"
    JOBS_COMPANY_VIEW = "jobs:company:view"
    JOBS_DESK_VIEW = "jobs:desk:view"
    JOBS_FAIR_MANAGE = "jobs:fair:manage"
    JOBS_KIOSK_USE = "jobs:kiosk:use"
    JOBS_OUTLET_MANAGE = "jobs:outlet:manage"
    JOBS_OUTLET_SEND = "jobs:outlet:send"
    JOBS_POST_REVIEW = "jobs:post:review"
    JOBS_POST_WRITE = "jobs:post:write"
    JOBS_REFERRAL_ANSWER = "jobs:referral:answer"
    JOBS_SCREEN_VIEW = "jobs:screen:view"
    JOBS_SEEKER_MANAGE = "jobs:seeker:manage"
    JOBS_STATION_MANAGE = "jobs:station:manage"
    JOBS_WISH_FILE = "jobs:wish:file"
    JOBS_WISH_MATCH = "jobs:wish:match"
    JOBS_WISH_VIEW = "jobs:wish:view"
    NOTICES_DELIVERY_MANAGE = "notices:delivery:manage"
    NOTICES_NOTICE_VIEW = "notices:notice:view"
    PEOPLE_ACCOUNT_MANAGE = "people:account:manage"
    PEOPLE_SELF_MANAGE = "people:self:manage"
    POINTS_BOARD_VIEW = "points:board:view"
    POINTS_CLAIM_APPROVE = "points:claim:approve"
    POINTS_CLAIM_ENTER = "points:claim:enter"
    POINTS_ENTRY_CORRECT = "points:entry:correct"
    POINTS_GOODS_HAND = "points:goods:hand"
    POINTS_GOODS_MANAGE = "points:goods:manage"
    POINTS_HEAD_PUBLISH = "points:head:publish"
    POINTS_LEDGER_VIEW = "points:ledger:view"
    POINTS_OBJECTION_DECIDE = "points:objection:decide"
    POINTS_OWN_USE = "points:own:use"
    POINTS_RULE_MANAGE = "points:rule:manage"
    POINTS_STATEMENT_VIEW = "points:statement:view"
    POINTS_YEAR_CLOSE = "points:year:close"
    REGISTER_PARTY_EDIT = "register:party:edit"
    REGISTER_PARTY_VIEW = "register:party:view"
    REGISTER_PERSONAL_ERASE = "register:personal:erase"
    REGISTER_PERSONAL_UNMASK = "register:personal:unmask"
    WORKBENCH_HOME_VIEW = "workbench:home:view"


Predicate = Callable[[Viewer, Any], bool]


def hosts(viewer: Viewer, thing: Any) -> bool:
    """Whether the viewer, or the viewer's household, hosts the camera."""
    return getattr(thing, "host_party_id", None) in viewer.party_ids


def is_own(viewer: Viewer, thing: Any) -> bool:
    """Whether the thing belongs to the viewer's account."""
    return thing is None or getattr(thing, "account_id", None) == viewer.account_id


def is_of_home(viewer: Viewer, thing: Any) -> bool:
    """Whether the thing is the viewer's own party's, or the household's."""
    return getattr(thing, "party_id", None) in viewer.party_ids


def is_of_team(viewer: Viewer, thing: Any) -> bool:
    """Whether the thing is a team's in which the viewer holds a post."""
    return getattr(thing, "party_id", None) in viewer.team_ids


def reported(viewer: Viewer, thing: Any) -> bool:
    """Whether the viewer reported the incident."""
    return getattr(thing, "reporter_id", None) == viewer.account_id


def handles(viewer: Viewer, thing: Any) -> bool:
    """Whether the incident is with the viewer, or with a unit the viewer belongs to."""
    return viewer.account_id in getattr(thing, "worker_ids", ())


def took_part(viewer: Viewer, thing: Any) -> bool:
    """Whether the viewer has done something to the incident: it stays on the own list of done."""
    return viewer.account_id in getattr(thing, "acted_ids", ())


def acts_for(viewer: Viewer, thing: Any) -> bool:
    """Whether the viewer is the company's handler whose letter of authorisation was seen."""
    return viewer.account_id in getattr(thing, "handler_ids", ())


def is_own_wish(viewer: Viewer, thing: Any) -> bool:
    """Whether the wish is the viewer's own."""
    party_id = getattr(thing, "party_id", None)
    return party_id is not None and party_id == viewer.party_id


@dataclass(frozen=True, slots=True)
class Rule:
    """Holders of a permission: roles within their scope, or anyone a predicate lets in."""

    roles: frozenset[Role] = frozenset()
    or_if: tuple[Predicate, ...] = ()


def _roles(*roles: Role) -> frozenset[Role]:
    return frozenset(roles)


LEADERS = _roles(Role.ADMIN, Role.SECRETARY)
STAFF = LEADERS | {Role.OFFICE, Role.GRID_MEMBER}
TEAM = STAFF | {Role.MICRO_MEMBER, Role.PARTY_MEMBER}
STATION = LEADERS | {Role.OFFICE, Role.STATION}  # who runs the employment station
PERSONS = frozenset(Role) - DEVICE_ROLES

POLICY: dict[Permission, Rule] = {
    Permission.AUDIT_ENTRY_VIEW: Rule(LEADERS),
    Permission.CAMERAS_CAMERA_MANAGE: Rule(LEADERS),
    Permission.CAMERAS_CAMERA_VIEW: Rule(TEAM | {Role.RESIDENT, Role.WALL}, (hosts,)),
    Permission.CAMERAS_MISUSE_REVIEW: Rule(LEADERS | {Role.OFFICE}),
    Permission.CAMERAS_PHRASE_MANAGE: Rule(LEADERS | {Role.OFFICE}),
    Permission.CAMERAS_TALK_SPEAK: Rule(TEAM),
    Permission.CAMERAS_TALK_VIEW: Rule(TEAM | {Role.RESIDENT}, (hosts,)),
    Permission.CAMERAS_VIEWING_NAMES: Rule(LEADERS | {Role.OFFICE}),
    Permission.CAMERAS_VIEWING_VIEW: Rule(LEADERS | {Role.OFFICE, Role.RESIDENT}),
    Permission.GRIDS_ROSTER_EDIT: Rule(STAFF),
    Permission.GRIDS_ROSTER_VIEW: Rule(TEAM),
    Permission.GRIDS_TREE_EDIT: Rule(LEADERS),
    Permission.GRIDS_TREE_VIEW: Rule(TEAM | {Role.STATION}),
    Permission.INCIDENTS_CALLBACK_MAKE: Rule(LEADERS | {Role.OFFICE}),
    Permission.INCIDENTS_CATALOGUE_MANAGE: Rule(_roles(Role.ADMIN)),
    Permission.INCIDENTS_FIGURES_VIEW: Rule(STAFF),
    Permission.INCIDENTS_INCIDENT_ACCEPT: Rule(STAFF),
    Permission.INCIDENTS_INCIDENT_CLOSE: Rule(STAFF),
    Permission.INCIDENTS_INCIDENT_DISPATCH: Rule(STAFF),
    Permission.INCIDENTS_INCIDENT_EVALUATE: Rule(LEADERS | {Role.OFFICE}, (reported,)),
    Permission.INCIDENTS_INCIDENT_HANDLE: Rule(STAFF, (handles,)),
    Permission.INCIDENTS_INCIDENT_REMIND: Rule(STAFF, (reported,)),
    Permission.INCIDENTS_INCIDENT_REOPEN: Rule(STAFF, (reported,)),
    Permission.INCIDENTS_INCIDENT_REPORT: Rule(PERSONS),
    Permission.INCIDENTS_INCIDENT_SUPERVISE: Rule(LEADERS),
    Permission.INCIDENTS_INCIDENT_VERIFY: Rule(STAFF),
    Permission.INCIDENTS_INCIDENT_VIEW: Rule(
        STAFF | {Role.MICRO_MEMBER, Role.PARTY_MEMBER}, (reported, handles, took_part)
    ),
    Permission.INCIDENTS_INCIDENT_VOID: Rule(LEADERS),
    Permission.INCIDENTS_INCIDENT_WHISTLE: Rule(LEADERS | {Role.OFFICE}),
    Permission.INCIDENTS_KEY_MANAGE: Rule(_roles(Role.ADMIN)),
    Permission.INCIDENTS_OWN_MANAGE: Rule(or_if=(reported,)),
    Permission.INCIDENTS_PATROL_PLAN: Rule(STAFF),
    Permission.INCIDENTS_PATROL_WALK: Rule(TEAM),
    Permission.INCIDENTS_PHOTO_ADD: Rule(STAFF, (reported, handles)),
    Permission.INCIDENTS_PHOTO_MODERATE: Rule(STAFF),
    Permission.INCIDENTS_PHOTO_RESTORE: Rule(LEADERS),
    Permission.INCIDENTS_REQUEST_GRANT: Rule(LEADERS),
    Permission.JOBS_COMPANY_VERIFY: Rule(STATION),
    Permission.JOBS_COMPANY_VIEW: Rule(STATION | {Role.GRID_MEMBER}, (acts_for,)),
    Permission.JOBS_DESK_VIEW: Rule(STATION | {Role.GRID_MEMBER}),
    Permission.JOBS_FAIR_MANAGE: Rule(STATION),
    Permission.JOBS_KIOSK_USE: Rule(STATION | {Role.KIOSK}),
    Permission.JOBS_OUTLET_MANAGE: Rule(LEADERS | {Role.OFFICE}),
    Permission.JOBS_OUTLET_SEND: Rule(STATION),
    Permission.JOBS_POST_REVIEW: Rule(STATION),
    Permission.JOBS_POST_WRITE: Rule(STATION, (acts_for,)),
    Permission.JOBS_REFERRAL_ANSWER: Rule(STATION, (acts_for,)),
    Permission.JOBS_SCREEN_VIEW: Rule(STATION),
    # What is kept of a seeker: shown, handed over, erased.
    Permission.JOBS_SEEKER_MANAGE: Rule(STAFF | {Role.STATION, Role.MICRO_MEMBER}, (is_own_wish,)),
    Permission.JOBS_STATION_MANAGE: Rule(STATION),
    Permission.JOBS_WISH_FILE: Rule(
        STAFF | {Role.MICRO_MEMBER, Role.STATION, Role.KIOSK}, (is_own_wish,)
    ),
    Permission.JOBS_WISH_MATCH: Rule(STAFF | {Role.STATION, Role.MICRO_MEMBER}),
    Permission.JOBS_WISH_VIEW: Rule(STAFF | {Role.STATION, Role.MICRO_MEMBER}, (is_own_wish,)),
    Permission.NOTICES_DELIVERY_MANAGE: Rule(_roles(Role.ADMIN)),
    Permission.NOTICES_NOTICE_VIEW: Rule(PERSONS, (is_own,)),
    Permission.PEOPLE_ACCOUNT_MANAGE: Rule(LEADERS),
    Permission.PEOPLE_SELF_MANAGE: Rule(PERSONS, (is_own,)),
    Permission.POINTS_BOARD_VIEW: Rule(PERSONS),
    Permission.POINTS_CLAIM_APPROVE: Rule(STAFF),
    Permission.POINTS_CLAIM_ENTER: Rule(TEAM),
    Permission.POINTS_ENTRY_CORRECT: Rule(LEADERS | {Role.OFFICE}),
    Permission.POINTS_GOODS_HAND: Rule(STAFF | {Role.STATION}),
    Permission.POINTS_GOODS_MANAGE: Rule(LEADERS | {Role.OFFICE}),
    Permission.POINTS_HEAD_PUBLISH: Rule(LEADERS | {Role.OFFICE}),
    Permission.POINTS_LEDGER_VIEW: Rule(STAFF),
    Permission.POINTS_OBJECTION_DECIDE: Rule(LEADERS),
    Permission.POINTS_OWN_USE: Rule(PERSONS, (is_of_home,)),
    Permission.POINTS_RULE_MANAGE: Rule(LEADERS),
    Permission.POINTS_STATEMENT_VIEW: Rule(STAFF, (is_of_home, is_of_team)),
    Permission.POINTS_YEAR_CLOSE: Rule(LEADERS),
    Permission.REGISTER_PARTY_EDIT: Rule(STAFF),
    Permission.REGISTER_PARTY_VIEW: Rule(STAFF | {Role.MICRO_MEMBER, Role.STATION}),
    Permission.REGISTER_PERSONAL_ERASE: Rule(LEADERS),
    Permission.REGISTER_PERSONAL_UNMASK: Rule(STAFF | {Role.MICRO_MEMBER}),
    Permission.WORKBENCH_HOME_VIEW: Rule(frozenset(Role)),
}


def allowed(viewer: Viewer | None, permission: Permission, thing: Any = None) -> bool:
    """Whether the viewer holds the permission on the thing, or anywhere when it is None."""
    if viewer is None:
        return False
    rule = POLICY[permission]
    place = None if thing is None else getattr(thing, "grid_path", None)
    for grant in viewer.grants:
        if grant.role in rule.roles and (place is None or place.startswith(grant.path)):
            return True
    return thing is not None and any(predicate(viewer, thing) for predicate in rule.or_if)


def require(permission: Permission, thing: Any = None) -> Viewer:
    """Return the viewer if allowed; else answer 401 (nobody is logged in) or 403."""
    viewer = current_viewer()
    if viewer is None:
        abort(401)
    if not allowed(viewer, permission, thing):
        abort(403)
    return viewer


def scope_condition(column: Any, viewer: Viewer | None, permission: Permission) -> Any:
    """Return the condition that a row's path lies where the viewer's roles hold the permission.

    Predicates of the rule (a camera's host) are not in it: the query that knows the column adds
    them with OR.
    """
    if viewer is None:
        return false()
    paths = viewer.paths(POLICY[permission].roles)
    return or_(*(within(column, path) for path in paths)) if paths else false()


def current_viewer() -> Viewer | None:
    """Return who asks in this request, or None when nobody is logged in."""
    if "viewer" not in g:
        g.viewer = getattr(current_user, "viewer", None)  # who is not logged in has none
    return cast("Viewer | None", g.viewer)
