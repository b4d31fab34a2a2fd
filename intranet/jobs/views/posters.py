"""What is hung out, sent round and taken along: poster, square picture, words, sheet of cards."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, make_response, render_template, url_for
from flask.typing import ResponseReturnValue

from intranet import clock
from intranet.db import db
from intranet.grids import queries as grids
from intranet.i18n import _, community_name
from intranet.jobs import queries
from intranet.jobs.forms import saying
from intranet.jobs.queries import Shown
from intranet.jobs.queries.stations import phone_of
from intranet.jobs.views.board import line
from intranet.jobs.views.codes import code_of
from intranet.jobs.views.narrowing import address_of, read
from intranet.jobs.views.posts_public import said
from intranet.jobs.views.room import bp

CARDS = 12
SIDE = 1080
# Above so many characters the title, and the facts, are set smaller on a sheet of A4.
TITLE_LONG, TITLE_LONGER, FACTS_CROWDED = 11, 20, 90
# The ems of a line of facts and the lines there is room for, at 15 pt and, crowded, at 12 pt.
ROOM, ROOM_CROWDED = (23, 10), (29, 14)
DUTIES_LEAST = 3


@bp.get("/jobs/<int:post_id>/share")
def share(post_id: int) -> ResponseReturnValue:
    """Show the poster to print, the picture to save and the words to copy."""
    found = _live(post_id)
    return render_template(
        "jobs/share.html",
        **line(found, read().wanted, clock.today()),
        **said(found),
        **code_of_post(post_id),
        **_sheet(found),
        words=share_words(found),
        phone=_phone(found),
    )


@bp.get("/jobs/<int:post_id>/card.svg")
def card(post_id: int) -> Response:
    """Draw the square picture."""
    found = _live(post_id)
    answer = make_response(render_template("jobs/card.svg", **_picture(found)))
    answer.headers["Content-Type"] = "image/svg+xml; charset=utf-8"
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@bp.get("/jobs/<int:post_id>/share.txt")
def share_text(post_id: int) -> Response:
    """Give the words as plain text, for whoever cannot press the button."""
    answer = make_response(share_words(_live(post_id)))
    answer.headers["Content-Type"] = "text/plain; charset=utf-8"
    return answer


@bp.get("/jobs/cards")
def cards() -> ResponseReturnValue:
    """Show a sheet of the first posts of a search, to be cut and handed over at home visits."""
    asked, today = read(), clock.today()
    if not asked.is_well:
        abort(404)
    found = queries.find(db.session(), asked.wanted, today=today)
    ids = [one.post_id for one in found.hits[:CARDS]]
    rows = queries.shown(db.session(), ids, today=today)
    made = [line(one, asked.wanted, today) | said(one) | code_of_post(one.id) for one in rows]
    back = address_of(asked.wanted)
    return render_template("jobs/cards.html", cards=made, list_url=back, today=today)


def share_words(found: Shown) -> str:
    """Return the words for a group: what a post is, and where more is read."""
    post = found.post
    assert post.valid_through is not None
    phone = _phone(found)
    lines = (
        _("Job: %(title)s", title=post.title),
        _("Company: %(name)s", name=found.company_name),
        _("Pay: %(pay)s", pay=saying.pay_said(post)),
        _("Time: %(hours)s", hours=saying.hours_said(post) or "—"),
        _("Place: %(address)s", address=post.address),
        _("Openings left: %(num)s", num=post.openings_left),
        _("Valid through %(day)s, void afterwards", day=post.valid_through.isoformat()),
        *((_("Ring the station: %(phone)s", phone=phone),) if phone else ()),
        _("Apply through the station of %(community)s:", community=community_name()),
        # Its address comes last: where a channel takes less, lines above it are left out.
        url_for("jobs.post", post_id=post.id, _external=True),
    )
    return "\n".join(lines) + "\n"


def _phone(found: Shown) -> str:
    return phone_of(db.session(), grids.community_path(found.post.grid_path))


def _live(post_id: int) -> Shown:
    """Return a post that can be shared; one that is over is gone, here as on its page."""
    found = queries.seen_or_404(db.session(), post_id)
    if not found.is_live(clock.today()):
        abort(410)
    return found


def code_of_post(post_id: int) -> dict[str, Any]:
    """Return a code that leads to the post: a path of squares, its side in modules, the address."""
    return code_of(url_for("jobs.post", post_id=post_id, _external=True))


def _sheet(found: Shown) -> dict[str, Any]:
    """Return how a post is set so that its poster is one sheet, code and last day upon it."""
    post = found.post
    facts = (found.company_name, saying.hours_said(post), post.address)
    is_crowded = sum(map(len, facts)) > FACTS_CROWDED
    ems, lines = ROOM_CROWDED if is_crowded else ROOM
    taken = sum(len(wrapped(one, ems, lines)) for one in facts) + bool(saying.given_said(post)) + 1
    duties, is_cut = shortened(post.duties, ems, max(DUTIES_LEAST, lines - taken))
    sizes = (len(post.title) > TITLE_LONG) + (len(post.title) > TITLE_LONGER)
    classes = ["long-title", "longer-title"][:sizes] + ["crowded"] * is_crowded
    return {"duties": duties, "is_cut": is_cut, "sheet_classes": " ".join(classes)}


def shortened(text: str, ems: float, lines: int) -> tuple[str, bool]:
    """Return what of some paragraphs fills so many lines of so many ems, and whether more is."""
    kept: list[str] = []
    for paragraph in filter(None, map(str.strip, text.splitlines())):
        if not lines:
            return "\n".join(kept).rstrip("…") + "…", True
        rows = wrapped(paragraph, ems, lines)
        kept.append("".join(rows))
        if len(kept[-1]) < len(paragraph) or rows[-1][-1] != paragraph[-1]:
            return "\n".join(kept), True
        lines -= len(rows)
    return "\n".join(kept), False


def _picture(found: Shown) -> dict[str, Any]:
    post = found.post
    assert post.valid_through is not None
    facts = [(found.company_name, 1), (saying.hours_said(post), 1), (post.address, 2)]
    head = _("%(community)s · jobs near home", community=community_name())
    return {
        **code_of_post(post.id),
        "side": SIDE,
        "head": wrapped(head, 21, 1)[0],
        "title": wrapped(post.title, 13, 2),
        "pay": saying.pay_said(post),
        "facts": [row for fact, lines in facts if fact for row in wrapped(fact, 23, lines)],
        "openings": _("%(num)s openings", num=post.openings_left),
        "ends": _("Valid through %(day)s", day=post.valid_through.isoformat()),
        "void": _("Void afterwards"),
        "scan": wrapped(_("Scan for details; the station arranges the meeting"), 22, 2),
        "shown_address": address_lines(post.id),
    }


def address_lines(post_id: int) -> list[str]:
    """Return the address under a code, as one types it."""
    return wrapped(url_for("jobs.post", post_id=post_id, _external=True), 23, 2)


def wrapped(words: str, ems: float, lines: int) -> list[str]:
    """Break a text into lines of so many ems at most; what is left of it ends with dots."""
    found, line, wide = [], "", 0.0
    for sign in words:
        own = 0.56 if sign.isascii() else 1.0
        if wide + own > ems:
            found.append(line)
            line, wide = "", 0.0
            if len(found) == lines:
                found[-1] = f"{found[-1][:-1]}…"
                return found
        line, wide = line + sign, wide + own
    return [*found, line]
