"""A post, a fair or the day's new posts are sent to channels: what is said, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask import Response, abort, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

from intranet import clock, htmx, once
from intranet.access import Permission, Viewer, require
from intranet.db import db
from intranet.errors import DomainError
from intranet.grids import queries as grids
from intranet.grids.models import GridKind
from intranet.i18n import DEFAULT_LOCALE, _, beijing_date, community_name
from intranet.jobs import operations
from intranet.jobs.forms import outlets as labels
from intranet.jobs.forms import saying
from intranet.jobs.forms.fields import clock_words
from intranet.jobs.forms.outlets import DigestForm, PublishForm
from intranet.jobs.models import COMING, Fair, Outlet, OutletKind, Sending, Subject
from intranet.jobs.operations import POSTS_MAX, Said, SentTodayError
from intranet.jobs.queries import Shown, seen_or_404
from intranet.jobs.queries import fairs as fair_queries
from intranet.jobs.queries import outlets as queries
from intranet.jobs.queries.outlets import SendingFilter, Went
from intranet.jobs.views.acting import who
from intranet.jobs.views.posters import share_words
from intranet.jobs.views.room import bp

SEND = Permission.JOBS_OUTLET_SEND


@dataclass(frozen=True, slots=True)
class Thing:
    """What is to be published, of which community, and the pages round it."""

    said: Said
    grid_path: str
    crumbs: Sequence[tuple[str, str]]
    went: SendingFilter
    here: str
    places: DigestForm | None = None
    titles: Mapping[int, str] = field(default_factory=dict)  # of the posts of a list


@dataclass(frozen=True, slots=True)
class Offer:
    """The form, the channels it offers, and where the posts of a list went today."""

    form: PublishForm
    outlets: Sequence[Outlet]
    went: Mapping[int, Sequence[Went]]


@bp.get("/jobs/<int:post_id>/channels")
def post_channels(post_id: int) -> Response:
    """Show what would be said of a post, the channels, and where it went already."""
    viewer, thing = _post(post_id)
    return _page(viewer, thing)


@bp.post("/jobs/<int:post_id>/channels")
def send_post(post_id: int) -> ResponseReturnValue:
    """Have a post sent to channels."""
    viewer, thing = _post(post_id)
    return _publish(viewer, thing)


@bp.get("/jobs/fairs/<int:fair_id>/channels")
def fair_channels(fair_id: int) -> Response:
    """Show what would be said of a fair, the channels, and where it went already."""
    viewer, thing = _fair(fair_id)
    return _page(viewer, thing)


@bp.post("/jobs/fairs/<int:fair_id>/channels")
def send_fair(fair_id: int) -> ResponseReturnValue:
    """Have a fair sent to channels."""
    viewer, thing = _fair(fair_id)
    return _publish(viewer, thing)


@bp.get("/jobs/channels/today")
def digest_channels() -> Response:
    """Show a community's new posts of the day, and the channels."""
    viewer, thing = _digest()
    return _page(viewer, thing)


@bp.post("/jobs/channels/today")
def send_digest() -> ResponseReturnValue:
    """Have a community's new posts of the day sent to channels."""
    viewer, thing = _digest()
    return _publish(viewer, thing)


def _post(post_id: int) -> tuple[Viewer, Thing]:
    viewer, session = require(SEND), db.session()
    post = queries.to_publish_or_404(session, viewer, post_id)
    require(SEND, post)
    found = seen_or_404(session, post_id)
    if not found.is_live(clock.today()):
        abort(410)
    with force_locale(DEFAULT_LOCALE):
        said = Said(Subject.POST, post.title, posts=[(post.id, share_words(found).strip())])
    crumbs = [(_("Jobs near home"), url_for("jobs.index"))]
    crumbs += [(post.title, url_for("jobs.post", post_id=post_id)), (_("Channels"), "")]
    here = url_for("jobs.post_channels", post_id=post_id)
    return viewer, Thing(said, post.grid_path, crumbs, SendingFilter(post_id=post_id), here)


def _fair(fair_id: int) -> tuple[Viewer, Thing]:
    viewer, session = require(SEND), db.session()
    fair = queries.fair_to_publish_or_404(session, viewer, fair_id)
    require(SEND, fair)
    if fair.state not in COMING or fair.held_on < clock.today():
        abort(410)
    with force_locale(DEFAULT_LOCALE):
        said = _said_of_fair(fair)
    crumbs = [(_("Job fairs"), url_for("jobs.fairs"))]
    crumbs += [(fair.title, url_for("jobs.fair", fair_id=fair_id)), (_("Channels"), "")]
    here = url_for("jobs.fair_channels", fair_id=fair_id)
    return viewer, Thing(said, fair.grid_path, crumbs, SendingFilter(fair_id=fair_id), here)


def _digest() -> tuple[Viewer, Thing]:
    viewer, form = require(SEND), DigestForm(request.args)
    found = grids.places(viewer, SEND, (GridKind.COMMUNITY,), **form.grid.sent)
    form.grid.offer(found)
    if not form.grid.shown or (form.grid.data and not form.validate()):
        abort(404)
    path = form.grid.shown
    with force_locale(DEFAULT_LOCALE):
        said, titles = _said_of_day(path)
    here = url_for("jobs.digest_channels", grid=path)
    crumbs = [(_("Channels"), url_for("jobs.outlets")), (_("New posts of the day"), "")]
    places = form if len(found.choices) > 1 else None
    went = SendingFilter(subject=Subject.DIGEST)
    return viewer, Thing(said, path, crumbs, went, here, places, titles)


