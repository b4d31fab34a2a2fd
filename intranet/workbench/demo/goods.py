"""The demo town's goods for points: a shelf with pictures, some things asked for and fetched."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw
from sqlalchemy import select

from intranet import files, pictures
from intranet.errors import DomainError
from intranet.points import operations
from intranet.points.models import AccountKind, Goods, LedgerAccount, StockReason
from intranet.points.operations import Facts, StoredPicture
from intranet.register.models import Party
from intranet.workbench.demo.points import people_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from intranet.access import Viewer
    from intranet.workbench.demo.build import Built

# Code, name, words, points, cost in fen, at most a year, given by, pieces, colour of the package.
SHELF = (
    ("TISSUE", "抽纸一提", "六包装", 3, 450, 4, "", 60, (214, 226, 236)),
    ("SOAP", "洗洁精", "一瓶 1.2 公斤", 5, 690, 0, "好又多超市", 30, (120, 178, 90)),
    ("EGGS", "土鸡蛋十枚", "本地散养", 8, 1200, 4, "", 24, (196, 154, 108)),
    ("CUT", "理发一次", "凭领取码到老街理发店", 10, 0, 2, "老街理发店", 20, (92, 92, 104)),
    ("RICE5", "本地大米五斤", "新米，真空装", 12, 1250, 2, "惠民粮油店", 40, (222, 206, 164)),
    ("OIL1", "菜籽油一升", "压榨", 18, 1880, 2, "", 16, (214, 160, 40)),
    ("ALARM", "独立式烟感报警器", "社区上门安装", 20, 3500, 1, "", 0, (236, 236, 236)),
    ("EXTING", "家用灭火器", "两公斤干粉", 45, 4500, 1, "", 6, (178, 34, 34)),
)


def make_goods(session: Session, built: Built, at: datetime) -> int:
    """Fill the shelf, and have some of those with points ask; return how many kinds there are."""
    office, dice = people_of(session)["office"], Random(7)  # noqa: S311 — a demo
    for number, (sku, title, words, points, cost, most, sponsor, pieces, tone) in enumerate(SHELF):
        made = operations.add_goods(
            session,
            actor=office,
            at=at - timedelta(days=20),
            grid=built.community,
            sku=sku,
            facts=Facts(title, points, words, cost, most, sponsor),
            picture=_picture(tone, number) if sku != "CUT" else None,
        )
        if pieces:
            operations.supply(
                session,
                made,
                pieces=pieces,
                reason=StockReason.GIVEN if sponsor else StockReason.BOUGHT,
                note=f"{sponsor}捐赠" if sponsor else "",
                key=f"demo:supply:{sku}",
                actor=office,
                at=at - timedelta(days=20),
            )
        for party in _some_who_can(session, built, made, dice):
            _ask(session, party, made, office, at - timedelta(days=dice.randrange(1, 5)))
    session.flush()
    return len(SHELF)


def _some_who_can(session: Session, built: Built, goods: Goods, dice: Random) -> list[Party]:
    """Return a few who have points enough."""
    rich = session.scalars(
        select(Party)
        .join(LedgerAccount, LedgerAccount.party_id == Party.id)
        .where(
            LedgerAccount.kind == AccountKind.PARTY,
            LedgerAccount.credits_posted - LedgerAccount.debits_posted >= goods.points,
            Party.grid_path.startswith(built.community.path),
        )
        .order_by(Party.id)
        .limit(60)
    ).all()
    return dice.sample(rich, min(3, len(rich)))


def _ask(session: Session, party: Party, goods: Goods, office: Viewer, at: datetime) -> None:
    """Have somebody ask for goods; every other one has fetched them, some without the code."""
    act: dict[str, Any] = {"actor": office, "at": at}
    key = f"demo:{goods.sku}:{party.id}"
    try:
        held = operations.hold(session, party=party, goods=goods, quantity=1, key=key, **act)
    except DomainError:  # somebody else had the last one, or the points are held already
        return
    if held.id % 2 and not {party.id, party.household_id} & set(office.party_ids):
        act["at"] += timedelta(hours=5)
        reason = "当面认识，手机没带" if held.id % 6 == 1 else ""
        operations.collect(session, held, reason=reason, **act)


def _picture(tone: tuple[int, int, int], number: int) -> StoredPicture:
    """Draw a package on a table."""
    image = Image.new("RGB", (800, 640), (236, 232, 224))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 470, 800, 640), (198, 178, 150))
    if number % 2:
        draw.rectangle((270, 150, 530, 520), tone)
        draw.rectangle((270, 250, 530, 400), (250, 250, 246))
    else:
        draw.polygon(((300, 520), (260, 230), (340, 130), (460, 130), (540, 230), (500, 520)), tone)
        draw.ellipse((330, 270, 470, 410), (250, 250, 246))
    packed = io.BytesIO()
    image.save(packed, "JPEG", quality=85)
    found = pictures.read(packed.getvalue())
    return StoredPicture(files.put(found.data, "jpg"), files.put(found.thumbnail, "jpg"))
