"""Photos with something on them that must not stay, and the forms that cover it."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

from intranet import files, once, pictures
from intranet.db import db
from intranet.incidents import operations
from intranet.incidents.models import Attachment, AttachmentKind
from intranet.incidents.operations import Stored

FACE = (230, 20, 30)  # a red nothing else on the photo has
SIZE = (800, 600)


def photo_with_a_face():
    """Return a JPEG with a red square in its middle, and metadata of whoever took it."""
    image = Image.new("RGB", SIZE, (180, 190, 200))
    ImageDraw.Draw(image).rectangle((300, 200, 499, 399), fill=FACE)
    tags = Image.Exif()
    tags[0x010F] = "SECRETSERIAL"
    out = io.BytesIO()
    image.save(out, "JPEG", quality=92, exif=tags)
    return out.getvalue()


def take_photo(incident, actor, *, at, kind=AttachmentKind.SCENE, data=None):
    """Attach a real photo that lies in the store; returns its row."""
    found = pictures.read(data or photo_with_a_face())
    stored = Stored(
        file_key=files.put(found.data, "jpg"),
        media_type="image/jpeg",
        thumbnail_key=files.put(found.thumbnail, "jpg"),
        width=found.width,
        height=found.height,
    )
    made = operations.add_files(
        db.session(), actor=actor, at=at, incident=incident, kind=kind, files=[stored]
    )
    db.session.commit()
    return db.session.get(Attachment, made[0].id)


def box(x=37.5, y=33.3, w=25.1, h=33.5):
    """Return the fields of one box, in percent: by default the face."""
    return {"x": str(x), "y": str(y), "w": str(w), "h": str(h)}


def cover(client, incident, photo, **fields):
    """Send the form that covers part of a photo."""
    data = {"once": once.new_key(), "version": photo.version, "reason": "无关人员面部", **box()}
    return client.post(f"/incidents/{incident.number}/photos/{photo.id}/redact", data=data | fields)


def reds(data):
    """Return how many pixels of a JPEG are nearer to the face's red than to anything else."""
    image = Image.open(io.BytesIO(data)).convert("RGB")
    return sum(
        1
        for red, green, blue in image.get_flattened_data()
        if red > 120 and green < 90 and blue < 90
    )
