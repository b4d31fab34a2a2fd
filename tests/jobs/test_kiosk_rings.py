"""Who rings back whoever asked for it at the screen, where no home was said."""

from __future__ import annotations

from jobs.jobs_factory import CARER
from jobs.test_kiosk_pages import company, kiosk, once, page, publish, screen, town, who  # noqa: F401

from intranet.db import db
from intranet.jobs.models import Wish


def test_where_no_grid_is_drawn_the_station_rings_and_the_screen_says_so(screen, town, company):
    for micro in town.micros:
        micro.boundary_wgs84 = None
    post = publish(company, occupation_code=CARER, title="养老护理员")
    form = page(screen, f"/kiosk/posts/{post.id}/ring")
    assert "驿站工作人员 3 天内给您打电话" in form
    data = {**who(surname="other"), "once": once(form)}
    assert screen.post(f"/kiosk/posts/{post.id}/ring", data=data).status_code == 303
    [wish] = db.session.scalars(db.select(Wish))
    assert wish.grid_path == town.community.path
    assert "驿站工作人员 3 天内给您打电话" in page(screen, "/kiosk/done")
