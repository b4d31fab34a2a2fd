"""Who may walk where in the points room."""

from house.matrix import Row

from intranet.access import Permission as P

ROWS = {
    "points.index": Row(P.POINTS_BOARD_VIEW, lambda place: "/points", of_place=False),
    "points.shop": Row(P.POINTS_OWN_USE, lambda place: "/points/shop", of_place=False),
    "points.redeem": Row(P.POINTS_OWN_USE, lambda place: "/points/shop/1", of_place=False),
    "points.ask": Row(P.POINTS_OWN_USE, lambda place: "/points/shop/1", of_place=False),
    "points.let_go": Row(
        P.POINTS_OWN_USE, lambda place: "/points/redemptions/1/release", of_place=False
    ),
    "points.goods_picture": Row(
        P.POINTS_BOARD_VIEW, lambda place: "/points/goods/1/picture", of_place=False
    ),
    "points.desk": Row(P.POINTS_GOODS_HAND, lambda place: "/points/desk", of_place=False),
    "points.find_code": Row(P.POINTS_GOODS_HAND, lambda place: "/points/desk", of_place=False),
    "points.redemption": Row(P.POINTS_GOODS_HAND, lambda place: "/points/desk/1", of_place=False),
    "points.hand_over": Row(
        P.POINTS_GOODS_HAND, lambda place: "/points/desk/1/hand", of_place=False
    ),
    "points.desk_release": Row(
        P.POINTS_GOODS_HAND, lambda place: "/points/desk/1/release", of_place=False
    ),
    "points.counter": Row(
        P.POINTS_GOODS_HAND, lambda place: f"/points/desk/party/{place.party_id}"
    ),
    "points.counter_hand": Row(
        P.POINTS_GOODS_HAND, lambda place: f"/points/desk/party/{place.party_id}"
    ),
    "points.goods": Row(P.POINTS_GOODS_MANAGE, lambda place: "/points/goods", of_place=False),
    "points.export_goods": Row(
        P.POINTS_GOODS_MANAGE, lambda place: "/points/goods/export.csv", of_place=False
    ),
    "points.new_goods": Row(
        P.POINTS_GOODS_MANAGE, lambda place: "/points/goods/new", of_place=False
    ),
    "points.add_goods": Row(
        P.POINTS_GOODS_MANAGE, lambda place: "/points/goods/new", of_place=False
    ),
    "points.one_goods": Row(P.POINTS_GOODS_MANAGE, lambda place: "/points/goods/1", of_place=False),
    "points.change_goods": Row(
        P.POINTS_GOODS_MANAGE, lambda place: "/points/goods/1", of_place=False
    ),
    "points.set_goods_state": Row(
        P.POINTS_GOODS_MANAGE, lambda place: "/points/goods/1/state", of_place=False
    ),
    "points.supply_goods": Row(
        P.POINTS_GOODS_MANAGE, lambda place: "/points/goods/1/supply", of_place=False
    ),
    "points.count_goods": Row(
        P.POINTS_GOODS_MANAGE, lambda place: "/points/goods/1/count", of_place=False
    ),
    "points.years": Row(P.POINTS_YEAR_CLOSE, lambda place: "/points/years", of_place=False),
    "points.begin_year": Row(P.POINTS_YEAR_CLOSE, lambda place: "/points/years", of_place=False),
    "points.year": Row(P.POINTS_YEAR_CLOSE, lambda place: "/points/years/1", of_place=False),
    "points.change_plan": Row(
        P.POINTS_YEAR_CLOSE, lambda place: "/points/years/1/plan", of_place=False
    ),
    "points.add_honour": Row(
        P.POINTS_YEAR_CLOSE, lambda place: "/points/years/1/honours", of_place=False
    ),
    "points.remove_honour": Row(
        P.POINTS_YEAR_CLOSE, lambda place: "/points/years/1/honours/1/remove", of_place=False
    ),
    "points.year_check": Row(
        P.POINTS_YEAR_CLOSE, lambda place: "/points/years/1/check", of_place=False
    ),
    "points.publish_year": Row(
        P.POINTS_YEAR_CLOSE, lambda place: "/points/years/1/publish", of_place=False
    ),
    "points.take_back_year": Row(
        P.POINTS_YEAR_CLOSE, lambda place: "/points/years/1/take-back", of_place=False
    ),
    "points.ask_year": Row(
        P.POINTS_YEAR_CLOSE, lambda place: "/points/years/1/sign", of_place=False
    ),
    "points.confirm_year": Row(
        P.POINTS_YEAR_CLOSE, lambda place: "/points/years/1/sign/confirm", of_place=False
    ),
    "points.cancel_year": Row(
        P.POINTS_YEAR_CLOSE, lambda place: "/points/years/1/cancel", of_place=False
    ),
    "points.decide_year_objection": Row(
        P.POINTS_YEAR_CLOSE, lambda place: "/points/years/1/objections/1", of_place=False
    ),
    "points.year_paper": Row(
        P.POINTS_YEAR_CLOSE, lambda place: "/points/years/1/paper", of_place=False
    ),
    "points.standings": Row(
        P.POINTS_BOARD_VIEW, lambda place: "/points/standings/1", of_place=False
    ),
    "points.object_to_year": Row(
        P.POINTS_BOARD_VIEW, lambda place: "/points/standings/1/object", of_place=False
    ),
    "points.honours": Row(P.POINTS_BOARD_VIEW, lambda place: "/points/honours", of_place=False),
    "points.own_consent": Row(
        P.POINTS_BOARD_VIEW, lambda place: "/points/consent/1", of_place=False
    ),
    "points.award_consent": Row(
        P.POINTS_BOARD_VIEW, lambda place: "/points/awards/1/consent", of_place=False
    ),
    "points.certificate": Row(
        P.POINTS_BOARD_VIEW, lambda place: "/points/awards/1/certificate", of_place=False
    ),
    "points.name_certificate": Row(
        P.POINTS_BOARD_VIEW, lambda place: "/points/awards/1/certificate", of_place=False
    ),
}
