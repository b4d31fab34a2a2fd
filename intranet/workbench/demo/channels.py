"""Where the demo town publishes its posts: a public account, and a group whose robot is off.

Nothing here leads outside: a robot of the demo town that is in use would ring somebody's door.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask_babel import force_locale
from sqlalchemy import select

from intranet import clock
from intranet.i18n import DEFAULT_LOCALE
from intranet.jobs import operations
from intranet.jobs.forms import saying
from intranet.jobs.models import JobPost, Outlet, OutletKind, PostState, Subject
from intranet.jobs.operations import Said
from intranet.workbench.demo.points import people_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from intranet.workbench.demo.build import Built

HERE = "http://127.0.0.1:8000/jobs"  # where `make run` shows the demo town
NO_ROBOT = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=demo-of-no-group-0000"
LISTED = 6


def make_channels(session: Session, built: Built, at: datetime) -> int:
    """Enter the channels; one list of posts was published by hand, one post waits for it."""
    people, path = people_of(session), built.community.path
    keep: dict[str, Any] = {"actor": people["secretary"], "at": at - timedelta(days=20)}
    account = operations.add_outlet(
        session,
        kind=OutletKind.BY_HAND,
        name=f"{built.community.name}公众号",
        grid_path=path,
        **keep,
    )
    group = operations.add_outlet(
        session,
        kind=OutletKind.WECOM,
        name="企业网格群",
        typed=NO_ROBOT,
        grid_path=path,
        **keep,
    )
    operations.switch_outlet(session, outlet=group, version=group.version, is_on=False, **keep)
    with force_locale(DEFAULT_LOCALE):
        _fill(session, account, path, {"actor": people["station"], "at": at})
    return 2


def _fill(session: Session, account: Outlet, path: str, by: dict[str, Any]) -> None:
    today = clock.day_of(by["at"])
    posts = session.scalars(
        select(JobPost)
        .where(JobPost.state == PostState.PUBLISHED, JobPost.grid_path.startswith(path))
        .where(JobPost.valid_through > today)
        .order_by(JobPost.published_at.desc(), JobPost.id)
        .limit(LISTED + 1)
    ).all()
    if posts:
        _publish(session, account, posts[:LISTED], by)
        said = Said(Subject.POST, posts[-1].title, posts=[(posts[-1].id, _lines(posts[-1]))])
        operations.publish(session, outlets=[account], said=said, is_again=True, **by)


def _publish(
    session: Session, outlet: Outlet, posts: Sequence[JobPost], by: dict[str, Any]
) -> None:
    title = f"家门口新岗位 {clock.day_of(by['at']).isoformat()}"
    listed = [(one.id, _lines(one)) for one in posts]
    said = Said(Subject.DIGEST, title, head=title, posts=listed, tail=f"全部岗位：{HERE}")
    [sending] = operations.publish(session, outlets=[outlet], said=said, **by)
    operations.published_by_hand(session, sending=sending, **by)


def _lines(post: JobPost) -> str:
    return f"{post.title}\n{saying.pay_said(post)} · {post.address}\n{HERE}/{post.id}"
