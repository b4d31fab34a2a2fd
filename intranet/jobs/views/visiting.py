"""Wishes filed on a home visit: the page works without a network, and what waits is sent once."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import drafts, htmx, once
from intranet.access import Viewer, require
from intranet.db import db
from intranet.errors import DomainError
from intranet.i18n import _
from intranet.jobs import operations
from intranet.jobs.forms.wishes import WishForm
from intranet.jobs.models import Channel, Occupation
from intranet.jobs.operations import AlikeError
from intranet.jobs.views.room import bp
from intranet.jobs.views.wish_filing import FILE, certificates, file_from, offer_lists


@bp.get("/jobs/wishes/visit")
def visit() -> Response:
    """Show the form for the people of a household, one after the other."""
    viewer = require(FILE)
    return _page(viewer, WishForm())


@bp.get("/jobs/wishes/visit/shell")
def visit_shell() -> Response:
    """Show the form as a phone keeps it for when there is no network: nobody's name is in it."""
    viewer = require(FILE)
    answer = _page(viewer, WishForm(), is_shell=True)
    answer.headers["X-Account"] = str(viewer.account_id)
    return answer


@bp.post("/jobs/wishes/visit")
def file_visited() -> ResponseReturnValue:
    """File a wish of somebody visited, once, whenever the phone comes to send it."""
    viewer = require(FILE)
    form = WishForm(request.form)
    named = offer_lists(viewer, form)
    try:
        # First: another's grids are none of this one's, and no reason to refuse it for good.
        drafts.check_owner(viewer, request.form.get("account"))
    except DomainError as error:
        return _refuse(viewer, form, error)
    if not form.validate() or named:
        return _refuse(viewer, form, named=named)
    try:
        answer = once.submit(viewer, lambda: _file(viewer, form))
        db.session.commit()
    except DomainError as error:
        return _refuse(viewer, form, error)
    return _filed(answer.object_id)


def _file(viewer: Viewer, form: WishForm) -> int:
    made = file_from(
        viewer,
        form,
        Channel.VISIT,
        filing_key=drafts.key_of(viewer),
        agreed_at=drafts.made_at(request.form.get("made_at")),
    )
    return made.id


def _filed(wish_id: str) -> Response:
    """Lead a browser to the next person of the household, and a phone to the wish."""
    if drafts.is_draft():
        where = url_for("jobs.wish", wish_id=int(wish_id))
        return drafts.taken(make_response(""), wish_id, where)
    flash(_("Wish %(number)s was filed. The next person of the household?", number=wish_id))
    return htmx.go(url_for("jobs.visit", grid=request.form.get("grid", "")))


def _refuse(
    viewer: Viewer,
    form: WishForm,
    error: DomainError | None = None,
    *,
    named: Sequence[Occupation] = (),
) -> Response:
    """Answer what was not taken: to a person with all that was typed, to a phone with a reason."""
    status = error.status if error else 422
    if error is not None:
        db.session.rollback()
    if drafts.is_draft():
        return _refuse_draft(viewer, form, error, named)
    beside = error is not None and form.shows(error)
    problem = None if beside else error
    return _page(viewer, form, named=named, problem=problem, alike=_alike(error), status=status)


def _refuse_draft(
    viewer: Viewer,
    form: WishForm,
    error: DomainError | None,
    named: Sequence[Occupation],
) -> Response:
    """Tell a phone why, and as which wish it had been filed before if it was."""
    said = [*form.errors.values()]
    if named:
        names = ", ".join(one.name for one in named)
        said.append([_("Several kinds of work are called so: %(names)s", names=names)])
    status = error.status if error else 422
    answer = drafts.refusal(error, said, status, alike=_alike(error) or None)
    known = operations.filed_before(db.session(), drafts.key_of(viewer))
    if known is not None and not isinstance(error, drafts.OtherAccountError):
        drafts.taken(answer, str(known.id), url_for("jobs.wish", wish_id=known.id))
    return answer


def _alike(error: DomainError | None) -> Sequence[int]:
    return error.seekers if isinstance(error, AlikeError) else ()


def _page(
    viewer: Viewer,
    form: WishForm,
    *,
    named: Sequence[Occupation] = (),
    problem: DomainError | None = None,
    alike: Sequence[int] = (),
    status: int = 200,
    is_shell: bool = False,
) -> Response:
    if request.method == "GET":
        form.grid.data = request.args.get("grid")
        offer_lists(viewer, form)
    page = render_template(
        "jobs/visit.html",
        form=form,
        named=named,
        problem=problem,
        alike=alike,
        certificates=certificates(),
        is_shell=is_shell,
        days=drafts.VISIT_DAYS,
    )
    return make_response(page, status)
