"""Who may walk where among the incidents."""

from house.matrix import Row

from intranet.access import Permission as P
from intranet.incidents.models import MOVES, Verb

ENTER, VIEW = P.INCIDENTS_INCIDENT_REPORT, P.INCIDENTS_INCIDENT_VIEW


def of(permission, tail=""):
    return Row(permission, lambda place: f"/incidents/{place.incident}{tail}")


def room(permission, tail=""):
    return Row(permission, lambda place: f"/incidents{tail}", of_place=False)


def door(tail):
    """An address other systems use: no login, and for writes a key."""
    return Row(None, lambda place: f"/open311{tail(place)}", of_place=False)


def asked(tail=""):
    return Row(
        P.INCIDENTS_CATALOGUE_MANAGE,
        lambda place: f"/incidents/catalogue/{place.category_id}/questions" + tail.format(place),
        of_place=False,
    )


ROWS = {
    "incidents.index": room(ENTER),
    "incidents.export": room(VIEW, "/export.csv"),
    "incidents.new": room(ENTER, "/new"),
    "incidents.create": room(ENTER, "/new"),
    "incidents.similar": room(ENTER, "/similar"),
    "incidents.bulk": room(P.INCIDENTS_INCIDENT_ACCEPT, "/bulk"),
    "incidents.catalogue": room(P.INCIDENTS_CATALOGUE_MANAGE, "/catalogue"),
    "incidents.install_standard": room(P.INCIDENTS_CATALOGUE_MANAGE, "/catalogue/standard"),
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
    "incidents.follow": of(VIEW, "/follow"),
    "incidents.unmask": of(P.REGISTER_PERSONAL_UNMASK, "/contact/phone"),
    "incidents.paper": of(VIEW, "/papers/registration"),
    "incidents.photo": Row(
        VIEW, lambda place: f"/incidents/{place.incident}/photos/{place.attachment_id}"
    ),
}
