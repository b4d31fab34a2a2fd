"""The pages of the points room, for the row of links under its heading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import current_app, request, url_for

from intranet.access import Permission, allowed, current_viewer
from intranet.i18n import _l

if TYPE_CHECKING:
    from flask_babel import LazyString


@dataclass(frozen=True, slots=True)
class Door:
    """One page of the room; shown to those who hold the permission somewhere."""

    endpoint: str
    label: LazyString
    icon: str
    permission: Permission
    also: tuple[str, ...] = ()  # endpoints behind the same door
    in_front: bool = False  # the others stand behind "More"
    of_home: bool = False  # for whoever belongs to a household, shop or company


SHOP = (
    *("points.redeem", "points.ask", "points.let_go"),
    *("points.own_handing", "points.object_to_handing"),
)
DESK = (
    *("points.find_code", "points.redemption", "points.hand_over", "points.desk_release"),
    *("points.counter", "points.counter_hand", "points.handed", "points.look_through"),
    *("points.handing", "points.hand_award", "points.unhand_award"),
)
GOODS = (
    *("points.new_goods", "points.add_goods", "points.one_goods", "points.change_goods"),
    *("points.set_goods_state", "points.supply_goods", "points.count_goods"),
    "points.erase_stock_words",
)
HONOURS = ("points.standings", "points.object_to_year", "points.own_consent", "points.certificate")
YEARS = (
    *("points.begin_year", "points.year", "points.change_plan", "points.add_honour"),
    *("points.remove_honour", "points.year_check", "points.publish_year", "points.take_back_year"),
    *("points.ask_year", "points.confirm_year", "points.cancel_year", "points.year_paper"),
    *("points.decide_year_objection", "points.award_consent"),
)
FEW = 6
# In the order they are shown: one line a door.
DOORS = (
    Door("points.index", _l("My points"), "medal", Permission.POINTS_BOARD_VIEW, (), True),
    Door(
        "points.board", _l("In publicity"), "speakerphone", Permission.POINTS_BOARD_VIEW, (), True
    ),
    Door("points.shop", _l("Goods"), "gift", Permission.POINTS_OWN_USE, SHOP, True, of_home=True),
    Door("points.claims", _l("To approve"), "checks", Permission.POINTS_CLAIM_APPROVE, (), True),
    Door(
        "points.gathering",
        _l("Enter for many"),
        "users-group",
        Permission.POINTS_CLAIM_ENTER,
        ("points.enter_gathering",),
        in_front=True,
    ),
    Door(
        "points.ledger",
        _l("Ledger"),
        "list",
        Permission.POINTS_LEDGER_VIEW,
        ("points.entry", "points.correct", "points.decide_correction"),
    ),
    Door("points.figures", _l("Points in figures"), "chart-bar", Permission.POINTS_LEDGER_VIEW),
    Door("points.desk", _l("Hand over"), "building-store", Permission.POINTS_GOODS_HAND, DESK),
    Door("points.goods", _l("Stock"), "archive", Permission.POINTS_GOODS_MANAGE, GOODS),
    Door("points.rules", _l("Rules"), "clipboard-check", Permission.POINTS_BOARD_VIEW),
    Door("points.honours", _l("Honours"), "certificate", Permission.POINTS_BOARD_VIEW, HONOURS),
    Door(
        "points.heads",
        _l("Heads made public"),
        "certificate",
        Permission.POINTS_HEAD_PUBLISH,
        ("points.publish_head", "points.ask_verification", "points.head_paper"),
    ),
    Door("points.years", _l("Year's end"), "calendar", Permission.POINTS_YEAR_CLOSE, YEARS),
)


def doors() -> list[dict[str, Any]]:
    """Return address, words, icon, whether it is the page at hand and whether it stands in front.

    Whoever has few doors has all of them in front, and the page at hand is always one of those.
    """
    viewer, here = current_viewer(), request.endpoint
    has_home = viewer is not None and bool(viewer.party_ids)
    open_to = [
        door
        for door in DOORS
        if door.endpoint in current_app.view_functions
        and allowed(viewer, door.permission)
        and (has_home or not door.of_home)
    ]
    return [
        {
            "url": url_for(door.endpoint),
            "label": door.label if has_home or door is not DOORS[0] else _l("What waits"),
            "icon": door.icon,
            "current": (is_here := here in {door.endpoint, *door.also}),
            "in_front": door.in_front or is_here or len(open_to) <= FEW,
        }
        for door in open_to
    ]
