"""Who may walk where among the incidents."""

from house.matrix import Row

from intranet.access import Permission as P
from intranet.incidents.models import MOVES, Verb

ENTER, VIEW = P.INCIDENTS_INCIDENT_REPORT, P.INCIDENTS_INCIDENT_VIEW


def of(permission, tail=""):
    return Row(permission, lambda place: f"/incidents/{place.incident}{tail}")


def room(permission, tail=""):
    return Row(permission, lambda place: f"/incidents{tail}", of_place=False)


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
    "incidents.export": room(VIEW, "/export.csv"),
    "incidents.new": room(ENTER, "/new"),
    "incidents.create": room(ENTER, "/new"),
    "incidents.similar": room(ENTER, "/similar"),
    "incidents.bulk": room(P.INCIDENTS_INCIDENT_ACCEPT, "/bulk"),
    "incidents.catalogue": room(P.INCIDENTS_CATALOGUE_MANAGE, "/catalogue"),
    "incidents.install_standard": room(P.INCIDENTS_CATALOGUE_MANAGE, "/catalogue/standard"),
    "incidents.incident": of(VIEW),
    "incidents.edit": of(P.INCIDENTS_OWN_MANAGE, "/edit"),
    "incidents.change": of(P.INCIDENTS_OWN_MANAGE, "/edit"),
    # Which permission a move asks for is the table's to say: test_life walks them all.
    "incidents.move": of(MOVES[Verb.ACCEPT].permission, "/accept"),
    "incidents.unmerge": of(MOVES[Verb.UNMERGE].permission, "/unmerge"),
    "incidents.follow": of(VIEW, "/follow"),
    "incidents.unmask": of(P.REGISTER_PERSONAL_UNMASK, "/contact/phone"),
    "incidents.paper": of(VIEW, "/papers/registration"),
    "incidents.photo": Row(
        VIEW, lambda place: f"/incidents/{place.incident}/photos/{place.attachment_id}"
    ),
}
