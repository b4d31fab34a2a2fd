"""Channels of a small community, and what is put down for them."""

from __future__ import annotations

from factories import AT
from jobs.robot_on_loopback import KEY

from intranet import clock, sealing
from intranet.db import db
from intranet.grids.models import Grid, GridKind
from intranet.jobs.models import Outlet, OutletKind, Sending, SendingState, Subject


def create_outlet(community, kind=OutletKind.WECOM, name="鱼凫小区网格群", url=None, **fields):
    """Insert a channel; its address is a robot's."""
    by_hand = kind is OutletKind.BY_HAND
    outlet = Outlet(
        grid_path=community.path,
        kind=kind,
        name=name,
        sealed=None if by_hand else sealing.seal(url or f"wecombot://{KEY}/"),
        masked="" if by_hand else "qyapi.weixin.qq.com ****5aaa",
        made_at=AT,
        **fields,
    )
    db.session.add(outlet)
    db.session.flush()
    return outlet


def furnish_outlet(micro):
    """Insert a channel by hand and what waits for it, for whoever walks every page."""
    community = db.session.scalar(db.select(Grid).where(Grid.kind == GridKind.COMMUNITY).limit(1))
    outlet = create_outlet(community, OutletKind.BY_HAND, f"公众号{micro.code}")
    sending = Sending(
        outlet_id=outlet.id,
        subject=Subject.TRIAL,
        day=clock.today(),
        title="试发",
        head="试发一条",
        tail="",
        state=SendingState.BY_HAND,
        due_at=clock.now(),
        asked_at=clock.now(),
    )
    db.session.add(sending)
    db.session.commit()
    return {"outlet_id": outlet.id, "sending_id": sending.id}
