"""What happens to companies, posts, wishes and referrals."""

from intranet.jobs.operations.standard import (
    OCCUPATIONS,
    Line,
    read_occupations,
    take_occupations,
    take_standard,
)

__all__ = ["OCCUPATIONS", "Line", "read_occupations", "take_occupations", "take_standard"]
