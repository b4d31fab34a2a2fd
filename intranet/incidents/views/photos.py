"""The files of an incident, for those who may see it."""

from __future__ import annotations

from flask import Response, abort, request

from intranet.access import Permission, allowed
from intranet.answers import file_answer
from intranet.db import db
from intranet.incidents import queries
from intranet.incidents.views.room import VIEW, bp, case_for


@bp.get("/incidents/<number>/photos/<int:attachment_id>")
def photo(number: str, attachment_id: int) -> Response:
    """Send one photo, small or whole, or one voice note: its own, or of what was merged into it."""
    viewer, case = case_for(VIEW, number)
    may_moderate = allowed(viewer, Permission.INCIDENTS_PHOTO_MODERATE, case)
    listed = queries.attachments(db.session(), case.incident, hidden=may_moderate)
    found = next((one for one in listed if one.id == attachment_id), None)
    if found is None:
        found = queries.absorbed_file(db.session(), viewer, case, attachment_id)
    if found is None:
        abort(404)
    if request.args.get("size") == "small" and found.thumbnail_key:
        return file_answer(found.thumbnail_key, found.media_type)
    return file_answer(found.file_key, found.media_type)
