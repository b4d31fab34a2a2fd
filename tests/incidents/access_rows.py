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
    "incidents.export": room(VIEW, "/export.csv"),
    "incidents.callbacks": room(P.INCIDENTS_CALLBACK_MAKE, "/callbacks"),
    "incidents.callbacks_export": room(P.INCIDENTS_CALLBACK_MAKE, "/callbacks/export.csv"),
    "incidents.callback": of(P.INCIDENTS_CALLBACK_MAKE, "/callback"),
    "incidents.record_call": of(P.INCIDENTS_CALLBACK_MAKE, "/callback"),
    "incidents.figures": room(P.INCIDENTS_FIGURES_VIEW, "/figures"),
    "incidents.figures_export": room(P.INCIDENTS_FIGURES_VIEW, "/figures/export.csv"),
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
