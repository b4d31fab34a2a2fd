"""Certificates and experience: 10 points, half for each; what a post does not ask for is had."""

from __future__ import annotations

from intranet.jobs.operations.matching.facts import (
    Fact,
    Hint,
    HintKey,
    Papers,
    Part,
    PartKey,
    Told,
    Wanted,
    half,
    share,
)
from intranet.jobs.operations.matching.work import (
    SHARED,
    asked_facts,
    asked_hints,
    asked_points,
    lacks_a_must,
    must_gates,
    nearness,
)

MOST = 10
CERTIFICATES_MOST, EXPERIENCE_MOST = 5, 5
# Experience counts in the same 小类, or in the wider class that somebody wishes for.
ALIKE = SHARED[3]


def worth(wanted: Wanted, papers: Papers, months: int | None) -> int:
    """Return what papers come to, whatever is a must; ``months`` is ``experience`` of the code."""
    certificates, years, wants = CERTIFICATES_MOST, EXPERIENCE_MOST, papers.experience_months
    if papers.must or papers.nice:
        certificates = asked_points(CERTIFICATES_MOST, papers.must, papers.nice, wanted.skills)
    if wants and months is None:
        years = half(EXPERIENCE_MOST)
    elif wants:
        years = share(EXPERIENCE_MOST, min(months or 0, wants), wants)
    return certificates + years


def papers_points(wanted: Wanted, papers: Papers, months: int | None) -> int | None:
    """Return what papers come to; None where a must is not there."""
    if lacks_a_must(papers.must, wanted.skills):
        return None
    return worth(wanted, papers, months)


def papers_part(wanted: Wanted, papers: Papers) -> Told:
    """Return why certificates and experience come to what they come to."""
    wants, months = papers.experience_months, experience(wanted, papers.code)
    asked = asked_facts(papers.must, papers.nice, wanted.skills)
    hints = asked_hints(asked)
    is_unknown = wants > 0 and months is None
    if is_unknown:
        hints.append(Hint(HintKey.EXPERIENCE, {"months": wants}))
    facts: dict[str, Fact] = {**asked, "wants": wants, "months": months if wants else None}
    is_neutral = is_unknown or bool(asked["unsaid"])
    part = Part(PartKey.PAPERS, worth(wanted, papers, months), MOST, facts, is_neutral)
    gates = must_gates(papers.must, wanted.skills, what=PartKey.PAPERS)
    return Told(part, gates, tuple(hints))


def experience(wanted: Wanted, code: str) -> int | None:
    """Return the most months that somebody has said of work like this; None is not said."""
    said = [
        kind.experience_months
        for kind in wanted.kinds
        if kind.experience_months is not None and nearness((kind,), code)[0] >= ALIKE
    ]
    return max(said, default=None)
