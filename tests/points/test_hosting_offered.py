"""A camera hosted for a month is offered points, once."""

from __future__ import annotations

from datetime import timedelta

from points.claims_factory import adopt
from points.claims_in_pages import (  # noqa: F401
    WORDS,
    add_party,
    as_,
    fields,
    file_now,
    household,
    picture,
    post,
    resident,
    town,
)
from sqlalchemy import select

from intranet import clock
from intranet.db import db
from intranet.points.models import Claim


def test_a_hosted_camera_is_offered_once_a_month(app, town, household):
    from intranet import sealing
    from intranet.cameras.models import Camera
    from intranet.points.models import Occasion
    from intranet.workbench.tasks import offer_hosting

    adopt(town.community, occasion=Occasion.CAMERA, valid_from=clock.today().replace(year=2025))
    for code, host in (("CAM-1", household.id), ("CAM-2", None)):
        db.session.add(
            Camera(
                code=code,
                name=f"{code}路口",
                grid_path=town.micros[0].path,
                main_url_sealed=sealing.seal("rtsp://127.0.0.1:9/1"),
                main_place="127.0.0.1:9/1",
                created_at=clock.now() - timedelta(days=90),
                host_party_id=host,
            )
        )
    db.session.commit()

    assert [offer_hosting(), offer_hosting()] == [1, 0]
    made = db.session.scalars(select(Claim)).one()
    assert (made.party_id, made.words) == (household.id, "CAM-1路口")
    assert made.happened_on == clock.today().replace(day=1) - timedelta(days=1)
