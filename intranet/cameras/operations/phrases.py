"""Phrases of a community: kept, renamed, taken away, brought back, and said."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from intranet import audit
from intranet.cameras.models import Phrase, TalkKind, Tongue
from intranet.cameras.operations.talking import BATCH, Speech, let_go, own_copy
from intranet.errors import DomainError, InputError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from intranet.access import Viewer
    from intranet.sounds import Sound

WORDS_MAX = 60
PHRASES_MAX = 200
GONE_KEPT = timedelta(days=30)


def tidy_words(words: str) -> str:
    """Return the words of a phrase; raises InputError (``words``)."""
    tidy = " ".join(words.replace("\0", "").split())
    if not 2 <= len(tidy) <= WORDS_MAX:
        raise InputError("Between 2 and %(most)d characters", "words", most=WORDS_MAX)
    return tidy


def add_phrase(
    session: Session,
    *,
    actor: Viewer,
    grid_path: str,
    words: str,
    tongue: Tongue,
    sound: Sound,
    file_key: str,
    at: datetime,
    address: str = "",
) -> Phrase:
    """Keep a recording under its words. Raises InputError (``words``) where they stand already."""
    tidy = tidy_words(words)
    _refuse_twins(session, grid_path, tidy, tongue)
    phrase = Phrase(
        grid_path=grid_path,
        words=tidy,
        tongue=tongue,
        file_key=file_key,
        media_type=sound.media_type,
        sound_milliseconds=round(sound.seconds * 1000),
        account_id=actor.account_id,
        made_at=at,
    )
    session.add(phrase)
    session.flush()
    _note(session, actor, "cameras:phrase:add", phrase, at, address)
    return phrase


def change_phrase(
    session: Session,
    *,
    actor: Viewer,
    phrase: Phrase,
    words: str,
    tongue: Tongue,
    at: datetime,
    address: str = "",
) -> None:
    """Change what stands on a phrase's button."""
    tidy = tidy_words(words)
    if (tidy, tongue) == (phrase.words, phrase.tongue):
        return
    _refuse_twins(session, phrase.grid_path, tidy, tongue, besides=phrase.id)
    before = phrase.words
    phrase.words, phrase.tongue = tidy, tongue
    session.flush()
    _note(session, actor, "cameras:phrase:change", phrase, at, address, before=before)


def set_phrase_gone(
    session: Session, *, actor: Viewer, phrase: Phrase, gone: bool, at: datetime, address: str = ""
) -> None:
    """Take a phrase away, or bring it back. Raises DomainError when its sound is forgotten."""
    if (phrase.gone_at is not None) == gone:
        return
    if not gone and not phrase.file_key:
        raise DomainError("The sound is no longer kept")
    if not gone:
        _refuse_twins(session, phrase.grid_path, phrase.words, phrase.tongue)
    phrase.gone_at = at if gone else None
    session.flush()
    action = "cameras:phrase:remove" if gone else "cameras:phrase:restore"
    _note(session, actor, action, phrase, at, address)


def said_phrase(phrase: Phrase) -> Speech:
    """Return a phrase as something to be said, with a copy of its sound of its own.

    The copy is written to the disk; no statement is made. Raises DomainError for one taken away.
    """
    if phrase.gone_at is not None or not phrase.file_key:
        raise DomainError("This phrase was taken away meanwhile")
    return Speech(
        TalkKind.CLIP,
        file_key=own_copy(phrase.file_key),
        media_type=phrase.media_type,
        seconds=phrase.sound_milliseconds / 1000,
        transcript=phrase.words,
        phrase_id=phrase.id,
    )


def forget_phrases(session: Session, *, at: datetime) -> list[str]:
    """Let go of the sounds of phrases taken away a month ago; return their files' keys."""
    old = session.scalars(
        select(Phrase)
        .where(Phrase.file_key != "", Phrase.gone_at < at - GONE_KEPT)
        .order_by(Phrase.id)
        .limit(BATCH)
    ).all()
    return let_go(session, old)


def _refuse_twins(
    session: Session, grid_path: str, words: str, tongue: Tongue, besides: int = 0
) -> None:
    rows = session.execute(
        select(Phrase.words, Phrase.tongue).where(
            Phrase.grid_path == grid_path, Phrase.gone_at.is_(None), Phrase.id != besides
        )
    ).all()
    if any((row[0], row[1]) == (words, tongue) for row in rows):
        raise InputError("There is such a phrase already", "words")
    if not besides and len(rows) >= PHRASES_MAX:
        raise DomainError("There are %(count)d phrases; take some away first", count=PHRASES_MAX)


def _note(  # noqa: PLR0917 — what every entry has, in the order it is read
    session: Session,
    actor: Viewer,
    action: str,
    phrase: Phrase,
    at: datetime,
    address: str,
    /,
    **details: str,
) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        at=at,
        object_kind="phrase",
        object_id=str(phrase.id),
        grid_path=phrase.grid_path,
        address=address,
        words=phrase.words,
        **details,
    )
