"""What else is asked of a matter when it is reported through the open interface."""

from __future__ import annotations

from flask import Response, abort, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from intranet import audit, clock, htmx, once
from intranet.access import Permission, Viewer, require
from intranet.db import db
from intranet.errors import DomainError
from intranet.i18n import _
from intranet.incidents import operations, queries
from intranet.incidents.forms import DATATYPE_LABELS, QuestionForm
from intranet.incidents.models import Category, Datatype, Question
from intranet.incidents.operations import Asked
from intranet.incidents.views.room import bp

MANAGE = Permission.INCIDENTS_CATALOGUE_MANAGE
PATH = "/incidents/catalogue/<int:category_id>/questions"


@bp.get(PATH)
def questions(category_id: int) -> Response:
    """List a matter's questions, and ask for a new one."""
    require(MANAGE)
    return _page(_category(category_id), QuestionForm())


@bp.post(PATH)
def add_question(category_id: int) -> ResponseReturnValue:
    """Ask one thing more."""
    viewer = require(MANAGE)
    category = _category(category_id)
    form = QuestionForm(request.form)
    if not form.validate():
        return _page(category, form, status=422)
    try:
        once.submit(viewer, lambda: _add(viewer, category, form).id)
        db.session.commit()
    except DomainError as error:
        return _refused(category_id, form, error)
    return _done(category_id, _("The question is asked from now on"))


@bp.post(f"{PATH}/<int:question_id>")
def change_question(category_id: int, question_id: int) -> ResponseReturnValue:
    """Change a question's words and order."""
    viewer = require(MANAGE)
    category, found = _question(category_id, question_id)
    given = MultiDict(request.form)
    given["datatype"] = found.datatype.value  # it stays: answers were given to it
    form = QuestionForm(given)
    version = request.form.get("version", "")
    if not form.validate():
        return _page(category, form, changed=question_id, status=422)
    try:
        operations.change_question(
            db.session(),
            actor=viewer,
            at=clock.now(),
            question=found,
            asked=_asked(form),
            version=int(version) if version.isdecimal() and len(version) < 10 else 0,
            address=audit.client_address(),
        )
        db.session.commit()
    except DomainError as error:
        return _refused(category_id, form, error, changed=question_id)
    return _done(category_id, _("Saved"))


@bp.post(f"{PATH}/<int:question_id>/close")
def close_question(category_id: int, question_id: int) -> ResponseReturnValue:
    """Ask it no more."""
    viewer = require(MANAGE)
    _category_found, found = _question(category_id, question_id)
    operations.close_question(
        db.session(),
        actor=viewer,
        at=clock.now(),
        question=found,
        address=audit.client_address(),
    )
    db.session.commit()
    return _done(category_id, _("The question is asked no more; answers given stay"))


def _add(viewer: Viewer, category: Category, form: QuestionForm) -> Question:
    return operations.add_question(
        db.session(),
        actor=viewer,
        at=clock.now(),
        category=category,
        asked=_asked(form),
        code=form.code.data or "",
        address=audit.client_address(),
    )


def _category(category_id: int) -> Category:
    found = db.session.get(Category, category_id)
    if found is None or found.parent_id is None:
        abort(404)
    return found


def _question(category_id: int, question_id: int) -> tuple[Category, Question]:
    category = _category(category_id)
    found = db.session.get(Question, question_id)
    if found is None or found.category_id != category.id:
        abort(404)
    return category, found


def _asked(form: QuestionForm) -> Asked:
    return Asked(
        description=form.description.data or "",
        datatype=Datatype(form.datatype.data),
        is_variable=not form.is_notice.data,
        is_required=bool(form.is_required.data),
        position=form.position.data or 0,
        hint=form.hint.data or "",
        choices=form.choices.data or "",
    )


def _done(category_id: int, words: str) -> ResponseReturnValue:
    flash(words)
    return htmx.go(url_for("incidents.questions", category_id=category_id))


def _refused(
    category_id: int, form: QuestionForm, error: DomainError, changed: int = 0
) -> Response:
    db.session.rollback()
    problem = None if form.shows(error) else error
    return _page(
        _category(category_id), form, changed=changed, problem=problem, status=error.status
    )


def _page(
    category: Category,
    form: QuestionForm,
    *,
    changed: int = 0,
    problem: DomainError | None = None,
    status: int = 200,
) -> Response:
    """Show the questions; the form belongs to the one just changed, else to a new one."""
    listed = queries.questions(db.session(), category.id, closed=True)
    forms = {one.id: form if one.id == changed else _filled(one) for one in listed}
    for key, one in forms.items():
        for field in one:
            field.id = f"{field.name}-{key}"  # several forms on one page
    return make_response(
        render_template(
            "incidents/questions.html",
            category=category,
            listed=listed,
            is_listed=category.is_listed(clock.today()),
            forms=forms,
            changed=changed,
            form=QuestionForm() if changed else form,
            labels=DATATYPE_LABELS,
            problem=problem,
        ),
        status,
    )


def _filled(question: Question) -> QuestionForm:
    return QuestionForm(
        description=question.description,
        datatype=question.datatype.value,
        choices=question.choices,
        hint=question.hint,
        code=question.code,
        position=question.position,
        is_required=question.is_required,
        is_notice=not question.is_variable,
    )
