"""Who may walk where among the incidents."""

from house.matrix import Row

from intranet.access import Permission as P
from intranet.incidents.models import MOVES, Verb

MANAGE = P.INCIDENTS_CATALOGUE_MANAGE
ENTER, VIEW = P.INCIDENTS_INCIDENT_REPORT, P.INCIDENTS_INCIDENT_VIEW


def of(permission, tail=""):
    return Row(permission, lambda place: f"/incidents/{place.incident}{tail}")


def room(permission, tail=""):
    return Row(permission, lambda place: f"/incidents{tail}", of_place=False)


def matter(tail=""):
    return Row(
        MANAGE, lambda place: f"/incidents/catalogue/{place.category_id}{tail}", of_place=False
    )


def unit(tail=""):
    return Row(MANAGE, lambda place: f"/incidents/units/{place.unit_id}{tail}")


def photo_of(permission, tail=""):
    return Row(
        permission, lambda place: f"/incidents/{place.incident}/photos/{place.attachment_id}{tail}"
    )


def door(tail):
    """An address other systems use: no login, and for writes a key."""
    return Row(None, lambda place: f"/open311{tail(place)}", of_place=False)


def asked(tail=""):
    return Row(
        P.INCIDENTS_CATALOGUE_MANAGE,
        lambda place: f"/incidents/catalogue/{place.category_id}/questions" + tail.format(place),
        of_place=False,
    )


def patrol(permission, tail):
    return Row(permission, lambda place: f"/incidents/patrols/{tail(place)}")


