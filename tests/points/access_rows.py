"""Who may walk where in the points room."""

from house.matrix import Row

from intranet.access import Permission as P

BOARD, MANAGE = P.POINTS_BOARD_VIEW, P.POINTS_RULE_MANAGE


def page(permission, url):
    return Row(permission, lambda place: f"/points{url}", of_place=False)


def of_claim(permission, tail=""):
    return Row(permission, lambda place: f"/points/claims/{place.claim_id}{tail}")


def of_entry(permission, tail=""):
    return Row(permission, lambda place: f"/points/entries/{place.entry_id}{tail}")


def of_party(tail):
    return Row(P.POINTS_STATEMENT_VIEW, lambda place: f"/points/parties/{place.party_id}/{tail}")


ROWS = {
    "points.figures": page(P.POINTS_LEDGER_VIEW, "/figures"),
    "points.statement": of_party("statement"),
    "points.receipt": of_party("receipt"),
    "points.verifier": page(BOARD, "/verifier.py"),
    "points.receipt_file": of_party("receipt.json"),
    "points.ledger": page(P.POINTS_LEDGER_VIEW, "/ledger"),
    "points.ledger_export": page(P.POINTS_LEDGER_VIEW, "/ledger/export.csv"),
    "points.entry": of_entry(P.POINTS_LEDGER_VIEW),
    "points.correct": of_entry(P.POINTS_ENTRY_CORRECT, "/correct"),
    "points.decide_correction": Row(
        P.POINTS_ENTRY_CORRECT,
        lambda place: f"/points/corrections/{place.correction_id}/decide",
    ),
    "points.index": page(BOARD, ""),
    "points.board": page(BOARD, "/board"),
    "points.rules": page(BOARD, "/rules"),
    "points.export_rules": page(BOARD, "/rules/export.csv"),
    "points.rule": page(BOARD, "/rules/JS01"),
    "points.new_meeting": page(MANAGE, "/meetings/new"),
    "points.record_meeting": page(MANAGE, "/meetings/new"),
    "points.new_rule": page(MANAGE, "/rules/new"),
    "points.adopt_rule": page(MANAGE, "/rules/new"),
    "points.adopt_standard": page(MANAGE, "/rules/standard"),
    "points.new_claim": page(BOARD, "/claims/new"),
    "points.file_claim": page(BOARD, "/claims/new"),
    "points.claims": page(P.POINTS_CLAIM_APPROVE, "/claims"),
    "points.approve_many": page(P.POINTS_CLAIM_APPROVE, "/claims"),
    "points.gathering": page(P.POINTS_CLAIM_ENTER, "/gathering"),
    "points.enter_gathering": page(P.POINTS_CLAIM_ENTER, "/gathering"),
    "points.gathered": Row(
        P.POINTS_CLAIM_APPROVE, lambda place: f"/points/gathering/{place.gathering_id}"
    ),
    "points.undo_gathering": Row(
        P.POINTS_CLAIM_APPROVE, lambda place: f"/points/gathering/{place.gathering_id}/undo"
    ),
    "points.ask_undoing": Row(
        P.POINTS_ENTRY_CORRECT, lambda place: f"/points/gathering/{place.gathering_id}/reverse"
    ),
    "points.decide_undoing": Row(
        P.POINTS_ENTRY_CORRECT,
        lambda place: f"/points/gathering/{place.gathering_id}/reverse/decide",
    ),
    "points.claim": of_claim(P.POINTS_CLAIM_APPROVE),
    "points.claim_photo": of_claim(P.POINTS_CLAIM_APPROVE, "/photos/1"),
    "points.approve_claim": of_claim(P.POINTS_CLAIM_APPROVE, "/approve"),
    "points.withdraw_claim": of_claim(P.POINTS_CLAIM_APPROVE, "/withdraw"),
    "points.object_to_claim": of_claim(P.POINTS_CLAIM_APPROVE, "/object"),
    "points.decide_claim": of_claim(P.POINTS_CLAIM_APPROVE, "/refuse"),
    "points.amend_claim": of_claim(P.POINTS_OBJECTION_DECIDE, "/amend"),
    "points.shop": page(P.POINTS_OWN_USE, "/shop"),
    "points.redeem": page(P.POINTS_OWN_USE, "/shop/1"),
    "points.ask": page(P.POINTS_OWN_USE, "/shop/1"),
    "points.let_go": page(P.POINTS_OWN_USE, "/redemptions/1/release"),
    "points.own_handing": page(P.POINTS_OWN_USE, "/redemptions/1"),
    "points.object_to_handing": page(P.POINTS_OWN_USE, "/redemptions/1/object"),
    "points.handed": page(P.POINTS_OBJECTION_DECIDE, "/handed"),
    "points.look_through": page(P.POINTS_OBJECTION_DECIDE, "/handed/1/look"),
    "points.erase_stock_words": page(P.POINTS_GOODS_MANAGE, "/goods/1/words/1/erase"),
    "points.goods_picture": page(P.POINTS_BOARD_VIEW, "/goods/1/picture"),
    "points.desk": page(P.POINTS_GOODS_HAND, "/desk"),
    "points.find_code": page(P.POINTS_GOODS_HAND, "/desk"),
    "points.redemption": page(P.POINTS_GOODS_HAND, "/desk/1"),
    "points.hand_over": page(P.POINTS_GOODS_HAND, "/desk/1/hand"),
    "points.desk_release": page(P.POINTS_GOODS_HAND, "/desk/1/release"),
    "points.counter": Row(
        P.POINTS_GOODS_HAND, lambda place: f"/points/desk/party/{place.party_id}"
    ),
    "points.counter_hand": Row(
        P.POINTS_GOODS_HAND, lambda place: f"/points/desk/party/{place.party_id}"
    ),
    "points.handing": page(P.POINTS_GOODS_HAND, "/handing/1"),
    "points.hand_award": page(P.POINTS_GOODS_HAND, "/handing/1/1"),
    "points.unhand_award": page(P.POINTS_GOODS_HAND, "/handing/1/1/back"),
    "points.goods": page(P.POINTS_GOODS_MANAGE, "/goods"),
    "points.export_goods": page(P.POINTS_GOODS_MANAGE, "/goods/export.csv"),
    "points.new_goods": page(P.POINTS_GOODS_MANAGE, "/goods/new"),
    "points.add_goods": page(P.POINTS_GOODS_MANAGE, "/goods/new"),
    "points.one_goods": page(P.POINTS_GOODS_MANAGE, "/goods/1"),
    "points.change_goods": page(P.POINTS_GOODS_MANAGE, "/goods/1"),
    "points.set_goods_state": page(P.POINTS_GOODS_MANAGE, "/goods/1/state"),
    "points.supply_goods": page(P.POINTS_GOODS_MANAGE, "/goods/1/supply"),
    "points.count_goods": page(P.POINTS_GOODS_MANAGE, "/goods/1/count"),
    "points.heads": page(P.POINTS_HEAD_PUBLISH, "/heads"),
    "points.publish_head": page(P.POINTS_HEAD_PUBLISH, "/heads"),
    "points.ask_verification": page(P.POINTS_HEAD_PUBLISH, "/heads/verify"),
    "points.verification_state": page(P.POINTS_HEAD_PUBLISH, "/heads/verification"),
    "points.head_paper": page(BOARD, "/heads/1/paper"),
    "points.years": page(P.POINTS_YEAR_CLOSE, "/years"),
    "points.begin_year": page(P.POINTS_YEAR_CLOSE, "/years"),
    "points.year": page(P.POINTS_YEAR_CLOSE, "/years/1"),
    "points.change_plan": page(P.POINTS_YEAR_CLOSE, "/years/1/plan"),
    "points.add_honour": page(P.POINTS_YEAR_CLOSE, "/years/1/honours"),
    "points.remove_honour": page(P.POINTS_YEAR_CLOSE, "/years/1/honours/1/remove"),
    "points.year_check": page(P.POINTS_YEAR_CLOSE, "/years/2/check"),
    "points.publish_year": page(P.POINTS_YEAR_CLOSE, "/years/1/publish"),
    "points.take_back_year": page(P.POINTS_YEAR_CLOSE, "/years/1/take-back"),
    "points.ask_year": page(P.POINTS_YEAR_CLOSE, "/years/1/sign"),
    "points.confirm_year": page(P.POINTS_YEAR_CLOSE, "/years/1/sign/confirm"),
    "points.cancel_year": page(P.POINTS_YEAR_CLOSE, "/years/1/cancel"),
    "points.decide_year_objection": page(P.POINTS_YEAR_CLOSE, "/years/1/objections/1"),
    "points.year_paper": page(P.POINTS_YEAR_CLOSE, "/years/1/paper"),
    "points.standings": page(P.POINTS_BOARD_VIEW, "/standings/1"),
    "points.object_to_year": page(P.POINTS_BOARD_VIEW, "/standings/1/object"),
    "points.honours": page(P.POINTS_BOARD_VIEW, "/honours"),
    "points.own_consent": page(P.POINTS_BOARD_VIEW, "/consent/1"),
    "points.award_consent": page(P.POINTS_BOARD_VIEW, "/awards/1/consent"),
    "points.certificate": page(P.POINTS_BOARD_VIEW, "/awards/1/certificate"),
    "points.name_certificate": page(P.POINTS_BOARD_VIEW, "/awards/1/certificate"),
}
