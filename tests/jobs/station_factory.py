"""Stations, who came in, and complaints of a small community, straight into the database."""

from __future__ import annotations

from factories import AT, create_account
from jobs.jobs_factory import STATION_PLACE

from intranet import clock
from intranet.db import db
from intranet.jobs.models import Complaint, DeskVisit, Purpose, Station, StationScreen, Wrong


def create_station(grid, name="鱼凫就业驿站", place=STATION_PLACE, **fields):
    """Insert a station; its place is WGS84, latitude first."""
    facts = {"address": "场镇正街 1 号", "words": "周一至周五 9:00–17:00", "made_at": AT}
    latitude, longitude = place
    made = Station(
        grid_path=grid.path,
        name=name,
        latitude=latitude,
        longitude=longitude,
        **(facts | fields),
    )
    db.session.add(made)
    db.session.flush()
    return made


def create_complaint(post, wrong=Wrong.FEE, **fields):
    """Insert a complaint of a post, of just now unless told otherwise."""
    made = Complaint(post_id=post.id, wrong=wrong, **({"at": clock.now()} | fields))
    db.session.add(made)
    db.session.flush()
    return made


def furnish_station(micro, live):
    """Insert one of everything, for whoever walks every page."""
    station = create_station(micro, f"{micro.code} 驿站")
    screen = create_account("kiosk", micro.path, is_device=True)
    visit = DeskVisit(grid_path=micro.path, purpose=Purpose.WORK, at=clock.now())
    db.session.add_all([visit, StationScreen(account_id=screen.id, station_id=station.id)])
    said = create_complaint(live, words="面试时说要交 200 元服装费")
    db.session.flush()
    return {
        "station_id": station.id,
        "visit_id": visit.id,
        "screen_id": screen.id,
        "complaint_id": said.id,
    }
