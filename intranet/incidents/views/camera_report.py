"""A report from the view of a camera: its place, and its present picture attached."""

from __future__ import annotations

from intranet import audit, clock, files, pictures
from intranet.access import Viewer
from intranet.cameras import operations as watching
from intranet.cameras import queries as cameras
from intranet.cameras.models import Camera
from intranet.db import db
from intranet.errors import InputError
from intranet.i18n import N_
from intranet.incidents import queries
from intranet.incidents.forms import ReportForm
from intranet.incidents.operations import Stored


def reported_camera(viewer: Viewer, form: ReportForm) -> Camera | None:
    """Return the camera a report is made from; 404 for one the viewer may not look through."""
    code = form.camera.data or ""
    return cameras.camera_or_404(db.session(), viewer, code) if code else None


def prefill(viewer: Viewer, form: ReportForm, camera: Camera) -> None:
    """Put the camera's place into a fresh form."""
    grid = queries.reportable_grid(db.session(), viewer, camera.grid_path)
    form.grid.data = form.grid.shown = grid.path if grid else ""
    form.latitude.data, form.longitude.data = camera.latitude_wgs84, camera.longitude_wgs84
    form.place_from.data = "camera"
    form.place.data = camera.name
    form.still.data = cameras.still_taken_at(camera) is not None


def stills(viewer: Viewer, form: ReportForm) -> list[Stored]:
    """Put the newest still into the store where it is wanted, before the writers' lock is taken.

    Raises InputError (``still``) when there is none.
    """
    camera = reported_camera(viewer, form)
    if camera is None or not form.still.data:
        return []
    data, taken_at = cameras.still(camera)
    if data is None or taken_at is None:
        key = N_("The camera has no picture now. Untick it and send, or try again in a moment.")
        raise InputError(key, "still")
    place = camera.latitude_wgs84, camera.longitude_wgs84
    db.session.commit()
    found = pictures.read(data)
    return [
        Stored(
            file_key=files.put(found.data, "jpg"),
            media_type="image/jpeg",
            thumbnail_key=files.put(found.thumbnail, "jpg"),
            width=found.width,
            height=found.height,
            taken_at=min(taken_at, clock.now()),
            latitude_wgs84=place[0],
            longitude_wgs84=place[1],
        )
    ]


def note_look(viewer: Viewer, camera: Camera) -> None:
    """Write down that the viewer looked through the camera, with the report and as it is done."""
    watching.note_viewing(
        db.session(),
        viewer=viewer,
        camera=camera,
        address=audit.client_address(),
        at=clock.now(),
    )
