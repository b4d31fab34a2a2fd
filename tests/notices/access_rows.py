"""Who may walk where among the notices."""

from house.matrix import Row

from intranet.access import Permission as P

OWN, MANAGE = P.NOTICES_NOTICE_VIEW, P.NOTICES_DELIVERY_MANAGE


def row(permission, url):
    """Lists and forms show what the viewer has; one notice of another's is not found."""
    return Row(permission, lambda place: url, of_place=False)


ROWS = {
    "notices.index": row(OWN, "/notices"),
    "notices.open_notice": row(OWN, "/notices/1/open"),
    "notices.read_all": row(OWN, "/notices/read"),
    "notices.settings": row(OWN, "/me/notices"),
    "notices.choose": row(OWN, "/me/notices"),
    "notices.test": row(OWN, "/me/notices/test"),
    "notices.deliveries": row(MANAGE, "/notices/deliveries"),
    "notices.again": row(MANAGE, "/notices/deliveries/1/again"),
}
