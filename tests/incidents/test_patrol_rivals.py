"""Two of a team press at the same instant: one walk begins, and its findings are sent once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from factories import create_account, create_town, log_in, viewer_of
from incidents.patrol_factory import create_plan, note
from incidents_factory import create_category
from sqlalchemy import func, select

from intranet import once
from intranet.db import db
from intranet.incidents import operations
from intranet.incidents.models import Found, Incident, PatrolWalk

RACES = 6


def test_of_two_who_begin_and_finish_at_once_one_walk_and_one_report_each_come(app):
    town, category = create_town(), create_category()
    accounts = [create_account("micro_member", town.micros[0].path) for _one in range(2)]
    walker = viewer_of(accounts[0], ("micro_member", town.micros[0].path))
    clients = []
    for account in accounts:
        client = app.test_client()
        client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        clients.append(log_in(client, account))
    plans = [create_plan(town.micros[0], category, name=f"巡查{n}").id for n in range(RACES)]
    db.session.rollback()

    def both(pool, url, data=dict):
        gate = threading.Barrier(2)

        def press(client):
            gate.wait(10)
            return client.post(url, data=data()).status_code

        return sorted(pool.map(press, clients))

    with ThreadPoolExecutor(2) as pool:
        for number, plan_id in enumerate(plans, 1):
            assert both(pool, f"/incidents/patrols/{plan_id}/start") == [303, 303]
            walk = db.session.scalars(select(PatrolWalk).filter_by(plan_id=plan_id)).one()
            for check in operations.checks_of(db.session(), walk):
                note(walk, check, walker, Found.HAZARD, "所见")
            url = f"/incidents/patrols/walks/{walk.id}/finish"
            db.session.remove()
            codes = both(pool, url, lambda: {"once": once.new_key(), "seen": 10**9})
            assert codes == [303, 409]
            assert db.session.scalar(select(func.count(Incident.id))) == 3 * number
            db.session.remove()
