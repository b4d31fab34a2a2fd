"""``intranet demo``: fill an empty house with the demo community, or leave a filled one alone."""

from __future__ import annotations

import click
from sqlalchemy import func, select

from intranet import clock
from intranet.config import Settings
from intranet.db import db
from intranet.grids.models import Grid
from intranet.incidents.models import Incident
from intranet.workbench.demo.accounts import make_accounts
from intranet.workbench.demo.build import build
from intranet.workbench.demo.cameras import make_cameras, may_have_cameras
from intranet.workbench.demo.channels import make_channels
from intranet.workbench.demo.fairs import make_fairs
from intranet.workbench.demo.goods import make_goods
from intranet.workbench.demo.incidents import do_in_order, incident_deeds
from intranet.workbench.demo.patrols import patrol_deeds
from intranet.workbench.demo.points import make_points
from intranet.workbench.demo.stations import make_station
from intranet.workbench.demo.wishes import make_wishes
from intranet.workbench.demo.work import make_work


@click.command()
def demo() -> None:
    """Make the demo community; what is there already stays as it is."""
    from intranet import create_app
    from intranet.schema import upgrade_database

    settings = Settings.from_env()
    with create_app(settings).app_context():
        upgrade_database()
        make_demo(settings)


def make_demo(settings: Settings) -> bool:
    """Build the demo in the app's database unless it holds a grid; return whether it was built.

    A house with a grid in it may be a real community's: nothing is added to it.
    """
    session = db.session()
    if session.scalar(select(Grid.id).limit(1)) is not None:
        click.echo("  the community is there already; nothing was changed")
        return False
    started = clock.monotonic()
    built = build(session, at=clock.now(), say=_say)
    _say("accounts")
    password = make_accounts(session, built, settings, clock.now())
    _say("incidents and patrols")
    now = clock.now()
    do_in_order([*incident_deeds(session, built, now), *patrol_deeds(session, built, now)])
    incidents = session.scalar(select(func.count(Incident.id)))
    _say("points")
    make_points(session, built, clock.now())
    make_goods(session, built, clock.now())
    _say("work")
    posts = make_work(session, built, clock.now())
    wishes = make_wishes(session, built, clock.now())
    make_fairs(session, built, clock.now())
    make_channels(session, built, clock.now())
    make_station(session, built, clock.now())
    cameras = 0
    if may_have_cameras(settings):
        _say("cameras")
        cameras = make_cameras(session, built, settings, clock.now())
    else:
        click.echo("  no cameras: INTRANET_CAMERA_NETWORKS does not hold 127.0.0.0/8")
    session.commit()
    click.echo(
        f"  {built.community.name}, {built.neighbour.name}: {len(built.micros)} micro-grids, "
        f"{len(built.households)} households, {len(built.shops)} shops, {cameras} cameras, "
        f"{incidents} incidents, {posts} posts, {wishes} wishes for work "
        f"({clock.monotonic() - started:.1f} s)"
    )
    click.echo(f"  every demo account has the password: {password}")
    return True


def _say(what: str) -> None:
    click.echo(f"  making {what} …")
