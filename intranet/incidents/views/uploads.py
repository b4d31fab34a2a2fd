"""Photos and voice notes as a form brings them, checked by content and put into the store."""

from __future__ import annotations

from collections.abc import Sequence

from werkzeug.datastructures import FileStorage

from intranet import files, pictures, sounds
from intranet.db import db
from intranet.errors import InputError
from intranet.incidents.operations import Stored

UPLOADS_MAX = 9


def store_uploads(
    uploads: Sequence[FileStorage], voices: Sequence[FileStorage] = ()
) -> list[Stored]:
    """Store what was sent; raises InputError (``photos``, ``voice``) for what is neither.

    Files of a request that fails afterwards belong to nobody and are swept away within a day.
    """
    wanted = [one for one in uploads if one.filename]
    if len(wanted) > UPLOADS_MAX:
        raise InputError("At most %(most)d photos at once", "photos", most=UPLOADS_MAX)
    spoken = [one for one in voices if one.filename][:1]
    return [_picture(one) for one in wanted] + [_sound(one) for one in spoken]


def store_apart(uploads: Sequence[FileStorage], voices: Sequence[FileStorage] = ()) -> list[Stored]:
    """Store what was sent before the transaction that is to name it; raises like store_uploads.

    Ends what was read so far, and with it the writers' lock: nine photos take seconds to decode.
    To be called before ``once.submit``, never inside it.
    """
    if not any(one.filename for one in (*uploads, *voices)):
        return []
    db.session.commit()
    stored = store_uploads(uploads, voices)
    for one in (*uploads, *voices):
        one.stream.seek(0)  # ``once`` has yet to hash it
    return stored


def _picture(upload: FileStorage) -> Stored:
    found = pictures.read(upload.stream)
    return Stored(
        file_key=files.put(found.data, "jpg"),
        media_type="image/jpeg",
        thumbnail_key=files.put(found.thumbnail, "jpg"),
        width=found.width,
        height=found.height,
        taken_at=found.taken_at,
        latitude_wgs84=found.latitude_wgs84,
        longitude_wgs84=found.longitude_wgs84,
    )


def _sound(upload: FileStorage) -> Stored:
    found = sounds.read(upload.stream)
    key = files.put(found.data, found.extension)
    return Stored(file_key=key, media_type=found.media_type)