def _said_of_fair(fair: Fair) -> Said:
    rows = fair_queries.booths(db.session(), fair, day=clock.today())
    there = [one for one in rows if one.state.value == "verified"]
    begins, ends = clock_words(fair.from_minute), clock_words(fair.to_minute)
    lines = [
        _("Job fair: %(title)s", title=fair.title),
        _(
            "When: %(day)s %(begins)s to %(ends)s",
            day=beijing_date(fair.held_on),
            begins=begins,
            ends=ends,
        ),
        _("Where: %(place)s, %(address)s", place=fair.place, address=fair.address),
    ]
    if there:
        posts = sum(len(one.posts) for one in there)
        lines.append(
            _("%(companies)s companies with %(posts)s posts", companies=len(there), posts=posts)
        )
    lines += fair.words.splitlines()
    link = url_for("jobs.fair", fair_id=fair.id, _external=True)
    return Said(
        Subject.FAIR,
        fair.title,
        head="\n".join(lines),
        tail=link,
        fair_id=fair.id,
        fair_stand=operations.fair_stand(fair),
    )


def _said_of_day(path: str) -> tuple[Said, dict[int, str]]:
    today = clock.today()
    found = queries.new_of_day(db.session(), path, day=today, limit=queries.DAY_MAX)
    title = _("New jobs near home, %(day)s", day=beijing_date(today))
    head = f"{title}\n" + _(
        "Apply through the station of %(community)s:", community=community_name()
    )
    more = _("All posts:") + " " + url_for("jobs.index", _external=True)
    posts = [(one.id, _lines(one)) for one in found]
    said = Said(Subject.DIGEST, title, head=head, posts=posts, tail=more)
    return said, {one.id: one.post.title for one in found}


def _lines(found: Shown) -> str:
    post = found.post
    hours = saying.hours_said(post)
    facts = " · ".join(filter(None, (saying.pay_said(post), hours, post.address)))
    link = url_for("jobs.post", post_id=post.id, _external=True)
    return f"{post.title} · {found.company_name}\n{facts}\n{link}"


def _publish(viewer: Viewer, thing: Thing) -> ResponseReturnValue:
    """Put it down for the chosen channels, once; where it went today already, ask."""
    offer = _offer(viewer, thing)
    form, made = offer.form, list[Sending]()
    if not form.validate():
        return _page(viewer, thing, offer, status=422)
    facts: dict[str, Any] = {
        "outlets": [one for one in offer.outlets if one.id in form.ids],
        "said": thing.said,
        "is_again": request.form.get("again") == "1",
        "anew": form.again,
    }

    def act() -> int:
        made.extend(operations.publish(db.session(), **facts, **who(viewer)))
        return made[0].id

    try:
        once.submit(viewer, act)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _refused(viewer, thing, error)
    flash(_("It is on its way. What is published by hand waits with its text."))
    return htmx.go(thing.here)


def _refused(viewer: Viewer, thing: Thing, error: DomainError) -> Response:
    offer = _offer(viewer, thing)
    problem = None if offer.form.shows(error) else error
    return _page(viewer, thing, offer, problem=problem, status=error.status)


def _offer(viewer: Viewer, thing: Thing) -> Offer:
    session, form = db.session(), PublishForm(request.form)
    outlets = queries.outlets_for(session, viewer, thing.grid_path)
    went = queries.went_today(session, outlets, list(thing.titles), day=clock.today())
    form.offer(
        [(one.id, one.name) for one in outlets],
        [(one, title) for one, title in thing.titles.items() if one in went],
    )
    return Offer(form, outlets, went)


def _to_come(said: Said, offer: Offer) -> tuple[Said, int, dict[str, int]]:
    """Return what is new to some channel, how many posts one has no room for, and messages."""
    shared = operations.shares(db.session(), offer.outlets, said, day=clock.today())
    counts = {str(one.id): len(operations.messages(share, one.kind)) for one, share in shared}
    if said.subject is not Subject.DIGEST:
        return said, 0, counts
    if not shared:
        return replace(said, posts=said.posts[:POSTS_MAX]), len(said.posts[POSTS_MAX:]), counts
    new = {one[0] for _outlet, share in shared for one in share.posts}
    went = {(one, here.outlet_id) for one, where in offer.went.items() for here in where}
    beyond = max(
        sum((post, one.id) not in went for post, _words in said.posts) - len(share.posts)
        for one, share in shared
    )
    return replace(said, posts=[one for one in said.posts if one[0] in new]), beyond, counts


def _whole(said: Said) -> str:
    """Return all that is said, as a channel that takes it in one message gets it."""
    if said.subject is Subject.DIGEST and not said.posts:
        return ""
    made = operations.messages(said, OutletKind.BY_HAND)
    posts = [words for one in made for _number, words in one.posts]
    return "\n\n".join(filter(None, (said.head, *posts, said.tail)))


def _page(
    viewer: Viewer,
    thing: Thing,
    offer: Offer | None = None,
    *,
    problem: DomainError | None = None,
    status: int = 200,
) -> Response:
    offer = offer or _offer(viewer, thing)
    rows, _more = queries.sendings(db.session(), viewer, thing.went)
    new, beyond, counts = _to_come(thing.said, offer)
    page = render_template(
        "jobs/publish.html",
        thing=thing,
        form=offer.form,
        is_any=thing.said.subject is Subject.FAIR or bool(thing.said.posts),
        words=_whole(new),
        beyond=beyond,
        counts=counts,
        went=offer.went,
        rows=rows[:10],
        is_asked=isinstance(problem, SentTodayError),
        problem=problem,
        said=labels,
    )
    return make_response(page, status)
