"""Filing a wish for work: on one's own phone, at the desk, or for somebody visited at home."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from flask import Response, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx, once
from intranet.access import Permission, Viewer, allowed, require
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.grids import queries as grids
from intranet.grids.models import GridKind
from intranet.i18n import _
from intranet.jobs import operations
from intranet.jobs.forms.posts import days_of
from intranet.jobs.forms.wishes import ContentForm, WishForm
from intranet.jobs.models import (
    EVERY_DAY,
    Channel,
    Employment,
    JobPost,
    Occupation,
    PayUnit,
    Seeker,
    SkillKind,
    Wish,
)
from intranet.jobs.operations import AlikeError, Content, Hours, Person, Trade
from intranet.jobs.queries import wishes as queries
from intranet.jobs.queries.asking import live_post
from intranet.jobs.queries.wishes import Whole
from intranet.jobs.views.acting import number_of, who
from intranet.jobs.views.room import bp
from intranet.register.models import Party

if TYPE_CHECKING:
    from collections.abc import Sequence

FILE = Permission.JOBS_WISH_FILE
HOME = Permission.PEOPLE_SELF_MANAGE
KINDS = (GridKind.MICRO, GridKind.GENERAL, GridKind.COMMUNITY)


@bp.get("/jobs/wishes/new")
def new_wish() -> Response:
    """Show the empty form: for somebody else to those who may, else for oneself."""
    viewer, about = require(HOME), _about(request.args)
    return _page(viewer, WishForm(data={"trades": [about.occupation_code]} if about else None))


@bp.post("/jobs/wishes/new")
def file_wish() -> ResponseReturnValue:
    """File a wish, once."""
    viewer = require(HOME)
    form = WishForm(request.form)
    named = offer_lists(viewer, form)
    if not form.validate() or named:
        return _page(viewer, form, named=named, status=422)
    try:
        answer = once.submit(viewer, partial(_file, viewer, form))
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        problem = None if form.shows(error) else error
        return _page(viewer, form, problem=problem, status=error.status)
    flash(_filed_words())
    return htmx.go(url_for("jobs.wish", wish_id=int(answer.object_id)))


def _filed_words() -> str:
    if request.form.get("post") and _about(request.form) is None:
        return str(_("The wish was filed. The work you asked for was taken meanwhile."))
    return str(_("The wish was filed. These posts fit it best."))


def _file(viewer: Viewer, form: WishForm) -> int:
    """File the wish, and ask with it for the post that led here."""
    wish, about = file_from(viewer, form, _channel(viewer)), _about(request.form)
    if about is not None:
        operations.ask_for(db.session(), wish=wish, post=about, is_told=False, **who(viewer))
    return wish.id


def _about(given: Mapping[str, str]) -> JobPost | None:
    """Return the post for which somebody files a wish of their own; None of one that is over."""
    number = number_of(given.get("post", ""))
    return live_post(db.session(), number, today=clock.today()) if number else None


@bp.get("/jobs/wishes/<int:wish_id>/change")
def edit_wish(wish_id: int) -> Response:
    """Show what is wished for, to be changed."""
    viewer, whole = _own_or_for(wish_id)
    return _change_page(viewer, whole, ContentForm(data=_typed(whole)))


@bp.post("/jobs/wishes/<int:wish_id>/change")
def change_wish(wish_id: int) -> ResponseReturnValue:
    """Change what is wished for."""
    viewer, whole = _own_or_for(wish_id)
    form = ContentForm(request.form)
    named = offer_lists(viewer, form)
    if not form.validate() or named:
        return _change_page(viewer, whole, form, named=named, status=422)
    try:
        once.submit(viewer, partial(_change, viewer, whole.wish, form))
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        again = queries.wish_or_404(db.session(), viewer, wish_id)
        problem = None if form.shows(error) else error
        return _change_page(viewer, again, form, problem=problem, status=error.status)
    flash(_("The wish was changed."))
    return htmx.go(url_for("jobs.wish", wish_id=wish_id))


def _own_or_for(wish_id: int) -> tuple[Viewer, Whole]:
    viewer = require(HOME)
    whole = queries.wish_or_404(db.session(), viewer, wish_id)
    require(Permission.JOBS_WISH_VIEW, whole)
    return viewer, whole


def _is_for_others(viewer: Viewer) -> bool:
    return allowed(viewer, FILE)


def file_from(
    viewer: Viewer,
    form: WishForm,
    channel: Channel,
    *,
    filing_key: str | None = None,
    agreed_at: datetime | None = None,
) -> Wish:
    """File what a form says, of oneself or of somebody else; raises what the operation does."""
    session, chosen = db.session(), request.form.get("same", "")
    seeker = None
    is_others = _is_for_others(viewer)
    if is_others and chosen.isdecimal():
        seeker = session.get(Seeker, int(chosen)) if _may_be(viewer, form, int(chosen)) else None
    own_id = None if is_others else viewer.party_id
    party = session.get(Party, own_id) if own_id is not None else None
    person = Person(
        form.name.data or "",
        form.phone.data or "",
        legal_age=bool(form.legal_age.data),
        consents=bool(form.consents.data),
        party=party,
    )
    return operations.file_wish(
        session,
        actor=viewer,
        at=clock.now(),
        grid_path=form.grid.data or "",
        person=person,
        content=_content(form),
        channel=channel,
        seeker=seeker,
        is_another="another" in {chosen, request.form.get("shared")},
        filing_key=filing_key,
        agreed_at=agreed_at,
        address=audit.client_address(),
    )


def _may_be(viewer: Viewer, form: WishForm, seeker_id: int) -> bool:
    """Whether a seeker is one of those whom the page asked about: of the same phone."""
    person = Person(form.name.data or "", form.phone.data or "", legal_age=True, consents=True)
    known = operations.alike(db.session(), operations.clean_person(person))
    seen = [one for one in known if allowed(viewer, FILE, one)]
    return seeker_id in {one.id for one in seen}


def _channel(viewer: Viewer) -> Channel:
    if not _is_for_others(viewer):
        return Channel.PHONE
    return Channel.VISIT if request.form.get("channel") == Channel.VISIT.value else Channel.DESK


def _change(viewer: Viewer, wish: Wish, form: ContentForm) -> str:
    version = request.form.get("version", "")
    operations.change_wish(
        db.session(),
        actor=viewer,
        at=clock.now(),
        wish=wish,
        content=_content(form),
        grid_path=form.grid.data or None,
        version=int(version) if version.isdecimal() and len(version) < 10 else -1,
        address=audit.client_address(),
    )
    return str(wish.id)


def _content(form: ContentForm) -> Content:
    months = int(form.months.data) if form.months.data else None
    codes = list(dict.fromkeys([*(form.trades.data or ()), *_other_codes(form)]))
    minutes, fen = form.minutes, form.pay_floor.data
    return Content(
        trades=[Trade(code, months) for code in codes],
        hours=[Hours(form.weekday_bits, *minutes)] if minutes else [],
        skill_ids=[int(one) for one in form.skills.data or ()],
        place=queries.middle_of(db.session(), form.grid.data or ""),
        max_walk_minutes=int(form.max_walk_minutes.data),
        pay_floor_fen=fen,
        pay_unit=PayUnit(form.pay_unit.data) if fen is not None else None,
        employment=Employment(form.employment.data) if form.employment.data else None,
        night_ok=bool(form.night_ok.data),
        starts_on=form.starts_on.data,
        words=form.words.data or "",
    )


def _other_codes(form: ContentForm) -> list[str]:
    if not form.other.data:
        return []
    found = queries.trades_named(db.session(), form.other.data)
    if not found:
        raise InputError("No kind of work has this name; try another word", "other")
    return [one.code for one in found if one.name == form.other.data] or [found[0].code]


def offer_lists(viewer: Viewer, form: ContentForm) -> Sequence[Occupation]:
    """Give the form its lists; return kinds of work to choose from where a typed one is several."""
    session = db.session()
    usual = queries.usual_trades(session)
    ticked = set(request.form.getlist("trades") or form.trades.data or ())
    codes = {one.code for one in usual}
    more = queries.occupations(session, ticked - codes)
    form.offer(
        [(one.code, _called(one)) for one in (*usual, *more)],
        [(number, name) for number, name, _kind in queries.skill_choices(session)],
    )
    if _is_for_others(viewer):
        form.grid.offer(grids.places(viewer, FILE, KINDS, **form.grid.sent))
    else:
        form.grid.offer(_own_places(viewer))
    return _several(form)


def _called(one: Occupation) -> str:
    """Return its name, with the first word that people say for it."""
    said = one.also.split(" ")[0]
    return str(_("%(name)s (%(said)s)", name=one.name, said=said)) if said else one.name


def _own_places(viewer: Viewer) -> grids.Places:
    """Return where the viewer belongs: there is the home, or near it."""
    named = grids.labels({one.path for one in viewer.grants})
    chosen = request.form.get("grid", "")
    listed = [(path, label.full) for path, label in sorted(named.items())]
    return grids.Places(listed, chosen if chosen in named else "", is_cut=False)


def _several(form: ContentForm) -> Sequence[Occupation]:
    typed = form.other.data or ""
    if not typed:
        return ()
    found = queries.trades_named(db.session(), typed)
    is_one = len(found) < 2 or any(one.name == typed for one in found)
    return () if is_one else found


def _typed(whole: Whole) -> dict[str, object]:
    """Return what stands in the wish, as the form has it."""
    wish, hours = whole.wish, whole.hours[0] if whole.hours else None
    months = next((months for _one, months in whole.trades if months is not None), None)
    return {
        "grid": wish.grid_path,
        "trades": [one.code for one, _months in whole.trades],
        "months": "" if months is None else str(months),
        "weekdays": days_of(hours.weekdays) if hours and hours.weekdays != EVERY_DAY else [],
        "begins": hours.from_minute if hours else None,
        "ends": hours.to_minute if hours else None,
        "night_ok": wish.night_ok,
        "max_walk_minutes": str(wish.max_walk_minutes),
        "pay_floor": wish.pay_floor_fen,
        "pay_unit": (wish.pay_unit or PayUnit.MONTH).value,
        "employment": wish.employment.value if wish.employment else "",
        "skills": [str(one.id) for one in whole.skills],
        "starts_on": wish.starts_on,
        "words": wish.words,
    }


def _page(
    viewer: Viewer,
    form: WishForm,
    *,
    named: Sequence[Occupation] = (),
    problem: DomainError | None = None,
    status: int = 200,
) -> Response:
    named = named or offer_lists(viewer, form)
    if not _is_for_others(viewer):
        form.for_oneself()
    page = render_template(
        "jobs/wish_new.html",
        form=form,
        named=named,
        is_others=_is_for_others(viewer),
        channel=_channel(viewer),
        alike=problem.seekers if isinstance(problem, AlikeError) else (),
        own=queries.own_wish(db.session(), viewer),
        about=_about(request.values),
        certificates=certificates(),
        problem=problem,
    )
    return make_response(page, status)


def _change_page(
    viewer: Viewer,
    whole: Whole,
    form: ContentForm,
    *,
    named: Sequence[Occupation] = (),
    problem: DomainError | None = None,
    status: int = 200,
) -> Response:
    named = named or offer_lists(viewer, form)
    page = render_template(
        "jobs/wish_change.html",
        form=form,
        whole=whole,
        wish=whole.wish,
        named=named,
        certificates=certificates(),
        problem=problem,
    )
    return make_response(page, status)


def certificates() -> set[str]:
    """Return the numbers of those skills that are certificates."""
    choices = queries.skill_choices(db.session())
    return {number for number, _name, kind in choices if kind is SkillKind.CERTIFICATE}
