"""Keeps the board's index as the posts are, in the transaction that changes them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, insert, or_, select, text, update
from sqlalchemy.orm import Session

from intranet import clock, search
from intranet.jobs.models import Company, JobPost, ListedPost, Occupation, PostState, month_fen
from intranet.jobs.models.listed import FTS, marks
from intranet.register.models import Party

SOME = 500  # posts indexed anew in one transaction
POSITIONS_MAX = 16_000  # PostgreSQL keeps no place of a word beyond 16,383
# PostgreSQL moves words out of a row from two kilobytes on. Where they stay in, a page of the table
# holds four posts instead of seventy, and 200,000 do not fit its memory: short texts get this.
LONG_BYTES, LONG = 3000, f"'@{'x' * 2000}'"
_Facts = Row[JobPost, str, Occupation]


def index_post(session: Session, post: JobPost) -> None:
    """Have the board find a post as it is now, or no longer.

    Whoever writes a post calls it, after the change and before the commit: when it was published,
    renewed, changed, filled, opened again, withdrawn, removed or has expired, and whenever a
    company's published posts are taken down. Flushes; may be called as often as one likes. A post
    that is not published is taken off; one published anew goes to the front, one renewed stays in
    its place.
    """
    session.flush()
    index_posts(session, [post.id])


def index_posts(session: Session, post_ids: Collection[int]) -> None:
    """Do the same for several posts, the one published last to the front: four statements each.

    The posts are read from the database: flush what has changed.
    """
    facts = {row[0].id: row for row in _facts(session, post_ids)}
    known = {
        row.post_id: row
        for row in session.execute(
            select(ListedPost.post_id, ListedPost.seq, ListedPost.published_at).where(
                ListedPost.post_id.in_(post_ids)
            )
        )
    }
    gone = [
        one
        for one, row in known.items()
        if one not in facts or facts[one][0].published_at != row.published_at
    ]
    if gone:
        session.execute(delete(ListedPost).where(ListedPost.post_id.in_(gone)))
    ordered = sorted(facts.values(), key=lambda row: (row[0].published_at, row[0].id))
    for row in ordered:
        post_id = row[0].id
        if post_id in known and post_id not in gone:
            values = listed(row, known[post_id].seq, session)
            session.execute(update(ListedPost).where(ListedPost.post_id == post_id).values(values))
        else:
            session.execute(insert(ListedPost).values(listed(row, _next_seq(session), session)))


def index_company(session: Session, company_id: int) -> None:
    """Do the same for all published posts of a company: its name has changed."""
    of_it = (JobPost.company_id == company_id, JobPost.state == PostState.PUBLISHED)
    index_posts(session, session.scalars(select(JobPost.id).where(*of_it)).all())


def reindex_some(
    session: Session, after: tuple[datetime, int] | None
) -> tuple[datetime, int] | None:
    """Index the next published posts anew, in the order of publication; return where one stands.

    None when all are done: then what is not published any more has been taken off, too.
    """
    by = (JobPost.published_at, JobPost.id)
    wanted = select(*by).where(JobPost.state == PostState.PUBLISHED).order_by(*by).limit(SOME)
    if after is not None:
        later = (by[0] == after[0]) & (by[1] > after[1])
        wanted = wanted.where(or_(by[0] > after[0], later))
    rows = session.execute(wanted).all()
    index_posts(session, [row.id for row in rows])
    if len(rows) == SOME:
        return rows[-1].published_at, rows[-1].id
    live = select(JobPost.id).where(JobPost.state == PostState.PUBLISHED)
    session.execute(delete(ListedPost).where(ListedPost.post_id.not_in(live)))
    tidy(session)
    return None


def tidy(session: Session) -> None:
    """Have SQLite join the pieces of its index of words; PostgreSQL has none to join."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text(f"INSERT INTO {FTS}({FTS}) VALUES ('optimize')"))  # noqa: S608 — ours


def listed(row: Any, seq: int, session: Session) -> dict[str, Any]:
    """Return the values of a post's row on the board; ``row``: post, company's name, Occupation.

    Of the session only the engine is asked.
    """
    post, company, occupation = row
    pay = month_fen(post.pay_min_fen, post.pay_unit)
    place = None if post.latitude is None else (post.latitude, post.longitude)
    narrowing = marks(
        seq=seq,
        occupation_code=post.occupation_code,
        employment=post.employment,
        shift=post.shift,
        pay_month_fen=pay,
        day=clock.day_of(post.published_at),
        place=place,
    )
    spoken = searched_text(post, company, occupation)
    make = fts_text if session.get_bind().dialect.name == "sqlite" else tsvector_text
    return {
        "seq": seq,
        "post_id": post.id,
        "published_at": post.published_at,
        "valid_through": post.valid_through,
        "occupation_code": post.occupation_code,
        "employment": post.employment,
        "shift": post.shift,
        "pay_month_fen": pay,
        "latitude": post.latitude,
        "longitude": post.longitude,
        "words": make(search.phrases(spoken), narrowing),
    }


def searched_text(post: Any, company: str, occupation: Any) -> str:
    """Return all that a post is found by, each part on a line of its own."""
    parts = (post.title, company, post.duties, post.conditions, post.benefits)
    return "\n".join((*parts, occupation.name, occupation.also, post.address))


def singles(runs: Iterable[tuple[str, ...]]) -> list[str]:
    """Return the Chinese characters of the runs, each once: questions of one character."""
    return sorted({sign for run in runs for word in run if not word.isascii() for sign in word})


def fts_text(runs: list[tuple[str, ...]], narrowing: list[str]) -> str:
    """Return the words as FTS5 takes them apart; a lone @ keeps the runs apart."""
    lines = [" ".join(run) for run in runs]
    return " @ ".join([*lines, " ".join(singles(runs)), " ".join(narrowing)])


def tsvector_text(runs: list[tuple[str, ...]], narrowing: list[str]) -> str:
    """Return the words as a tsvector reads them: pairs with their places, the others without."""
    places: dict[str, list[str]] = {word: [] for word in (*singles(runs), *narrowing)}
    at = 0
    for run in runs:
        for word in run:
            at = min(at + 1, POSITIONS_MAX)
            places.setdefault(word, []).append(str(at))
        at += 1  # what stands at its end and the next one's begin do not follow one another
    made = " ".join(
        f"'{word}':{','.join(where)}" if where else f"'{word}'" for word, where in places.items()
    )
    return made if len(made.encode()) > LONG_BYTES else f"{made} {LONG}"


def _facts(session: Session, post_ids: Collection[int]) -> Iterable[_Facts]:
    return session.execute(
        select(JobPost, Party.public_name, Occupation)
        .join(Company, Company.id == JobPost.company_id)
        .join(Party, Party.id == Company.party_id)
        .join(Occupation, Occupation.code == JobPost.occupation_code)
        .where(JobPost.id.in_(post_ids), JobPost.state == PostState.PUBLISHED)
    ).all()


def _next_seq(session: Session) -> int:
    if session.get_bind().dialect.name == "postgresql":
        return int(session.execute(select(func.nextval("jobs_listed_seq_seq"))).scalar_one())
    return int(session.scalar(select(func.coalesce(func.max(ListedPost.seq), 0))) or 0) + 1
