"""What a post says, whole, and what it must not lack."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.errors import InputError
from intranet.jobs.models import Employment, JobPost, Occupation, PayUnit, PostSkill, Shift, Skill
from intranet.jobs.models.post import EVERY_DAY, VALID_DAYS, VALID_DAYS_MAX

TITLE_MAX, TEXT_MAX, LINE_MAX = 40, 1000, 120
OPENINGS_MAX, PAY_FEN_MAX, MONTHS_MAX, SKILLS_MAX = 500, 100_000_00, 600, 20
DAY_MINUTES = 24 * 60
TEXTS = {"duties": TEXT_MAX, "conditions": TEXT_MAX, "benefits": TEXT_MAX, "how_to_apply": 300}
LINES = {"hours_words": LINE_MAX, "pay_words": LINE_MAX, "source_name": 60}
NEEDED = {
    "title": "Give the post a title",
    "duties": "Say what is to be done",
    "conditions": "Say what is asked for; if nothing is, say so",
    "address": "Say where the work is",
}


@dataclass(frozen=True, slots=True)
class PostFacts:
    """All that is said of the work; times in minutes after midnight in Beijing, pay in fen."""

    title: str
    occupation_code: str
    employment: Employment
    openings: int
    duties: str
    conditions: str
    shift: Shift
    pay_min_fen: int
    pay_max_fen: int
    pay_unit: PayUnit
    address: str
    benefits: str = ""
    how_to_apply: str = ""
    weekdays: int = 0
    from_minute: int | None = None
    to_minute: int | None = None
    hours_words: str = ""
    pay_words: str = ""
    has_insurance: bool = False
    has_housing: bool = False
    has_meals: bool = False
    experience_months: int = 0
    latitude: float | None = None
    longitude: float | None = None
    is_forwarded: bool = False
    source_name: str = ""
    valid_days: int = VALID_DAYS
    must: tuple[int, ...] = ()  # skills by number
    nice: tuple[int, ...] = ()


# What stands in the post's own row.
COLUMNS = tuple(one.name for one in fields(PostFacts) if one.name not in {"must", "nice"})


def facts_of(post: JobPost, skills: Collection[PostSkill]) -> PostFacts:
    """Return what a post says."""
    return PostFacts(
        **{name: getattr(post, name) for name in COLUMNS},
        must=tuple(sorted(one.skill_id for one in skills if one.is_must)),
        nice=tuple(sorted(one.skill_id for one in skills if not one.is_must)),
    )


def check_facts(session: Session, facts: PostFacts) -> None:
    """Raise InputError beside the first field that cannot be taken."""
    _check_words(facts)
    _check_numbers(facts)
    _check_when_and_where(facts)
    if session.get(Occupation, facts.occupation_code) is None:
        raise InputError("Choose an occupation of the list", "occupation_code")
    wanted = {*facts.must, *facts.nice}
    if set(facts.must) & set(facts.nice):
        raise InputError("A skill is either a must or nice to have", "nice")
    if len(wanted) > SKILLS_MAX:
        raise InputError("At most %(most)d skills", "must", most=SKILLS_MAX)
    known = set(session.scalars(select(Skill.id).where(Skill.id.in_(wanted)))) if wanted else set()
    if wanted - known:
        raise InputError("Choose skills of the list", "must")


def _check_words(facts: PostFacts) -> None:
    for name, words in NEEDED.items():
        if not getattr(facts, name).strip():
            raise InputError(words, name)
    longest = {"title": TITLE_MAX, "address": LINE_MAX, **TEXTS, **LINES}
    for name, most in longest.items():
        if len(getattr(facts, name)) > most:
            raise InputError("At most %(max)d characters", name, max=most)
    if facts.is_forwarded and not facts.source_name.strip():
        raise InputError("Say where it was taken from", "source_name")
    if facts.source_name and not facts.is_forwarded:
        raise InputError("Only a post taken from elsewhere has a source", "source_name")


def _check_numbers(facts: PostFacts) -> None:
    if not 0 < facts.openings <= OPENINGS_MAX:
        raise InputError("Between 1 and %(most)d openings", "openings", most=OPENINGS_MAX)
    if not 0 < facts.pay_min_fen <= PAY_FEN_MAX:
        raise InputError("Give what is paid at least", "pay_min_fen")
    if not facts.pay_min_fen <= facts.pay_max_fen <= PAY_FEN_MAX:
        raise InputError("The upper end is not below the lower one", "pay_max_fen")
    if not 0 <= facts.experience_months <= MONTHS_MAX:
        raise InputError("Give months, 0 for none", "experience_months")
    if not 0 < facts.valid_days <= VALID_DAYS_MAX:
        raise InputError("Between 1 and %(most)d days", "valid_days", most=VALID_DAYS_MAX)


def _check_when_and_where(facts: PostFacts) -> None:
    if not 0 <= facts.weekdays <= EVERY_DAY:
        raise InputError("Choose days of the week", "weekdays")
    if (facts.from_minute is None) != (facts.to_minute is None):
        raise InputError("Give both beginning and end, or neither", "to_minute")
    if facts.from_minute is not None and facts.to_minute is not None:
        within = 0 <= facts.from_minute < DAY_MINUTES and facts.to_minute <= 2 * DAY_MINUTES
        if not within or not 0 < facts.to_minute - facts.from_minute <= DAY_MINUTES:
            raise InputError("The end is after the beginning, within a day", "to_minute")
    if (facts.latitude is None) != (facts.longitude is None):
        missing = "latitude" if facts.latitude is None else "longitude"
        raise InputError("A place has both latitude and longitude", missing)
