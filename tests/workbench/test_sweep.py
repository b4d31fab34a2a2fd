"""Files that no row names go after a day; those that one names stay, whatever the room."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from factories import create_town, viewer_of
from incidents_factory import create_category, create_incident
from sqlalchemy import Text

from intranet import clock, files
from intranet.db import Model, db
from intranet.incidents import operations
from intranet.incidents.models import AttachmentKind
from intranet.incidents.operations import Stored
from intranet.people.models import Account
from intranet.workbench import tasks

# Keys that name no file, or one that they shall not keep from being swept.
OTHERS = {"filing_key", "let_out_key", "report_key"}


def test_a_file_without_a_row_is_swept_after_a_day_and_one_with_a_row_stays(app, monkeypatch):
    town = create_town()
    incident = create_incident(town.micros[0], create_category())
    keys = [files.put(bytes([n]) * 40, "jpg") for n in range(3)]
    lost = files.put(b"lost", "jpg")
    sealed = files.put(b"original", "jpg", sealed=True)
    reporter = db.session.get_one(Account, incident.reporter_id)
    made = operations.add_files(
        db.session(),
        actor=viewer_of(reporter),
        at=datetime.now(UTC),
        incident=incident,
        kind=AttachmentKind.SCENE,
        files=[Stored(keys[0], "image/jpeg", keys[1]), Stored(keys[2], "image/jpeg")],
    )
    made[0].sealed_key = sealed
    db.session.commit()

    assert tasks.sweep_files() == 0, "its row may be about to be committed"
    later = datetime.now(UTC) + timedelta(days=1, minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert tasks.sweep_files() >= 1  # other tests' files lie there, too, and nobody's rows

    assert not files.path(lost).exists()
    assert all(files.is_whole(key) for key in (*keys, sealed))


def test_every_column_that_may_name_a_file_is_known_to_the_sweep():
    """A room that names its column otherwise would lose its files within a day."""
    known = {column.name for column in tasks.file_columns()}
    keys = {
        column.name
        for table in Model.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith("_key") and isinstance(column.type, Text)
    }

    assert keys - known == OTHERS
