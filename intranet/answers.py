"""A file people sent, answered to a browser that must not take it for anything else."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from flask import abort, send_file

from intranet import files

if TYPE_CHECKING:
    from flask import Response

# Only what the house itself read and wrote anew: nothing in it can be a page or a script.
MEDIA_TYPES = frozenset(
    {
        "image/jpeg",
        "audio/webm",
        "audio/ogg",
        "audio/mp4",
        "audio/mpeg",
        "audio/wav",
        "audio/amr",
        "audio/amr-wb",
    }
)
# Opened in a tab of its own it may show itself, and nothing else may happen there.
POLICY = "default-src 'none'; img-src 'self'; media-src 'self'; sandbox"


def file_answer(key: str, media_type: str, *, download_name: str | None = None) -> Response:
    """Answer with a file, in parts if asked (RFC 9110 §14), or 304 where the browser has it.

    The caller has asked whether the viewer may see it. A browser keeps it for this person alone and
    asks anew each time: who may see a picture can change, and a row can get another picture.
    ``download_name`` makes it a download. Aborts with 404 where the file is gone. Raises ValueError
    for a media type that none of the house's own readers gives.
    """
    if media_type not in MEDIA_TYPES:
        message = f"{media_type} is no type of a file kept here"
        raise ValueError(message)
    source: Any = files.path(key)
    try:
        if files.is_sealed(key):
            source = io.BytesIO(files.open_sealed(key))
        response = send_file(
            source,
            mimetype=media_type,
            conditional=True,
            etag=key[32:64],
            as_attachment=download_name is not None,
            download_name=download_name,
        )
    except FileNotFoundError:
        abort(404)
    if download_name is None:
        response.headers.pop("Content-Disposition", None)  # it would tell the key
    # What was sealed was sealed for a reason: it stays in no cache at all.
    response.headers["Cache-Control"] = "no-store" if files.is_sealed(key) else "private, no-cache"
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
