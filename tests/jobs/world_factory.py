"""A company, a post that waits for review, a wish and a referral, for whoever walks every page."""

from __future__ import annotations

from factories import AT, create_account
from jobs.jobs_factory import (
    create_company,
    create_handler,
    create_post,
    create_seeker,
    create_wish,
)
from jobs.station_factory import furnish_station

from intranet import clock
from intranet.db import db
from intranet.grids.models import Grid, GridKind
from intranet.jobs.models import Channel, Consent, PostState, Referral, SeekerMerge
from intranet.jobs.operations import CONSENT, index_post


def furnish_jobs(micro):
    """Insert a verified company in a micro-grid, with a handler and two posts, and a wish."""
    company = create_company(micro, f"家政公司{micro.code}")
    community = db.session.scalar(db.select(Grid).where(Grid.kind == GridKind.COMMUNITY).limit(1))
    account = create_account("company", community.path)
    handler = create_handler(company, account)
    post = create_post(company, state=PostState.SUBMITTED, made_by=account.id)
    seeker, twin, joined = create_seeker(micro), create_seeker(micro), create_seeker(micro)
    wish = create_wish(seeker)
    create_wish(twin)
    joined.merged_into_id = seeker.id
    merge = SeekerMerge(from_id=joined.id, into_id=seeker.id, at=clock.now(), by=account.id)
    channel = Channel.VISIT
    db.session.add(
        Consent(seeker_id=seeker.id, wish_id=wish.id, words=CONSENT, channel=channel, at=AT)
    )
    db.session.add(merge)
    live = create_post(company, at=clock.now())
    index_post(db.session(), live)
    referral = Referral(wish_id=wish.id, post_id=live.id, channel=Channel.DESK, made_at=AT)
    db.session.add(referral)
    station = furnish_station(micro, live)
    db.session.commit()
    return {
        "company_id": company.id,
        "job_post_id": post.id,
        "handler_id": handler.id,
        "wish_id": wish.id,
        "twin_id": twin.id,
        "merge_id": merge.id,
        "referral_id": referral.id,
        "live_post_id": live.id,
        **station,
    }
