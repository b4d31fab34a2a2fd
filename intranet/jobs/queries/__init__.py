"""What is asked about jobs."""

from intranet.jobs.queries.board import PAGE, Found, Hit, Sort, Wanted, find, newest
from intranet.jobs.queries.branches import Branch, Tree, counted, tree
from intranet.jobs.queries.origins import Origin, home_community, origins_of
from intranet.jobs.queries.showing import Shown, grids_above, seen_or_404, shown, skills_of

__all__ = [
    "PAGE",
    "Branch",
    "Found",
    "Hit",
    "Origin",
    "Shown",
    "Sort",
    "Tree",
    "Wanted",
    "counted",
    "find",
    "grids_above",
    "home_community",
    "newest",
    "origins_of",
    "seen_or_404",
    "shown",
    "skills_of",
    "tree",
]
