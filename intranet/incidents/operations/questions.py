"""What else is asked of a matter, and whether an answer is one."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intranet import audit
from intranet.access import Viewer
from intranet.errors import DomainError, InputError
from intranet.incidents.models import LISTS, Answer, Category, Datatype, Question
from intranet.incidents.operations.w3c import read_moment

QUESTIONS_MAX = 30  # of one matter
TEXT_MAX = 200
CHOICES_MAX = 50
CODE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,29}", re.ASCII)
LONGEST = {Datatype.STRING: 200, Datatype.TEXT: 2000, Datatype.NUMBER: 40, Datatype.DATETIME: 40}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as entered; ``choices`` a line each, "key name" or a name that is its own key."""

    description: str
    datatype: Datatype = Datatype.STRING
    is_variable: bool = True
    is_required: bool = False
    position: int = 0
    hint: str = ""
    choices: str = ""


def add_question(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    category: Category,
    asked: Asked,
    code: str = "",
    address: str = "",
) -> Question:
    """Ask one thing more of a matter; without a code it gets the next free one."""
    if category.parent_id is None:
        raise InputError("A class of matters has no questions", "description")
    of_it = Question.category_id == category.id
    count = session.scalar(select(func.count(Question.id)).where(of_it)) or 0
    if count >= QUESTIONS_MAX:
        raise DomainError("A matter has at most %(most)d questions", most=QUESTIONS_MAX)
    chosen = code.strip() or f"q{count + 1}"
    if not CODE.fullmatch(chosen):
        raise InputError("A code has letters, digits, - and _, a letter first", "code")
    if session.scalar(select(Question.id).where(of_it, Question.code == chosen)):
        raise InputError("This code is taken", "code")
    texts = _texts(asked)
    made = Question(
        category_id=category.id,
        code=chosen,
        datatype=asked.datatype,
        is_variable=asked.is_variable,
        is_required=asked.is_required and asked.is_variable,
        position=asked.position or count + 1,
        **texts,
    )
    session.add(made)
    session.flush()
    _record(session, actor, at, "incidents:question:add", question=made, address=address)
    return made


def change_question(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    question: Question,
    asked: Asked,
    version: int,
    address: str = "",
) -> None:
    """Change its words and order; its datatype stays, and so does every key answered with."""
    if question.version != version or question.closed_at is not None:
        raise DomainError("Somebody else has just changed this; here it is as it stands")
    same = replace(asked, datatype=question.datatype)
    for name, text in _texts(same).items():
        setattr(question, name, text)
    question.is_variable = asked.is_variable
    question.is_required = asked.is_required and asked.is_variable
    question.position = asked.position or question.position
    session.flush()
    _record(session, actor, at, "incidents:question:change", question=question, address=address)


def close_question(
    session: Session, *, actor: Viewer, at: datetime, question: Question, address: str = ""
) -> None:
    """Ask it no more; the answers given stay."""
    if question.closed_at is None:
        question.closed_at = at
        session.flush()
        _record(session, actor, at, "incidents:question:close", question=question, address=address)


def check_answers(
    questions: Sequence[Question], given: Mapping[str, Sequence[str]]
) -> tuple[list[tuple[Question, str]], list[InputError]]:
    """Return the answers as kept, and what is wrong with the others; empty ones are none."""
    answers: list[tuple[Question, str]] = []
    wrong: list[InputError] = []
    known = {one.code: one for one in questions if one.is_variable}
    wrong += [
        InputError("There is no question %(code)s", "attribute", code=code[:40])
        for code in sorted(set(given) - set(known))
    ]
    for code, question in known.items():
        values = [text for text in (one.strip() for one in given.get(code, ())) if text]
        if not values:
            if question.is_required:
                wrong.append(_missing(question))
            continue
        try:
            answers.append((question, _read(question, values)))
        except InputError as error:
            wrong.append(error)
    return answers, wrong


def keep_answers(
    session: Session, *, incident_id: int, answers: Sequence[tuple[Question, str]]
) -> None:
    """Keep what was answered."""
    session.add_all(
        Answer(incident_id=incident_id, question_id=question.id, value=value)
        for question, value in answers
    )
    session.flush()


def _missing(question: Question) -> InputError:
    return InputError(
        "An answer to %(code)s is needed: %(words)s",
        "attribute",
        code=question.code,
        words=question.description,
    )


def _read(question: Question, values: Sequence[str]) -> str:
    code = question.code
    if question.datatype in LISTS:
        keys = list(dict.fromkeys(values))
        if question.datatype is Datatype.SINGLE and len(keys) > 1:
            raise InputError("%(code)s takes one answer", "attribute", code=code)
        if unknown := [key for key in keys if key not in question.values]:
            raise InputError(
                "%(choice)s is no choice of %(code)s",
                "attribute",
                choice=unknown[0][:40],
                code=code,
            )
        return "\n".join(keys)
    if len(values) > 1:
        raise InputError("%(code)s takes one answer", "attribute", code=code)
    if len(values[0]) > LONGEST[question.datatype]:
        raise InputError(
            "%(code)s has at most %(most)d characters",
            "attribute",
            code=code,
            most=LONGEST[question.datatype],
        )
    if question.datatype is Datatype.NUMBER:
        _number(values[0], code)
    if question.datatype is Datatype.DATETIME:
        read_moment(values[0], code)
    return values[0]


def _number(text: str, code: str) -> None:
    try:
        is_one = math.isfinite(float(text)) and text.isascii()
    except ValueError:
        is_one = False
    if not is_one:
        raise InputError("%(code)s is a number", "attribute", code=code)


def _texts(asked: Asked) -> dict[str, str]:
    words, hint = " ".join(asked.description.split()), " ".join(asked.hint.split())
    if not 1 <= len(words) <= TEXT_MAX:
        raise InputError("Say what is asked, in at most 200 characters", "description")
    if len(hint) > TEXT_MAX:
        raise InputError("At most %(most)d characters", "hint", most=TEXT_MAX)
    choices = _choices(asked.choices) if asked.datatype in LISTS and asked.is_variable else {}
    if asked.datatype in LISTS and asked.is_variable and not choices:
        raise InputError("Give the choices, a line each", "choices")
    lines = "\n".join(f"{key} {name}" for key, name in choices.items())
    return {"description": words, "hint": hint, "choices": lines}


def _choices(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in filter(None, (" ".join(one.split()) for one in text.splitlines())):
        key, _space, name = line.partition(" ")
        if key in found or len(line) > TEXT_MAX:
            raise InputError("Each choice has a key of its own", "choices")
        found[key] = name or key
    if len(found) > CHOICES_MAX:
        raise InputError("At most %(most)d lines", "choices", most=CHOICES_MAX)
    return found


def _record(
    session: Session, actor: Viewer, at: datetime, action: str, *, question: Question, address: str
) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        at=at,
        object_kind="question",
        object_id=question.id,
        address=address,
        code=question.code,
        category=question.category_id,
    )
