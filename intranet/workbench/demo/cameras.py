"""The demo's 86 cameras: entered as any camera is, answered for by ``intranet demo-cameras``."""

from __future__ import annotations

import secrets
import socket
from datetime import datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING

from intranet.cameras.cli import DEMO_PORT
from intranet.cameras.operations import CameraFacts, add_camera
from intranet.media.demo.camera import DemoCamera, url
from intranet.workbench.demo.plan import CameraPlan, plan

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from intranet.config import Settings
    from intranet.workbench.demo.build import Built

LOOPBACK = ip_address("127.0.0.1")
LOGIN = "viewer"
PORTS_TRIED = 50


def may_have_cameras(settings: Settings) -> bool:
    """Whether the settings let cameras be on this machine itself."""
    return any(LOOPBACK in network for network in settings.camera_networks)


def make_cameras(session: Session, built: Built, settings: Settings, at: datetime) -> int:
    """Enter the town's cameras; return how many. Some get a password, made now, kept sealed."""
    town, _ = plan()
    port = _free_port()
    count = 0
    for number, micro in enumerate(town.micros):
        for camera in micro.cameras:
            hosts = built.shops if camera.host_is_shop else built.households
            place = built.micros[number].path
            facts = _facts(camera, place, hosts[number, camera.host], port)
            add_camera(
                session,
                actor=None,
                code=camera.code,
                facts=facts,
                allowed=settings.camera_networks,
                at=at,
            )
            count += 1
    return count


def _free_port() -> int:
    """Return a port for the cameras of this demo: another demo may run on the same machine."""
    for port in range(DEMO_PORT, DEMO_PORT + PORTS_TRIED):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((str(LOOPBACK), port))
            except OSError:
                continue
            return port
    return DEMO_PORT


def _facts(camera: CameraPlan, grid_path: str, host: int, port: int) -> CameraFacts:
    password = secrets.token_urlsafe(9) if camera.needs_password else ""
    shown = DemoCamera(camera.code, camera.name, LOGIN if password else "", password)
    return CameraFacts(
        name=camera.name,
        grid_path=grid_path,
        latitude_wgs84=camera.place[1],
        longitude_wgs84=camera.place[0],
        host_party_id=host,
        main_url=url(shown, "main", port),
        sub_url=url(shown, "sub", port),
        wallclock=False,
    )