WALKING, PLANNING = P.INCIDENTS_PATROL_WALK, P.INCIDENTS_PATROL_PLAN
PATROLS = {
    "incidents.patrols": room(WALKING, "/patrols"),
    "incidents.patrol_history": room(WALKING, "/patrols/history"),
    "incidents.patrol_export": room(PLANNING, "/patrols/walks.csv"),
    "incidents.patrol_plans": room(PLANNING, "/patrols/plans"),
    "incidents.patrol_plan_new": room(PLANNING, "/patrols/plans/new"),
    "incidents.patrol_plan": patrol(PLANNING, lambda p: f"plans/{p.plan_id}"),
    "incidents.patrol_plan_retire": patrol(PLANNING, lambda p: f"plans/{p.plan_id}/retire"),
    "incidents.patrol_plan_copy": patrol(PLANNING, lambda p: f"plans/{p.plan_id}/copy"),
    "incidents.patrol_start": patrol(WALKING, lambda p: f"{p.plan_id}/start"),
    "incidents.patrol_walk": patrol(WALKING, lambda p: f"walks/{p.walk_id}"),
    "incidents.patrol_mark": patrol(WALKING, lambda p: f"walks/{p.walk_id}/checks/{p.check_id}"),
    "incidents.patrol_rest": patrol(WALKING, lambda p: f"walks/{p.walk_id}/rest"),
    "incidents.patrol_give_up": patrol(WALKING, lambda p: f"walks/{p.walk_id}/give-up"),
    "incidents.patrol_review": patrol(WALKING, lambda p: f"walks/{p.walk_id}/finish"),
    "incidents.patrol_finish": patrol(WALKING, lambda p: f"walks/{p.walk_id}/finish"),
    "incidents.patrol_photo": patrol(
        WALKING, lambda p: f"walks/{p.walk_id}/photos/{p.walk_photo_id}"
    ),
    "incidents.patrol_paper": patrol(WALKING, lambda p: f"walks/{p.walk_id}/paper"),
}
ROWS = PATROLS | {
    "incidents.index": room(ENTER),
    "incidents.map_page": room(VIEW, "/map"),
    "incidents.shortcuts": room(ENTER, "/shortcuts"),
    "incidents.filters": room(ENTER, "/filters"),
    "incidents.save_filter": room(ENTER, "/filters"),
    # Filters are one's own: anybody else's is not found, which test_saved_filters shows.
    "incidents.change_filter": room(ENTER, "/filters/1/rename"),
    "incidents.export": room(VIEW, "/export.csv"),
    "incidents.callbacks": room(P.INCIDENTS_CALLBACK_MAKE, "/callbacks"),
    "incidents.callbacks_export": room(P.INCIDENTS_CALLBACK_MAKE, "/callbacks/export.csv"),
    "incidents.callback": of(P.INCIDENTS_CALLBACK_MAKE, "/callback"),
    "incidents.record_call": of(P.INCIDENTS_CALLBACK_MAKE, "/callback"),
    "incidents.figures": room(P.INCIDENTS_FIGURES_VIEW, "/figures"),
    "incidents.figures_export": room(P.INCIDENTS_FIGURES_VIEW, "/figures/export.csv"),
    "incidents.new": room(ENTER, "/new"),
    "incidents.create": room(ENTER, "/new"),
    "incidents.shell": room(ENTER, "/shell"),
    "incidents.similar": room(ENTER, "/similar"),
    "incidents.where": room(ENTER, "/where"),
    "incidents.worker": Row(None, lambda place: "/sw.js"),
    "incidents.bulk": room(P.INCIDENTS_INCIDENT_ACCEPT, "/bulk"),
    "incidents.catalogue": room(MANAGE, "/catalogue"),
    "incidents.install_standard": room(MANAGE, "/catalogue/standard"),
    "incidents.export_catalogue": room(MANAGE, "/catalogue/export.csv"),
    "incidents.new_matter": room(MANAGE, "/catalogue/new"),
    "incidents.add_matter": room(MANAGE, "/catalogue/new"),
    "incidents.matter": matter(),
    "incidents.change_matter": matter(),
    "incidents.close_matter": matter("/close"),
    "incidents.reopen_matter": matter("/reopen"),
    "incidents.limits": room(MANAGE, "/limits"),
    "incidents.change_limits": room(MANAGE, "/limits"),
    "incidents.recount": room(MANAGE, "/recount"),
    "incidents.legal_days": room(MANAGE, "/days"),
    "incidents.add_legal_days": room(MANAGE, "/days"),
    "incidents.drop_legal_day": room(MANAGE, "/days/drop"),
    "incidents.units": room(MANAGE, "/units"),
    "incidents.new_unit": room(MANAGE, "/units/new"),
    "incidents.add_unit": room(MANAGE, "/units/new"),
    "incidents.unit": unit(),
    "incidents.change_unit": unit(),
    "incidents.set_unit_state": unit("/state"),
    "incidents.add_unit_member": unit("/members"),
    "incidents.remove_unit_member": unit("/members/remove"),
    "incidents.questions": asked(),
    "incidents.add_question": asked(),
    "incidents.change_question": asked("/{0.question_id}"),
    "incidents.close_question": asked("/{0.question_id}/close"),
    "incidents.keys": room(P.INCIDENTS_KEY_MANAGE, "/keys"),
    "incidents.add_key": room(P.INCIDENTS_KEY_MANAGE, "/keys"),
    "incidents.revoke_key": Row(
        P.INCIDENTS_KEY_MANAGE, lambda place: f"/incidents/keys/{place.client_id}/revoke"
    ),
    "incidents.release": of(P.INCIDENTS_PHOTO_MODERATE, "/outside"),
    "incidents.hold_back": of(P.INCIDENTS_PHOTO_MODERATE, "/outside/hold"),
    "open311.discovery": door(lambda place: "/discovery.xml"),
    "open311.services": door(lambda place: "/v2/services.json"),
    "open311.definition": door(lambda place: f"/v2/services/{place.category_code}.xml"),
    "open311.requests": door(lambda place: "/v2/requests.json"),
    "open311.one_request": door(lambda place: f"/v2/requests/{place.incident}.json"),
    "open311.create": door(lambda place: "/v2/requests.json"),
    "open311.tokens": door(lambda place: "/v2/tokens/none.xml"),
    "open311.updates": door(lambda place: "/v2/servicerequestupdates.xml"),
    "open311.create_update": door(lambda place: "/v2/servicerequestupdates.xml"),
    "open311.photo": door(lambda place: f"/v2/media/none/{place.attachment_id}.jpg"),
    "open311.nowhere": door(lambda place: "/v2/nowhere.json"),
    "incidents.incident": of(VIEW),
    "incidents.edit": of(P.INCIDENTS_OWN_MANAGE, "/edit"),
    "incidents.change": of(P.INCIDENTS_OWN_MANAGE, "/edit"),
    # Which permission a move asks for is the table's to say: test_life walks them all.
    "incidents.move": of(MOVES[Verb.ACCEPT].permission, "/accept"),
    "incidents.unmerge": of(MOVES[Verb.UNMERGE].permission, "/unmerge"),
    "incidents.merge_into": of(MOVES[Verb.MERGE].permission, "/merge"),
    "incidents.add_photos": of(P.INCIDENTS_PHOTO_ADD, "/photos"),
    "incidents.moderate": photo_of(P.INCIDENTS_PHOTO_MODERATE, "/moderate"),
    "incidents.redact": photo_of(P.INCIDENTS_PHOTO_MODERATE, "/redact"),
    "incidents.restore": photo_of(P.INCIDENTS_PHOTO_RESTORE, "/restore"),
    "incidents.hide": photo_of(P.INCIDENTS_PHOTO_MODERATE, "/hide"),
    "incidents.description": of(P.INCIDENTS_PHOTO_MODERATE, "/description"),
    "incidents.hide_text": of(P.INCIDENTS_PHOTO_MODERATE, "/description/hide"),
    "incidents.related": of(P.INCIDENTS_INCIDENT_HANDLE, "/related"),
    "incidents.relate": of(P.INCIDENTS_INCIDENT_HANDLE, "/related"),
    "incidents.unrelate": Row(
        P.INCIDENTS_INCIDENT_HANDLE,
        lambda place: f"/incidents/{place.incident}/related/{place.party_id}/remove",
    ),
    "incidents.follow": of(VIEW, "/follow"),
    "incidents.unmask": of(P.REGISTER_PERSONAL_UNMASK, "/contact/phone"),
    "incidents.paper": of(VIEW, "/papers/registration"),
    "incidents.photo": photo_of(VIEW),
}
