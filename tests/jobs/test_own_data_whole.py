"""A copy of all that is kept of a seeker: no table and no column of it can be forgotten."""

from __future__ import annotations

import json
from datetime import timedelta

from factories import create_account
from jobs.fairs_factory import create_booth, create_fair, create_pass, create_slot
from jobs.jobs_factory import create_company, create_post, create_seeker, skill
from jobs.test_own_data import granny, send, town  # noqa: F401
from jobs.test_wish_pages import the

import intranet.schema  # noqa: F401 — every table
from intranet import clock
from intranet.db import Model, db
from intranet.jobs.models import (
    AskedPost,
    Channel,
    Company,
    Decision,
    EndReason,
    FairReferral,
    FollowUp,
    MergedPass,
    MergedWish,
    PayUnit,
    Placement,
    Referral,
    ReferralState,
    ReferralStep,
    Seeker,
    SeekerMerge,
    SkipReason,
    SlotBooking,
    Wish,
    WishHours,
    WishSkill,
)

W, R = "wishes.0", "wishes.0.referrals.0"
# Of each table that leads to a seeker: where in the copy its rows stand, which columns are told
# there, and which are not: keys that mean nothing outside, versions, and what stands elsewhere.
OURS = {"id", "version", "made_by", "grid_path", "party_id"}
GIVEN = {
    "jobs_seeker": ("seeker", {"legal_age", "made_at", "erased_at"},
                    {"consent_words", "consented_at", "merged_into_id"}),  # as consents and joined
    "jobs_seeker_contact": ("contacts", {"field", "value"}, {"seeker_id", "masked"}),
    "jobs_wish": (W, {"state", "channel", "latitude", "longitude", "max_walk_minutes", "words",
                      "pay_floor_fen", "pay_unit", "employment", "night_ok", "starts_on",
                      "member_id", "made_at", "contacted_at"}, {"seeker_id", "own_from", "asked_at"}),  # as asked_for
    "jobs_wish_occupation": (f"{W}.kinds_of_work", {"code", "experience_months"}, {"wish_id"}),
    "jobs_wish_skill": (f"{W}.skills", {"skill_id"}, {"wish_id"}),
    "jobs_wish_hours": (f"{W}.hours", {"weekdays", "from_minute", "to_minute"}, {"wish_id"}),
    "jobs_wish_step": (f"{W}.steps", {"at", "by", "verb", "reached", "state", "words"},
                       {"wish_id"}),
    "jobs_asked_post": (f"{W}.asked_for", {"post_id", "at"}, {"wish_id"}),
    "jobs_decision": (f"{W}.decisions", {"post_id", "skipped", "score", "parts", "engine", "by",
                                         "at"}, {"wish_id"}),
    "jobs_referral": (f"{W}.referrals", {"post_id", "state", "channel", "interview_at",
                                         "interview_place", "end_reason", "made_at"},
                      {"wish_id", "decision_id"}),
    "jobs_referral_step": (f"{R}.steps", {"at", "by", "verb", "state", "words"}, {"referral_id"}),
    "jobs_placement": (f"{R}.work", {"is_full_time", "starts_on", "has_contract", "pay_fen",
                                     "pay_unit", "ended_on", "end_reason", "made_at", "undone_at"},
                       {"referral_id", "seeker_id", "post_id"}),  # the post's is the referral's
    "jobs_follow_up": (f"{R}.follow_ups", {"days", "due_on", "done_at", "done_by", "still_there",
                                           "fee_asked", "as_posted", "words", "dropped_at"},
                       {"placement_id"}),
    "jobs_consent": ("consents", {"words", "channel", "at", "by"},
                     {"seeker_id", "wish_id", "filing_key"}),
    "jobs_seeker_merge": ("joined", {"from_id", "into_id", "at", "by", "closed_wish_id",
                                     "undone_at"}, {"closed_from", "gave_party", "undone_by"}),
    "jobs_merged_wish": (W, set(), {"merge_id", "wish_id"}),  # stands among the wishes
    "jobs_merged_pass": ("fairs", set(), {"merge_id", "pass_id"}),  # stands among the passes
    "jobs_fair_pass": ("fairs", {"fair_id", "token", "made_at", "used_at"},
                       {"seeker_id", "used_by"}),
    "jobs_fair_booking": ("fairs.0.interviews", {"slot_id", "made_at", "cancelled_at"},
                          {"pass_id"}),
    "jobs_fair_referral": (f"{R}.at_fair", {"booth_id"}, {"referral_id", "pass_id"}),
}  # fmt: skip
# Of no person: a company's registration.
NOT_OF_SEEKERS = {"jobs_company"}


def of_seekers():
    """Return the room's tables that lead to a seeker or a party, by whichever way."""
    room = {name: one for name, one in Model.metadata.tables.items() if name.startswith("jobs_")}
    found = {"jobs_seeker"} | {
        name
        for name, one in room.items()
        if any(key.target_fullname == "party.id" for key in one.foreign_keys)
    }
    found -= NOT_OF_SEEKERS
    while True:
        more = {
            name
            for name, one in room.items()
            if any(key.column.table.name in found for key in one.foreign_keys)
        }
        if more <= found:
            return found
        found |= more


