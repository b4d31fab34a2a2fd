"""A fair as an entry for people's calendars (RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from flask import Response, make_response, request, url_for

from intranet.db import db
from intranet.jobs.models import Fair, FairState
from intranet.jobs.queries import fairs as queries
from intranet.jobs.views.room import bp

OCTETS_A_LINE = 75  # without the end of the line (RFC 5545, 3.1)
STATUS = {FairState.CALLED_OFF: "CANCELLED"}


@bp.get("/jobs/fairs/<int:fair_id>/fair.ics")
def fair_calendar(fair_id: int) -> Response:
    """Give a fair as a calendar of one event; taken again it replaces what was taken before."""
    fair = queries.fair_or_404(db.session(), fair_id)
    address = url_for("jobs.fair", fair_id=fair_id, _external=True)
    answer = make_response(calendar(fair, address, request.host.partition(":")[0]))
    answer.headers["Content-Type"] = "text/calendar; charset=utf-8; method=PUBLISH"
    answer.headers["Content-Disposition"] = f"attachment; filename=fair-{fair_id}.ics"
    answer.headers["Cache-Control"] = "no-cache"
    return answer


def calendar(fair: Fair, address: str, host: str) -> bytes:
    """Return the calendar; times are UTC, so that no definition of a zone is needed (3.3.5)."""
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Weiwang//Job fairs//ZH",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:fair-{fair.id}@{host}",
        f"DTSTAMP:{stamp(fair.changed_at)}",
        f"LAST-MODIFIED:{stamp(fair.changed_at)}",
        f"SEQUENCE:{fair.version}",
        f"DTSTART:{stamp(fair.begins_at)}",
        f"DTEND:{stamp(fair.ends_at)}",
        f"SUMMARY:{escaped(fair.title)}",
        f"LOCATION:{escaped(f'{fair.place} {fair.address}')}",
        *([f"DESCRIPTION:{escaped(fair.words)}"] if fair.words else ()),
        f"URL:{address}",
        f"STATUS:{STATUS.get(fair.state, 'CONFIRMED')}",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    return b"".join(part + b"\r\n" for one in lines for part in folded(one))


def stamp(moment: datetime) -> str:
    """Return a moment in UTC (3.3.5, form 2)."""
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def escaped(words: str) -> str:
    """Return a text as a value of the type TEXT (3.3.11); no other control sign may stand there."""
    plain = "".join(sign for sign in words if sign in "\n\t" or sign.isprintable())
    for sign in ("\\", ";", ","):
        plain = plain.replace(sign, f"\\{sign}")
    return plain.replace("\n", "\\n")


def folded(line: str) -> Iterator[bytes]:
    """Break a line into pieces of at most 75 octets, none within a character (3.1)."""
    piece = b""
    for sign in line:
        octets = sign.encode()
        if len(piece) + len(octets) > OCTETS_A_LINE:
            yield piece
            piece = b" "
        piece += octets
    yield piece
