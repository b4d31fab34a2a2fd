"""The grids room's tables, and what a code and a boundary are."""

from intranet.grids.models.boundaries import Boundary, Fit, fit, read_boundary, stored_boundary
from intranet.grids.models.codes import dotted, is_code_under, next_code, undotted
from intranet.grids.models.posts import (
    OPPOSITE,
    PLACES,
    SINGLE,
    Post,
    PostEvent,
    PostKind,
    PostVerb,
)
from intranet.grids.models.tree import (
    PARENT_KIND,
    Grid,
    GridEvent,
    GridKind,
    RetiredCode,
    Succession,
    TreeVerb,
)

__all__ = [
    "OPPOSITE",
    "PARENT_KIND",
    "PLACES",
    "SINGLE",
    "Boundary",
    "Fit",
    "Grid",
    "GridEvent",
    "GridKind",
    "Post",
    "PostEvent",
    "PostKind",
    "PostVerb",
    "RetiredCode",
    "Succession",
    "TreeVerb",
    "dotted",
    "fit",
    "is_code_under",
    "next_code",
    "read_boundary",
    "stored_boundary",
    "undotted",
]