def test_no_table_and_no_column_that_leads_to_a_seeker_is_forgotten():
    assert of_seekers() == set(GIVEN), (
        "say in GIVEN where the copy has it, or why it is no person's"
    )
    for name, (_where, told, untold) in GIVEN.items():
        columns = {one.name for one in Model.metadata.tables[name].columns}
        assert told & untold == set(), name
        assert columns - OURS == (told | untold) - OURS, name


def at(data, where):
    for part in where.split("."):
        data = data[int(part)] if part.isdigit() else data[part]
    return data


def furnish(town):
    """Add one of everything to granny's wish."""
    wish, now, today = the(Wish), clock.now(), clock.today()
    station = create_account("station", town.community.path, display_name="王敏")
    post = create_post(create_company(town.dedicated), title="写字楼保洁员")
    other = create_post(create_company(town.micros[3], "鱼凫物业"), title="夜班保安")
    base = {"wish_id": wish.id, "engine": "1", "by": station.id, "at": now}
    parts = json.dumps({"pay": 12})
    sent = Decision(post_id=post.id, score=61, parts=parts, **base)
    passed = Decision(
        post_id=other.id, skipped=SkipReason.NOT_FITTING, score=40, parts=parts, **base
    )
    hours = WishHours(wish_id=wish.id, weekdays=3, from_minute=480, to_minute=600)
    skilled = WishSkill(wish_id=wish.id, skill_id=skill("健康证").id)
    asked = AskedPost(wish_id=wish.id, post_id=other.id, at=now)
    db.session.add_all([sent, passed, hours, skilled, asked])
    db.session.flush()
    referral = Referral(
        wish_id=wish.id, post_id=post.id, decision_id=sent.id, channel=Channel.DESK, made_at=now,
        state=ReferralState.ENDED, end_reason=EndReason.LEFT, interview_at=now,
        interview_place="三楼人事部",
    )  # fmt: skip
    db.session.add(referral)
    db.session.flush()
    step = {"state": ReferralState.ENDED, "words": "做了两周", "by": station.id}
    db.session.add(ReferralStep(referral_id=referral.id, at=now, **step))
    placed = Placement(
        referral_id=referral.id, seeker_id=wish.seeker_id, post_id=post.id, is_full_time=False,
        starts_on=today - timedelta(days=20), ended_on=today, end_reason=EndReason.LEFT,
        pay_fen=300_000, pay_unit=PayUnit.MONTH, made_at=now,
    )  # fmt: skip
    db.session.add(placed)
    db.session.flush()
    asked = {"done_at": now, "done_by": station.id, "still_there": False, "words": "路太远"}
    db.session.add(FollowUp(placement_id=placed.id, days=7, due_on=today, **asked))
    fair = create_fair(town.community)
    booth = create_booth(fair, db.session.get_one(Company, post.company_id))
    given = create_pass(fair, db.session.get_one(Seeker, wish.seeker_id))
    booking = SlotBooking(slot_id=create_slot(booth).id, pass_id=given.id, made_at=now)
    twin = create_seeker(town.micros[0])
    merge = SeekerMerge(
        from_id=twin.id, into_id=wish.seeker_id, at=now - timedelta(days=2), by=station.id
    )
    db.session.add_all([booking, merge])
    db.session.flush()
    twin.merged_into_id = wish.seeker_id
    db.session.add_all(
        [
            FairReferral(referral_id=referral.id, booth_id=booth.id, pass_id=given.id),
            MergedWish(merge_id=merge.id, wish_id=wish.id),
            MergedPass(merge_id=merge.id, pass_id=given.id),
        ]
    )
    db.session.commit()


def test_the_copy_holds_a_row_of_each_table(granny, town):
    furnish(town)
    data = json.loads(send(granny, f"{granny.url}/data/export", form="file").text)
    for name, (where, _told, _untold) in GIVEN.items():
        assert at(data, where), name
    passed = next(one for one in data["wishes"][0]["decisions"] if one["what"] == "passed_over")
    assert (passed["post"], passed["reason"], passed["by"]) == ("夜班保安", "not_fitting", "王敏")
    assert passed["parts"] == {"pay": 12}
    [interview] = data["fairs"][0]["interviews"]
    assert (interview["company"], interview["given_back_at"]) == ("温江鱼凫家政服务有限公司", None)
    assert data["wishes"][0]["referrals"][0]["follow_ups"][0]["done_by"] == "王敏"
    paper = send(granny, f"{granny.url}/data/export", form="paper").text
    for words in ("夜班保安", "与本人情况不符", "温江鱼凫家政服务有限公司", "路太远", "做了两周"):
        assert words in paper, words
