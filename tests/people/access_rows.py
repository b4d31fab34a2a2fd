"""Who may walk where in the people room."""

from house.matrix import Row

from intranet.access import Permission as P

MANAGE, SELF = P.PEOPLE_ACCOUNT_MANAGE, P.PEOPLE_SELF_MANAGE


def of(tail=""):
    return Row(MANAGE, lambda place: f"/accounts/{place.account_id}{tail}")


ROWS = {
    "people.login": Row(None, lambda place: "/login"),
    "people.login_page": Row(None, lambda place: "/login"),
    "people.logout": Row(None, lambda place: "/logout"),
    "people.locale": Row(None, lambda place: "/locale"),
    "people.me": Row(SELF, lambda place: "/me", of_place=False),
    "people.password": Row(SELF, lambda place: "/me/password", of_place=False),
    "people.end_session": Row(
        SELF, lambda place: f"/me/sessions/{place.session_id}/end", of_place=False
    ),
    "people.end_other_sessions": Row(SELF, lambda place: "/me/sessions/end-others", of_place=False),
    "people.accounts": Row(MANAGE, lambda place: "/accounts", of_place=False),
    "people.new_account": Row(MANAGE, lambda place: "/accounts/new", of_place=False),
    "people.create_account": Row(MANAGE, lambda place: "/accounts/new", of_place=False),
    "people.account": of(),
    "people.rename": of("/name"),
    "people.link": of("/party"),
    "people.grant": of("/roles"),
    "people.end_grant": Row(
        MANAGE, lambda place: f"/accounts/{place.account_id}/roles/{place.grant_id}/end"
    ),
    "people.set_state": of("/state"),
    "people.reset_password": of("/password"),
    "people.end_sessions": of("/sessions/end"),
}
