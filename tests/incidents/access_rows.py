"""Who may walk where among the incidents."""

from house.matrix import Row

from intranet.access import Permission as P
from intranet.incidents.models import MOVES, Verb

ENTER, VIEW = P.INCIDENTS_INCIDENT_REPORT, P.INCIDENTS_INCIDENT_VIEW


def of(permission, tail=""):
    return Row(permission, lambda place: f"/incidents/{place.incident}{tail}")


def room(permission, tail=""):
    return Row(permission, lambda place: f"/incidents{tail}", of_place=False)


ROWS = {
    "incidents.index": room(ENTER),
    "incidents.map_page": room(VIEW, "/map"),
    "incidents.keys_page": room(ENTER, "/keys"),
    "incidents.filters": room(ENTER, "/filters"),
    "incidents.save_filter": room(ENTER, "/filters"),
    # Filters are one's own: anybody else's is not found, which test_saved_filters shows.
    "incidents.change_filter": room(ENTER, "/filters/1/rename"),
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
