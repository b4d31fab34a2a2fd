"""A community with incidents of every kind, put into the database as they stand, not by their life.

What lists, counts, map and export show is a matter of the row; that the row is what its life
makes of it is another test's.
"""

from __future__ import annotations

import json
import random
from datetime import timedelta

from factories import AT, create_account, create_town
from incidents_factory import create_category
from sqlalchemy import insert

from intranet.db import db
from intranet.incidents.models import (
    NEVER,
    OPEN,
    WITH_HANDLER,
    Assignment,
    Card,
    Incident,
    IncidentEvent,
    Source,
    State,
    Tie,
    TieKind,
    Urgency,
    Verb,
)

# Moments a light turns at, and those right beside them.
AROUND = [timedelta(), timedelta(microseconds=1), timedelta(microseconds=-1)]
AROUND += [timedelta(minutes=n) for n in (-90, -5, 5, 90)] + [timedelta(days=n) for n in (-3, 3)]
DESCRIPTIONS = (
    "楼道口堆着旧沙发和纸箱，消防通道被挡住一半。",
    "LED灯坏了一排，100%看不清路。",
    "三栋门口井盖松动，1234号",
)
SQUARE = {
    "type": "Polygon",
    "coordinates": [
        [[103.8, 30.7], [103.82, 30.7], [103.82, 30.72], [103.8, 30.72], [103.8, 30.7]]
    ],
}
SMALLER = {
    "type": "Polygon",
    "coordinates": [
        [[103.8, 30.7], [103.81, 30.7], [103.81, 30.71], [103.8, 30.71], [103.8, 30.7]]
    ],
}


def standing(number):
    """Return how long an incident has stood in its state."""
    return timedelta(days=number % 8)


class World:
    """The town, its people by role, its matters, and so many incidents."""

    def __init__(self, count, seed=1):
        dice = random.Random(seed)
        self.town = town = create_town()
        town.community.boundary_wgs84 = json.dumps(SQUARE)
        town.micros[0].boundary_wgs84 = json.dumps(SMALLER)
        places = {
            "admin": town.county.path,
            "secretary": town.community.path,
            "grid_member": town.generals[0].path,
            "micro_member": town.micros[0].path,
            "resident": town.micros[3].path,
        }
        self.people = {role: create_account(role, path) for role, path in places.items()}
        self.places = places
        self.matters = [create_category(name) for name in ("飞线充电", "垃圾清运", "噪声扰民")]
        self.rows = [self._row(dice, number) for number in range(1, count + 1)]
        db.session.execute(insert(Incident), self.rows)
        db.session.execute(insert(IncidentEvent), [self._event(row) for row in self.rows])
        self._ties(dice)
        db.session.commit()

    def _row(self, dice, number):
        state = dice.choice([*State, *OPEN])
        if state is State.MERGED:  # that needs another to be merged into
            state = State.CLOSED
        is_open = state in OPEN
        grid = dice.choice([*self.town.micros, self.town.dedicated])
        due_at = AT + dice.choice(AROUND) if is_open and dice.random() < 0.8 else None
        warn_at = AT + dice.choice(AROUND) if is_open and dice.random() < 0.7 else None
        placed = dice.random() < 0.7
        return {
            "id": number,
            "number": f"510115101001{261123 * 10000 + number}",
            "short_number": str(261123 * 10000 + number),
            "state": state,
            "is_open": is_open,
            "grid_path": grid.path,
            "community_path": self.town.community.path,
            "desk_path": dice.choice([self.town.community.path, self.town.county.path]),
            "category_id": None
            if state is State.DRAFT and number % 2
            else dice.choice(self.matters).id,
            "urgency": dice.choice(list(Urgency)),
            "source": dice.choice(list(Source)),
            "description": dice.choice(DESCRIPTIONS),
            "place": dice.choice(["梧桐苑三栋二单元", "梧桐街86号", "桂园3-2-501"]),
            "hidden_at": dice.choice([None, None, None, AT]),
            "latitude_wgs84": 30.7 + dice.random() * 0.022 if placed else None,
            "longitude_wgs84": 103.8 + dice.random() * 0.022 if placed else None,
            "reporter_id": dice.choice([None, *(one.id for one in self.people.values())]),
            "reported_at": None
            if state is State.DRAFT
            else AT - timedelta(hours=dice.choice([0, 2, 10, 18, 26, 80])),
            "changed_at": AT,
            "due_at": due_at,
            "queue_at": due_at or NEVER,
            "warn_at": warn_at,
            "card": dice.choice([None, None, None, *Card]),
            "level_raised": dice.choice([0, 0, 1]) if is_open else 0,
            "latest_event_id": number,
        }

    def _event(self, row):
        return {
            "id": row["id"],
            "incident_id": row["id"],
            "verb": Verb.REPORT,
            "at": AT - standing(row["id"]),
            "to_state": row["state"],
            "round": 1,
        }

    def _ties(self, dice):
        for row in self.rows:
            for account in self.people.values():
                for kind in TieKind:
                    if dice.random() < 0.15:
                        key = {"account_id": account.id, "kind": kind, "incident_id": row["id"]}
                        db.session.add(Tie(**key))
                if row["state"] in WITH_HANDLER and dice.random() < 0.2:
                    db.session.add(
                        Assignment(incident_id=row["id"], account_id=account.id, begun_at=AT)
                    )
