"""A company and a post that waits for review, for whoever walks every page."""

from __future__ import annotations

from factories import create_account
from jobs.jobs_factory import create_company, create_handler, create_post

from intranet.db import db
from intranet.grids.models import Grid, GridKind
from intranet.jobs.models import PostState


def furnish_jobs(micro):
    """Insert a verified company in a micro-grid, with a handler and a post handed in."""
    company = create_company(micro, f"家政公司{micro.code}")
    community = db.session.scalar(db.select(Grid).where(Grid.kind == GridKind.COMMUNITY).limit(1))
    account = create_account("company", community.path)
    handler = create_handler(company, account)
    post = create_post(company, state=PostState.SUBMITTED, made_by=account.id)
    db.session.commit()
    return {"company_id": company.id, "job_post_id": post.id, "handler_id": handler.id}
