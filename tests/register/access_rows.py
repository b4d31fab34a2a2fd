"""Who may walk where in the register."""

from house.matrix import Row

from intranet.access import Permission as P

SEE, EDIT = P.REGISTER_PARTY_VIEW, P.REGISTER_PARTY_EDIT


def of(permission, tail=""):
    return Row(permission, lambda place: f"/register/{place.party_id}{tail}")


ROWS = {
    "register.index": Row(SEE, lambda place: "/register", of_place=False),
    "register.party": of(SEE),
    "register.unmask": of(P.REGISTER_PERSONAL_UNMASK, "/unmask/phone"),
    "register.export": Row(EDIT, lambda place: "/register/export.csv", of_place=False),
    "register.new": Row(EDIT, lambda place: "/register/new", of_place=False),
    "register.households": Row(EDIT, lambda place: "/register/households", of_place=False),
    "register.create": Row(EDIT, lambda place: "/register/new", of_place=False),
    "register.edit": of(EDIT, "/edit"),
    "register.change": of(EDIT, "/edit"),
    "register.move_page": of(EDIT, "/move"),
    "register.move": of(EDIT, "/move"),
    "register.presence": of(EDIT, "/presence"),
    "register.erase_page": of(P.REGISTER_PERSONAL_ERASE, "/erase"),
    "register.erase": of(P.REGISTER_PERSONAL_ERASE, "/erase"),
}
