"""Who is at a page of companies and posts, and what is answered when an act is done or refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, flash, request

from intranet import audit, clock, htmx, once
from intranet.access import Permission, Viewer, require
from intranet.db import db
from intranet.errors import DomainError
from intranet.jobs import queries
from intranet.jobs.queries import Mine, WholeCompany, WholePost

VIEW, VERIFY = Permission.JOBS_COMPANY_VIEW, Permission.JOBS_COMPANY_VERIFY
WRITE, REVIEW = Permission.JOBS_POST_WRITE, Permission.JOBS_POST_REVIEW


def at_own_pages() -> tuple[Viewer, Mine]:
    """Return the viewer, who acts for a company or writes posts for any, and what it acts for."""
    viewer = require(Permission.WORKBENCH_HOME_VIEW)
    found = queries.mine(db.session(), viewer)
    return require(WRITE, found), found


def company_for(permission: Permission, company_id: int) -> tuple[Viewer, WholeCompany]:
    """Return the viewer and a company on which a permission is held."""
    viewer = require(Permission.WORKBENCH_HOME_VIEW)
    found = queries.company_or_404(db.session(), viewer, company_id)
    return require(permission, found), found


def own_post(post_id: int) -> tuple[Viewer, WholePost]:
    """Return the viewer and a post that the viewer may write."""
    viewer = require(Permission.WORKBENCH_HOME_VIEW)
    found = queries.post_or_404(db.session(), viewer, post_id)
    return require(WRITE, found), found


def reviewed_post(post_id: int) -> tuple[Viewer, WholePost]:
    """Return the viewer and a post that the viewer may review."""
    viewer = require(REVIEW)
    found = queries.for_review_or_404(db.session(), viewer, post_id)
    return require(REVIEW, found), found


def who(viewer: Viewer) -> dict[str, Any]:
    """Return what every operation is told of who does it, when and from where."""
    return {"actor": viewer, "at": clock.now(), "address": audit.client_address()}


def number_of(text: str) -> int:
    """Return a row's number out of an address or form; 0 for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def act(
    viewer: Viewer,
    deed: Callable[[], object],
    refused: Callable[[DomainError], Response],
    *,
    words: str,
    to: str,
) -> Response:
    """Do it once, commit and lead on; what is refused is shown with the matter as it stands."""
    try:
        once.submit(viewer, deed)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return refused(error)
    flash(words)
    return htmx.go(to)


def version_sent() -> int:
    """Return the version that a form without fields was made from."""
    return request.form.get("version", -1, type=int)
