"""A town with a boundary, and one incident in it, as the pages of an incident need it."""

from __future__ import annotations

import json

from factories import AT, create_account, create_town, log_in, viewer_of
from incidents_factory import create_category, create_incident

from intranet import once, sealing
from intranet.cameras.models import Camera
from intranet.db import db
from intranet.incidents import operations
from intranet.incidents.models import Incident, Verb
from intranet.incidents.operations import Assignee, Brings
from intranet.register.models import PartyKind, PersonalField
from intranet.register.operations import create_party

CHECKLIST = "*现场无人燃放\n违规物品已清点\n*周边火源已清除"
HERE = (30.6800, 103.8500)


def square(latitude, longitude, half=0.002):
    west, east = longitude - half, longitude + half
    south, north = latitude - half, latitude + half
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return json.dumps({"type": "Polygon", "coordinates": [ring]})


class Scene:
    """A town with a boundary, an incident in it, and browsers of those who look."""

    def __init__(self, app):
        self.app, self.town = app, create_town()
        self.micro = self.town.micros[0]
        self.micro.boundary_wgs84 = square(*HERE)
        self.town.micros[3].boundary_wgs84 = square(HERE[0], HERE[1] + 0.004)
        self.category = create_category(checklist=CHECKLIST)
        self.accounts = {
            "secretary": create_account("secretary", self.town.community.path),
            "grid": create_account("grid_member", self.town.generals[0].path),
            "other_grid": create_account("grid_member", self.town.generals[1].path),
            "micro": create_account("micro_member", self.micro.path),
            "resident": create_account("resident", self.town.micros[2].path),
        }
        self.incident = self.report()

    def report(self, at=AT, **content):
        point = {"latitude_wgs84": HERE[0], "longitude_wgs84": HERE[1]}
        return create_incident(
            self.micro,
            self.category,
            reporter=self.accounts["resident"],
            at=at,
            **{"description": "有人卖鞭炮", **point, **content},
        )

    def viewer(self, who):
        places = {"secretary": self.town.community.path, "grid": self.town.generals[0].path}
        role = {"secretary": "secretary", "grid": "grid_member"}[who]
        return viewer_of(self.accounts[who], (role, places[who]))

    def browser(self, who):
        db.session.rollback()
        client = self.app.test_client()
        client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        return log_in(client, self.accounts[who])

    def page(self, who, tail=""):
        return self.browser(who).get(f"/incidents/{self.incident.number}{tail}", buffered=True)

    def post(self, who, tail, incident=None, **fields):
        number = (incident or self.incident).number
        data = {"once": once.new_key(), "turn": self.row(incident).turn}
        return self.browser(who).post(f"/incidents/{number}{tail}", data=data | fields)

    def row(self, incident=None):
        db.session.rollback()
        return db.session.get(Incident, (incident or self.incident).id, populate_existing=True)

    def handling(self):
        """Bring the incident to where it is being handled by the grid member."""
        self.move("grid", Verb.ACCEPT)
        me = Assignee("account", self.accounts["grid"].id)
        self.move("grid", Verb.DISPATCH, Brings(assignees=[me]))
        self.move("grid", Verb.ARRIVE)

    def move(self, who, verb, brings=None):
        operations.perform(
            db.session(),
            actor=self.viewer(who),
            at=AT,
            incident=self.row(),
            verb=verb,
            brings=brings or Brings(),
        )
        db.session.commit()

    def camera(self, grid, code, latitude=None, longitude=None):
        url = f"rtsp://x:y@127.0.0.1:9/{code}"
        camera = Camera(
            code=code,
            name=f"{code}路口",
            grid_path=grid.path,
            latitude_wgs84=latitude,
            longitude_wgs84=longitude,
            main_url_sealed=sealing.seal(url),
            main_place=f"127.0.0.1:9/{code}",
            created_at=AT,
        )
        db.session.add(camera)
        db.session.commit()
        return camera

    def party(self, grid, name):
        values = {PersonalField.NAME: name, PersonalField.PHONE: "13912345678"}
        party = create_party(
            db.session(),
            actor=None,
            kind=PartyKind.PERSON,
            grid_path=grid.path,
            at=AT,
            values=values,
        )
        db.session.commit()
        return party
