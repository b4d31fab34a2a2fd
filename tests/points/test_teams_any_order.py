"""Any sequence of acts on claims by any persons leaves points as a plain model of it says."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from emptying import empty
from factories import AT, create_account, create_town, viewer_of
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from points.beside_a_roster import OF_ROSTER, TOGETHER, BesideARoster
from points.claims_factory import adopt, claim_of
from points.teams_factory import team_of
from sqlalchemy import func, select

from intranet.access import Viewer
from intranet.db import db
from intranet.points import operations, queries
from intranet.points.models import (
    Claim,
    ClaimSource,
    ClaimStep,
    Entry,
    EntryKind,
    Evidence,
    Level,
    Sign,
    Transfer,
    Window,
)
from intranet.points.operations import Content
from intranet.points.operations.caps import span
from intranet.register.models import Party, PartyKind

SEQUENCES = int(os.environ.get("CLAIMS_SEQUENCES", "20"))  # on each of the two engines
PEOPLE = ("member", "office", "leader", "second", "resident", "housemate")
TABLES = (
    *("points_account", "points_period", "points_entry", "points_transfer"),
    *("points_claim", "points_claim_step", "notice", "audit_entry"),
)
COUNTED = {"publicity", "disputed", "posted"}


class Claims(BesideARoster):
    """Claims beside a model of them: who filed, who decided, what each party then has."""

    tables = TABLES
    house = None

    @initialize()
    def begin(self):
        empty(self.house.extensions["test_tables"])
        db.session.expunge_all()
        town = create_town()
        self.path = town.micros[0].path
        homes = [
            Party(kind=kind, grid_path=self.path, created_at=AT)
            for kind in (PartyKind.HOUSEHOLD, PartyKind.HOUSEHOLD, PartyKind.SHOP)
        ]
        db.session.add_all(homes)
        db.session.commit()
        self.micro = town.micros[0].id
        self.homes = [one.id for one in homes] + [team_of(town.micros[0]).id]
        self.team, self.posts = self.homes[3], {name: [] for name in OF_ROSTER}
        adopt(town.community, "EARN1", points=3, caps={Window.DAY: 9, Window.MONTH: 15})
        adopt(town.community, "HIGH1", points=5, level=Level.SECRETARY, units_max=1)
        adopt(town.community, "TAKE1", points=2, sign=Sign.DEDUCT, evidence=Evidence.WORDS)
        self.rules = {"EARN1": (3, 3), "HIGH1": (5, 1), "TAKE1": (2, 3)}
        roles = ("grid_member", "office", "secretary", "office", "resident", "secretary")
        self.people = {}
        for name, role in zip(PEOPLE, roles, strict=True):
            person = self.person(name) if name in OF_ROSTER else None
            account = create_account(role, town.community.path, party_id=person and person.id)
            viewer = viewer_of(account, (role, town.community.path))
            self.people[name] = replace(viewer, household_id=person and person.household_id)
        lives = self.people["housemate"]
        self.people["housemate"] = Viewer(
            lives.account_id, lives.username, lives.name, None, lives.grants, self.homes[0]
        )
        self.now, self.claims = AT, {}

    def free(self, home):
        """What the home can still give: posted, less what is taken or about to be."""
        left = 0
        for one in self.claims.values():
            if one["home"] == home:
                takes = one["code"] == "TAKE1"
                if takes and one["state"] in COUNTED:
                    left -= one["points"]
                elif not takes and one["state"] == "posted":
                    left += one["points"]
        return left

    def fits(self, one, points):
        """Whether the caps leave room for so many points more."""
        if one["code"] != "EARN1":
            return True
        for window, cap in ((Window.DAY, 9), (Window.MONTH, 15)):
            first, last = span(one["day"], window)
            there = sum(
                other["points"]
                for other in self.claims.values()
                if other is not one
                and (other["home"], other["code"]) == (one["home"], "EARN1")
                and other["state"] in COUNTED
                and first <= other["day"] <= last
            )
            if there + points > cap:
                return False
        return True

    def is_stranger(self, name, one, *, filed=True):
        """Whether somebody neither filed it nor is of the home, or the team, it is for."""
        if one["home"] == self.team:
            lives_with = filed and {name, one["by"]} == set(TOGETHER)
            if self.serves(name, one["day"]) or lives_with:
                return False
        return not (filed and one["by"] == name) and not (
            name == "housemate" and one["home"] == self.homes[0]
        )

    @rule(
        home=st.sampled_from((0, 1, 2, 3, 3)),
        code=st.sampled_from(("EARN1", "EARN1", "HIGH1", "TAKE1")),
        units=st.integers(0, 4),
        by=st.sampled_from(PEOPLE),
        back=st.integers(-1, 40),
        own=st.booleans(),
    )
    def file(self, home, code, units, by, back, own):
        day = self.now.date() - timedelta(days=back)
        points, most = self.rules[code]
        source = ClaimSource.OWN if own else ClaimSource.MEMBER

        def act():
            return operations.file(
                db.session(),
                actor=self.people[by],
                at=self.now,
                party=db.session.get_one(Party, self.homes[home]),
                content=Content(code, units, day, "做了"),
                source=source,
            ).id

        lawful = (
            back >= 0 and 1 <= units <= most and not (code == "TAKE1" and (own or by == "resident"))
        )
        made = self.attempt(act, allowed=lawful)
        if made is not None:
            self.claims[made] = {
                "home": self.homes[home],
                "code": code,
                "units": units,
                "by": by,
                "day": day,
                "points": units * points,
                "state": "submitted",
                "approver": None,
                "objectors": set(),
                "ends": None,
            }

    def some(self, data):
        return data.draw(st.sampled_from(sorted(self.claims)))

    def decided(self, number, operation, **more):
        claim = claim_of(number)
        return operation(db.session(), at=self.now, claim=claim, version=claim.version, **more)

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), by=st.sampled_from(PEOPLE))
    def approve(self, data, by):
        number = self.some(data)
        one, viewer = self.claims[number], self.people[by]
        roles = {"EARN1": 4, "HIGH1": 2, "TAKE1": 4}[one["code"]]
        may = ("leader", "housemate", "office", "second", "member")[: {2: 2, 4: 5}[roles]]
        lawful = (
            one["state"] == "submitted"
            and by in may
            and self.is_stranger(by, one)
            and self.fits(one, one["points"])
            and (one["code"] != "TAKE1" or self.free(one["home"]) >= one["points"])
        )
        if self.attempt(
            lambda: self.decided(number, operations.approve, actor=viewer), allowed=lawful
        ):
            one.update(state="publicity", approver=by, ends=self.now.date() + timedelta(days=3))

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), by=st.sampled_from(PEOPLE), words=st.sampled_from(("", "不对")))
    def refuse(self, data, by, words):
        number = self.some(data)
        one = self.claims[number]
        may = {"leader", "housemate"} | (
            {"office", "second", "member"} if one["code"] != "HIGH1" else set()
        )
        lawful = one["state"] == "submitted" and by in may and self.is_stranger(by, one)
        if self.attempt(
            lambda: self.decided(number, operations.refuse, actor=self.people[by], words=words),
            allowed=lawful and bool(words),
        ):
            one["state"] = "refused"

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), by=st.sampled_from(PEOPLE))
    def withdraw(self, data, by):
        number = self.some(data)
        one = self.claims[number]
        own = one["by"] == by or (by == "housemate" and one["home"] == self.homes[0])
        if self.attempt(
            lambda: self.decided(number, operations.withdraw, actor=self.people[by]),
            allowed=own and one["state"] == "submitted",
        ):
            one["state"] = "withdrawn"

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), by=st.sampled_from(PEOPLE))
    def object(self, data, by):
        number = self.some(data)
        one = self.claims[number]

        def act():
            operations.object_to(
                db.session(),
                actor=self.people[by],
                at=self.now,
                claim=claim_of(number),
                words="有疑问",
            )

        if self.attempt(act, allowed=one["state"] == "publicity"):
            one["state"] = "disputed"
            one["objectors"].add(by)

    @precondition(lambda self: self.claims)
    @rule(
        data=st.data(),
        by=st.sampled_from(PEOPLE),
        how=st.sampled_from(("dismiss", "uphold", "amend")),
        units=st.integers(1, 3),
    )
    def decide(self, data, by, how, units):
        number = self.some(data)
        one = self.claims[number]
        points, most = self.rules[one["code"]]
        lawful = (
            one["state"] == "disputed"
            and self.is_stranger(by, one)
            and by != one["approver"]
            and by not in one["objectors"]
        )
        more = {"actor": self.people[by], "words": "查过了"}
        if how == "amend":
            more["units"] = units
            room = self.free(one["home"]) + (one["points"] if one["code"] == "TAKE1" else 0)
            lawful = (
                lawful
                and units <= most
                and units != one["units"]
                and self.fits(one, units * points)
                and (one["code"] != "TAKE1" or room >= units * points)
                and by != one["by"]
            )
        made = self.attempt(
            lambda: self.decided(number, getattr(operations, how), **more), allowed=lawful
        )
        if not made:
            return
        tomorrow = self.now.date() + timedelta(days=1)
        if how == "dismiss":
            one.update(state="publicity", ends=max(one["ends"], tomorrow))
        elif how == "uphold":
            one["state"] = "withdrawn"
        else:
            one["state"] = "corrected"
            self.claims[made.id] = {
                **one,
                "units": units,
                "points": units * points,
                "state": "publicity",
                "approver": by,
                "objectors": set(),
                "ends": self.now.date() + timedelta(days=3),
            }

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), by=st.sampled_from(PEOPLE))
    def undo(self, data, by):
        number = self.some(data)
        one = self.claims[number]
        lawful = one["state"] == "publicity" and self.is_stranger(by, one, filed=False)
        if self.attempt(
            lambda: self.decided(number, operations.undo, actor=self.people[by], words="登记错了"),
            allowed=lawful,
        ):
            one["state"] = "withdrawn"

    @rule(days=st.integers(1, 4))
    def days_pass(self, days):
        self.now += timedelta(days=days)

    @precondition(lambda self: self.claims)
    @rule(data=st.data())
    def post(self, data):
        number = self.some(data)
        one = self.claims[number]
        due = one["state"] == "publicity" and one["ends"] < self.now.date()
        claim = claim_of(number)
        assert operations.post_claim(db.session(), claim=claim, at=self.now) == due
        db.session.commit()
        if due:
            one["state"] = "posted"

    @invariant()
    def is_what_the_model_says(self):
        if not hasattr(self, "claims"):
            return
        db.session.expire_all()
        for number, one in self.claims.items():
            claim = db.session.get(Claim, number)
            assert claim.state.value == one["state"]
            newest = db.session.scalars(
                select(ClaimStep).where(ClaimStep.claim_id == number).order_by(ClaimStep.id.desc())
            ).first()
            assert newest.state is claim.state, "its history replays to its state"
        for standing in queries.holdings(db.session(), self.homes):
            mine = [one for one in self.claims.values() if one["home"] == standing.party_id]
            assert standing.available == self.free(standing.party_id)
            assert standing.pending == sum(
                one["points"]
                for one in mine
                if one["state"] in {"publicity", "disputed"} and one["code"] != "TAKE1"
            )
            assert standing.in_year(2026) == sum(
                one["points"] for one in mine if one["state"] == "posted" and one["code"] != "TAKE1"
            )
        self._traced()
        assert list(queries.verify(db.session())) == []
        db.session.rollback()

    def _traced(self):
        """Each grant leads to a rule, a claim and somebody who approved and did not enter it."""
        entries = db.session.scalars(
            select(Entry).where(Entry.kind.in_((EntryKind.GRANT, EntryKind.DEDUCT)))
        ).all()
        for entry in entries:
            claim = db.session.scalars(select(Claim).where(Claim.pending_id == entry.id)).one()
            assert (entry.rule_code, entry.rule_version) == (claim.rule_code, 1)
            assert entry.approver_id is not None
            assert entry.approver_id not in {entry.actor_id, claim.made_by}
        undecided = Counter(
            one["state"] in {"publicity", "disputed"} for one in self.claims.values()
        )
        waits = select(func.count(Transfer.id)).where(
            Transfer.phase == "pending",
            Transfer.id.not_in(select(Transfer.of_id).where(Transfer.of_id.is_not(None))),
        )
        assert db.session.scalar(waits) == undecided[True]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_any_sequence_of_acts_leaves_claims_as_a_model_of_them_says(app):
    Claims.house = app
    run_state_machine_as_test(
        Claims,
        settings=settings(
            max_examples=SEQUENCES,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
