"""Registers many cameras in the database that the environment names.

town.py GRID PORT COUNT, and on stdin a JSON list of loudspeakers' addresses for the first of them
"""

from __future__ import annotations

import json
import sys

from sqlalchemy import select

from intranet import clock, create_app
from intranet.cameras.operations import CameraFacts, add_camera
from intranet.config import Settings
from intranet.db import db
from intranet.grids.models import Grid

settings = Settings.from_env()
with create_app(settings).app_context():
    path = db.session.scalars(select(Grid.path).where(Grid.code == sys.argv[1])).one()
    for code, url, talk_url in json.load(sys.stdin):
        facts = CameraFacts(
            *(code, path, None, None, None, url, ""), wallclock=False, talk_url=talk_url
        )
        networks = settings.camera_networks
        add_camera(
            db.session(), actor=None, code=code, facts=facts, allowed=networks, at=clock.now()
        )
    db.session.commit()
