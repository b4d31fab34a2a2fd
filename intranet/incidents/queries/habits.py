"""What is reported most, by this person and around them; and how a matter is found by typing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.incidents.models import Category, Incident
from intranet.incidents.queries.places import report_paths
from intranet.search import initials, normal

USUAL_MAX = 6
OWN_LOOKED_AT = 100
AROUND_LOOKED_AT = 300


def usual(
    session: Session, viewer: Viewer, listed: Sequence[Category], most: int = USUAL_MAX
) -> list[Category]:
    """Return the matters offered first: those of the viewer's latest reports, the commonest first.

    Filled up with those of their communities. Two queries, each over the newest few rows of an
    index, however many incidents there are.
    """
    own = Incident.reporter_id == viewer.account_id
    counted = _counted(session, own, OWN_LOOKED_AT)
    paths = report_paths(viewer)
    if len(counted) < most and paths:
        around = or_(*(Incident.community_path == path for path in paths))
        near = _counted(session, around, AROUND_LOOKED_AT)
        counted += [one for one in near if one not in counted]
    known = {one.id: one for one in listed if one.parent_id is not None}
    return [known[one] for one in counted if one in known][:most]


def _counted(session: Session, whose: ColumnElement[bool], looked_at: int) -> list[int]:
    rows = session.scalars(
        select(Incident.category_id).where(whose).order_by(Incident.id.desc()).limit(looked_at)
    )
    counted = Counter(one for one in rows if one is not None)
    return [category_id for category_id, _count in counted.most_common()]


def finding_words(category: Category) -> list[str]:
    """Return what may be typed to find a matter: its names, and the pinyin initials of each."""
    named = [normal(one) for one in (category.name, *category.keywords.split())]
    return list(dict.fromkeys([*named, *(initials(one) for one in named)]))


def finds(category: Category, typed: str) -> bool:
    """Whether what was typed leads to the matter: part of a Chinese word, or the first letters."""
    wanted = normal(typed)
    return any(
        one.startswith(wanted) if wanted.isascii() else wanted in one
        for one in finding_words(category)
    )
