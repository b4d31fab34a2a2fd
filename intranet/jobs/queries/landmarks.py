"""What people of a community know a place by, on a map without streets: stations and companies."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.db import within
from intranet.jobs.models import Company, CompanyState, Station
from intranet.register.models import Party

LANDMARKS_MAX = 300


class Landmark(NamedTuple):
    """Something with a name at a place, WGS84."""

    name: str
    latitude: float
    longitude: float
    is_station: bool


def landmarks(session: Session, community_path: str) -> list[Landmark]:
    """Return the stations of a community, then its verified companies by name. Two queries."""
    stations = session.execute(
        select(Station.name, Station.latitude, Station.longitude)
        .where(Station.grid_path == community_path, Station.closed_on.is_(None))
        .order_by(Station.id)
        .limit(LANDMARKS_MAX)
    )
    companies = session.execute(
        select(Party.public_name, Company.latitude, Company.longitude)
        .join(Party, Party.id == Company.party_id)
        .where(
            within(Company.grid_path, community_path),
            Company.state == CompanyState.VERIFIED,
            Company.latitude.is_not(None),
        )
        .order_by(Party.public_name, Company.id)
        .limit(LANDMARKS_MAX)
    )
    found = [Landmark(*row, is_station=True) for row in stations]
    for name, latitude, longitude in companies:
        if latitude is not None and longitude is not None:
            found.append(Landmark(name, latitude, longitude, is_station=False))
    return found
