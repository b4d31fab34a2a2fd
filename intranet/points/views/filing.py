"""Filing what was done: by whoever did it, for one's team, or by a grid member for others."""

from __future__ import annotations

from flask import Response, abort, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import bodies, clock, files, htmx, once, pictures
from intranet.access import Permission, Viewer, allowed, require
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.i18n import _
from intranet.points import operations, queries
from intranet.points.forms import DIMENSION_LABELS, ClaimForm
from intranet.points.models import ClaimSource, Rule, Sign
from intranet.points.operations import Content, Photo
from intranet.points.views.room import bp
from intranet.points.views.seen import number_of
from intranet.register.models import Party, PartyKind

PHOTOS_MAX = 4
PHOTOS_BYTES_MAX = PHOTOS_MAX * pictures.BYTES_MAX + bodies.MEGABYTE
# Whose points they become where somebody stands for several: a household's before a person's.
ORDER = (PartyKind.HOUSEHOLD, PartyKind.PERSON, PartyKind.SHOP, PartyKind.COMPANY)


@bp.get("/points/claims/new")
def new_claim() -> Response:
    """Show the empty form: for oneself, or for the ``party`` of the address."""
    viewer = require(Permission.POINTS_BOARD_VIEW)
    form = ClaimForm(data={"happened_on": clock.today(), "units": 1})
    return _page(viewer, form)


@bp.post("/points/claims/new")
@bodies.takes(PHOTOS_BYTES_MAX)
def file_claim() -> ResponseReturnValue:
    """File a claim, once."""
    viewer = require(Permission.POINTS_BOARD_VIEW)
    form = ClaimForm(request.form)
    if not _offer(viewer, form) or not form.validate():
        return _page(viewer, form, status=422)
    try:
        photos = _photos()
        answer = once.submit(viewer, lambda: _file(viewer, form, photos))
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _page(viewer, form, None if form.shows(error) else error, error.status)
    flash(_("It was filed. Somebody else looks at it now."))
    return htmx.go(url_for("points.claim", claim_id=int(answer.object_id)))


def _file(viewer: Viewer, form: ClaimForm, photos: list[Photo]) -> int:
    code = form.rule.data or ""
    party, source = _party(viewer, code), ClaimSource.OWN
    if _is_anothers(viewer):
        source = ClaimSource.MEMBER
    day = form.happened_on.data
    assert day is not None
    if "again" not in request.form:
        operations.ask_if_alike(db.session(), party_ids=[party.id], code=code, day=day)
    content = Content(code, form.units.data or 0, day, form.words.data or "", photos)
    made = operations.file(
        db.session(), actor=viewer, at=clock.now(), party=party, content=content, source=source
    )
    return made.id


def _photos() -> list[Photo]:
    """Store what was sent before the transaction that names it: decoding holds no lock."""
    sent = [one for one in request.files.getlist("photos") if one.filename]
    if getattr(request, "drops_files", False):
        most = PHOTOS_BYTES_MAX // bodies.MEGABYTE
        words = "Together the photos are more than %(most)s MB: send fewer, or smaller ones"
        raise InputError(words, "photos", most=most)
    if not sent:
        return []
    if len(sent) > PHOTOS_MAX:
        raise InputError("At most %(most)d photos at once", "photos", most=PHOTOS_MAX)
    db.session.commit()
    found = [pictures.read(one.stream) for one in sent]
    for one in sent:
        one.stream.seek(0)  # ``once`` has yet to hash it
    return [
        Photo(files.put(one.data, "jpg"), files.put(one.thumbnail, "jpg"), one) for one in found
    ]


def _other() -> int | None:
    """Return the party of the address: the claim is somebody else's, or one's team's."""
    return number_of(request.values.get("party", ""))


def _is_anothers(viewer: Viewer) -> bool:
    """Whether it is entered for somebody else; who is in a team reports for it."""
    return _other() is not None and _other() not in viewer.team_ids


def _parties(viewer: Viewer) -> list[Party]:
    """Return for whom the viewer may file; 404 for a party of other grids or another team."""
    other = _other()
    if other is None:
        own = queries.parties(db.session(), viewer.party_ids)
        here = [one for one in own if not operations.is_gone(one)]
        return sorted(here, key=lambda one: ORDER.index(one.kind))
    found = queries.parties(db.session(), [other])
    may = found and (
        other in viewer.team_ids or allowed(viewer, Permission.POINTS_CLAIM_ENTER, found[0])
    )
    if not may or operations.is_gone(found[0]):
        abort(404)
    return found


def _party(viewer: Viewer, code: str) -> Party:
    """Return whose points it becomes: the first for whom the rule is."""
    rule = operations.newest_of(db.session(), code)
    kinds = rule.kind_set if rule else frozenset()
    for one in _parties(viewer):
        if one.kind in kinds:
            return one
    raise InputError("This rule is not for you", "rule")


def _offer(viewer: Viewer, form: ClaimForm) -> list[Rule]:
    """Give the form the rules that are for the party; an empty list where there is none."""
    rules = _rules(viewer, _parties(viewer))
    fits = [one for one in rules if not operations.is_seen_by_the_house(one)]
    form.rule.choices = [(one.code, _choice(one)) for one in fits]
    return fits


def _rules(viewer: Viewer, parties: list[Party]) -> list[Rule]:
    """Return the rules that are for one of the parties, also what the house offers by itself."""
    rules = queries.rules_on(
        db.session(), day=clock.today(), grid_paths=[one.grid_path for one in parties]
    )
    kinds = {one.kind for one in parties}
    takes = _is_anothers(viewer) and allowed(viewer, Permission.POINTS_CLAIM_APPROVE, parties[0])
    return [one for one in rules if one.kind_set & kinds and (one.sign is Sign.EARN or takes)]


def _choice(rule: Rule) -> str:
    return str(
        _(
            "%(title)s · %(dimension)s · %(sign)s%(points)s a %(unit)s",
            title=rule.title,
            dimension=DIMENSION_LABELS[rule.dimension],
            sign="−" if rule.sign is Sign.DEDUCT else "+",
            points=rule.points,
            unit=rule.unit,
        )
    )


def _page(
    viewer: Viewer, form: ClaimForm, problem: DomainError | None = None, status: int = 200
) -> Response:
    rules = _offer(viewer, form)
    parties = _parties(viewer)
    other = parties[0] if _other() is not None else None
    # The day typed says which week and month it is; a day that is none is no reason to fail.
    day = form.happened_on.data or clock.today()
    whose = [(one, next(p.id for p in parties if p.kind in one.kind_set)) for one in rules]
    page = render_template(
        "points/claim_new.html",
        form=form,
        rules=rules,
        offered=[one for one in _rules(viewer, parties) if operations.is_seen_by_the_house(one)],
        parties=parties,
        other=other,
        names=queries.names(db.session(), viewer, [one.id for one in parties]),
        left=queries.caps_left(db.session(), whose, day=day),
        day=day,
        photos_most=PHOTOS_MAX,
        alike=problem.claims if isinstance(problem, operations.AlikeError) else (),
        photos_lost=any(one.filename for one in request.files.getlist("photos")),
        problem=problem,
    )
    return make_response(page, status)
