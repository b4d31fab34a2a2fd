"""The demo town's employment station: where it is, who came in today, and what is complained of."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from intranet import clock
from intranet.grids.models import stored_boundary
from intranet.jobs import operations
from intranet.jobs.models import Company, CompanyState, JobPost, Outcome, PostState, Purpose, Wrong
from intranet.jobs.operations import StationFacts
from intranet.workbench.demo.points import people_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from intranet.workbench.demo.build import Built

CAME = (Purpose.WORK, Purpose.WORK, Purpose.COMPANY, Purpose.WORK, Purpose.OTHER, Purpose.WORK)
SAID = (
    ((Wrong.FEE, "面试时说要先交 200 元服装费"), (Wrong.FEE, ""), (Wrong.NOT_AS_POSTED, "")),
    ((Wrong.FILLED, "打电话说上周就招满了"),),
    ((Wrong.UNFAIR, "电话里说只要本地人"),),
)
OPEN = "周一至周六 9:00–17:00，中午不休息。电话问岗位、约面试都可以，不收任何费用。"


def make_station(session: Session, built: Built, at: datetime) -> None:
    """Enter the station, put the touch screen into it, and let people come in and complain."""
    people = people_of(session)
    by, path = people["station"], built.community.path
    boundary = stored_boundary(built.community.boundary_wgs84)
    assert boundary is not None
    longitude, latitude = boundary.middle
    facts = StationFacts(
        name="鱼凫就业驿站",
        address="场镇正街 1 号",
        latitude=round(latitude - 0.0012, 6),
        longitude=round(longitude, 6),
        phone="028-85550101",
        words=OPEN,
    )
    who: dict[str, Any] = {"actor": by, "grid_path": path}
    station = operations.open_station(session, at=at - timedelta(days=90), facts=facts, **who)
    screen = people["kiosk"].account_id
    operations.place_screen(session, at=at, account_id=screen, station=station, **who)
    for n, purpose in enumerate(CAME):
        came = max(clock.midnight(clock.day_of(at)), at - timedelta(minutes=25 * (len(CAME) - n)))
        operations.count_visit(session, at=came, purpose=purpose, **who)
    _complain(session, by, path, at)


def _complain(session: Session, by: Any, path: str, at: datetime) -> None:
    """Have a few posts complained of, one of them answered."""
    posts = session.scalars(
        select(JobPost)
        .join(Company, Company.id == JobPost.company_id)
        .where(JobPost.state == PostState.PUBLISHED, Company.state == CompanyState.VERIFIED)
        .where(JobPost.grid_path.startswith(path))
        .order_by(JobPost.id.desc())
        .limit(len(SAID))
    ).all()
    for n, (post, said) in enumerate(zip(posts, SAID, strict=False)):
        for m, (wrong, words) in enumerate(said):
            when = at - timedelta(hours=3 + 2 * n, minutes=7 * m)
            given: dict[str, Any] = {"wrong": wrong, "words": words, "device": f"demo-{n}-{m}"}
            made = operations.complain(session, at=when, post=post, **given)
        if n == len(SAID) - 1:
            operations.answer_complaints(
                session,
                post,
                actor=by,
                at=at - timedelta(hours=1),
                upto=made.id,
                outcome=Outcome.CORRECTED,
                words="已约谈经办人，电话口径改为本地外地一视同仁",
            )
