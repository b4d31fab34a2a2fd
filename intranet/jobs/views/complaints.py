"""What is wrong with a post: said by anybody, on its page or at the screen, without a name."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx, once
from intranet.access import require
from intranet.db import db
from intranet.errors import DomainError
from intranet.i18n import _
from intranet.jobs import operations, queries
from intranet.jobs.forms.complaints import WRONG_LABELS, ComplaintForm
from intranet.jobs.models import Wrong
from intranet.jobs.queries import Shown
from intranet.jobs.views.fence import is_kiosk
from intranet.jobs.views.kiosk import USE, page
from intranet.jobs.views.posts_public import gone
from intranet.jobs.views.room import bp
from intranet.logs import nameless


@bp.get("/jobs/<int:post_id>/complain")
@nameless
def complaint_form(post_id: int) -> Response:
    """Ask what is wrong with a post."""
    return _form_page(_open(post_id), ComplaintForm(formdata=None))


@bp.post("/jobs/<int:post_id>/complain")
@nameless
def complain(post_id: int) -> ResponseReturnValue:
    """Take it down, once; who is logged in is not asked and not kept."""
    found, form = _open(post_id), ComplaintForm(request.form)
    if not form.validate():
        return _form_page(found, form, status=422)
    device = _browser()
    refused = _take(found, Wrong(form.wrong.data), form.words.data or "", device=device)
    if refused is not None:
        problem = None if form.shows(refused) else refused
        return _form_page(_open(post_id), form, problem=problem, status=refused.status)
    flash(_("Thank you. The station looks into it; nobody is told who said so."))
    return htmx.go(url_for("jobs.post", post_id=post_id))


@bp.get("/kiosk/posts/<int:post_id>/complain")
@nameless
def kiosk_complaint(post_id: int) -> Response:
    """Ask it at the screen: what can be pressed, since nobody types there."""
    require(USE)
    return _kiosk_page(_open_at_screen(post_id), is_said=request.args.get("said") == "1")


@bp.post("/kiosk/posts/<int:post_id>/complain")
@nameless
def kiosk_complain(post_id: int) -> ResponseReturnValue:
    """Take down what was pressed, once."""
    viewer, found = require(USE), _open_at_screen(post_id)
    wrong = request.form.get("wrong", "")
    if wrong not in PRESSED:
        return _kiosk_page(found, status=422)
    at_screen = is_kiosk(viewer)
    device = f"screen:{viewer.account_id}" if at_screen else _browser()  # nobody's account is kept
    refused = _take(found, Wrong(wrong), "", device=device, at_screen=at_screen)
    if refused is not None:
        return _kiosk_page(_open_at_screen(post_id), problem=refused, status=refused.status)
    return htmx.go(url_for("jobs.kiosk_complaint", post_id=post_id, said=1))


PRESSED = {one.value: label for one, label in WRONG_LABELS.items() if one is not Wrong.OTHER}


def _browser() -> str:
    return audit.client_digest(request.headers.get("User-Agent", ""))


def _take(
    found: Shown, wrong: Wrong, words: str, *, device: str, at_screen: bool = False
) -> DomainError | None:
    """Write it down and commit; return why not, if it was refused."""
    said: dict[str, Any] = {
        "wrong": wrong,
        "words": words,
        "device": device,
        "at_screen": at_screen,
    }
    session, post, now = db.session(), found.post, clock.now()
    try:
        # Without the viewer: the key of a form, too, would say who it was.
        once.submit(None, lambda: operations.complain(session, at=now, post=post, **said).id)
        session.commit()
    except DomainError as error:
        session.rollback()
        return error
    return None


def _open(post_id: int) -> Shown:
    """Return a post that can be had; of one that is over its page says so."""
    found = queries.seen_or_404(db.session(), post_id)
    if not found.is_live(clock.today()):
        abort(make_response(render_template("jobs/gone.html", **gone(found)), 410))
    return found


def _open_at_screen(post_id: int) -> Shown:
    """Return a post that can be had; of one that is over the screen says so."""
    found = queries.seen_or_404(db.session(), post_id)
    if not found.is_live(clock.today()):
        back = url_for("jobs.kiosk_list", kind=found.post.occupation_code)
        abort(page("gone", 410, shown=found, back=back))
    return found


def _form_page(
    found: Shown, form: ComplaintForm, *, problem: DomainError | None = None, status: int = 200
) -> Response:
    made = render_template(
        "jobs/complain.html", shown=found, post=found.post, form=form, problem=problem
    )
    return make_response(made, status)


def _kiosk_page(
    found: Shown,
    *,
    problem: DomainError | None = None,
    is_said: bool = False,
    status: int = 200,
) -> Response:
    back = url_for("jobs.kiosk_post", post_id=found.id)
    facts: dict[str, Any] = {
        "shown": found,
        "problem": problem,
        "is_said": is_said,
        "choices": PRESSED,
    }
    return page("complain", status, back=back, **facts)
