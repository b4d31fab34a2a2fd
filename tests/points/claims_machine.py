"""Random acts of any persons on single claims, beside a plain model of them."""

from __future__ import annotations

from datetime import timedelta

from emptying import empty
from factories import AT, create_account, create_town, viewer_of
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule
from points.beside_a_model import BesideAModel
from points.claims_factory import adopt, claim_of
from sqlalchemy import select

from intranet.access import Viewer
from intranet.db import db
from intranet.points import operations
from intranet.points.models import Claim, ClaimSource, Evidence, Level, Sign, Window
from intranet.points.operations import Content
from intranet.points.operations.caps import span
from intranet.register.models import Party, PartyKind

PEOPLE = ("member", "office", "leader", "second", "resident", "housemate")
TABLES = (
    *("points_account", "points_period", "points_entry", "points_transfer"),
    *("points_claim", "points_claim_step", "points_gathering", "points_correction"),
    *("notice", "audit_entry"),
)
COUNTED = {"publicity", "disputed", "posted"}
CAPS = {Window.DAY: 9, Window.MONTH: 15}  # of EARN1


def filed(home, code, units, points, by, day, gathering=0):
    """Return what the model knows of a claim that was just filed."""
    return {
        "home": home,
        "code": code,
        "units": units,
        "by": by,
        "day": day,
        "points": units * points,
        "state": "submitted",
        "approver": None,
        "objectors": set(),
        "before": set(),  # who had a part in those it stands in place of
        "ends": None,
        "gathering": gathering,
        "asked": None,  # who asked for its reversal with all of its gathering
    }


class Claims(BesideAModel):
    """Claims beside a model of them: who filed, who decided, what each party then has."""

    tables = TABLES
    house = None

    @initialize()
    def begin(self):
        db.session.rollback()  # of a sequence that was broken off
        empty(self.house.extensions["test_tables"])
        db.session.expunge_all()
        town = create_town()
        self.path = town.micros[0].path
        homes = [
            Party(kind=kind, grid_path=self.path, created_at=AT)
            for kind in (PartyKind.HOUSEHOLD, PartyKind.HOUSEHOLD, PartyKind.SHOP)
        ]
        db.session.add_all(homes)
        db.session.flush()
        lodger = Party(
            kind=PartyKind.PERSON, grid_path=self.path, created_at=AT, household_id=homes[0].id
        )
        db.session.add(lodger)
        for year in (2026, 2027):
            operations.open_period(db.session(), year=year)
        db.session.commit()
        self.homes = [one.id for one in (*homes, lodger)]  # the last lives in the first
        self.first_home = {homes[0].id, lodger.id}
        self.also(town)
        adopt(town.community, "EARN1", points=3, caps=CAPS)
        adopt(town.community, "HIGH1", points=5, level=Level.SECRETARY, units_max=1)
        adopt(town.community, "TAKE1", points=2, sign=Sign.DEDUCT, evidence=Evidence.WORDS)
        self.rules = {"EARN1": (3, 3), "HIGH1": (5, 1), "TAKE1": (2, 3)}
        roles = ("grid_member", "office", "secretary", "office", "resident", "secretary")
        self.people = {}
        for name, role in zip(PEOPLE, roles, strict=True):
            self.people[name] = self.somebody(name, role, town.community.path)
        lives = self.people["housemate"]
        self.people["housemate"] = Viewer(
            lives.account_id, lives.username, lives.name, None, lives.grants, self.homes[0]
        )
        self.now, self.claims = AT, {}
        self.live_a_little()

    def also(self, town):
        """Add what a machine has besides; here nothing."""

    def somebody(self, name, role, path):
        """Return who acts under a name."""
        del name  # whose person it is, where a machine has persons
        return viewer_of(create_account(role, path), (role, path))

    def live_a_little(self):
        """Begin where claims are in every state, so that every act finds something to do."""
        posted = [
            self.do_file(0, "EARN1", 1, "member", 0, own=False),
            self.do_file(1, "EARN1", 2, "resident", 0, own=True),
            self.do_file(2, "HIGH1", 1, "member", 1, own=False),
            *self.do_gather({1, 2}, "member"),
        ]
        for number in posted:
            self.do_approve(number, "leader")
        self.days_pass(4)
        for number in posted:
            self.do_post(number)
        disputed = self.do_file(3, "EARN1", 2, "member", 2, own=False)
        for number in (*self.do_gather({0, 1}, "office"), disputed):
            self.do_approve(number, "leader")
        self.do_object(disputed, "resident")

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
        for window, cap in CAPS.items():
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
        """Whether somebody neither filed it nor lives where the points go."""
        return not (filed and one["by"] == name) and not self.is_at_home(name, one)

    def is_at_home(self, name, one):
        """Whether somebody lives where the points go."""
        return name == "housemate" and one["home"] in self.first_home

    @rule(
        home=st.integers(0, 3),
        code=st.sampled_from(("EARN1", "EARN1", "HIGH1", "TAKE1")),
        units=st.integers(0, 4),
        by=st.sampled_from(PEOPLE),
        back=st.integers(-1, 40),
        own=st.booleans(),
    )
    def file(self, home, code, units, by, back, own):
        self.do_file(home, code, units, by, back, own=own)

    def do_file(self, home, code, units, by, back, *, own):
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
            self.claims[made] = filed(self.homes[home], code, units, points, by, day)
        return made

    @rule(there=st.sets(st.integers(0, 3), min_size=1), by=st.sampled_from(PEOPLE))
    def gather(self, there, by):
        self.do_gather(there, by)

    def do_gather(self, there, by):
        day = self.now.date()

        def act():
            return operations.gather(
                db.session(),
                actor=self.people[by],
                at=self.now,
                grid_path=self.path,
                title="清洁日",
                content=Content("EARN1", 1, day, "清洁日"),
                parties=[db.session.get_one(Party, self.homes[one]) for one in sorted(there)],
            ).id

        made = self.attempt(act, allowed=True)
        counts = there - {3} if 0 in there else there  # the lodger counts with the first home
        found = db.session.execute(
            select(Claim.id, Claim.party_id).where(Claim.event == f"gathering:{made}")
        ).all()
        assert {home for _number, home in found} == {self.homes[one] for one in counts}
        for number, home in found:
            self.claims[number] = filed(home, "EARN1", 1, 3, by, day, made)
        return [number for number, _home in found]

    def some(self, data, *states):
        """Choose a claim: mostly one of those states, where there is one, and now and then any."""
        fits = sorted(n for n, one in self.claims.items() if one["state"] in states)
        is_any = not fits or data.draw(st.integers(0, 5)) == 0
        return data.draw(st.sampled_from(sorted(self.claims) if is_any else fits))

    def decided(self, number, operation, **more):
        claim = claim_of(number)
        return operation(db.session(), at=self.now, claim=claim, version=claim.version, **more)

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), by=st.sampled_from(PEOPLE))
    def approve(self, data, by):
        self.do_approve(self.some(data, "submitted"), by)

    def do_approve(self, number, by):
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
        number = self.some(data, "submitted")
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
        number = self.some(data, "submitted")
        one = self.claims[number]
        own = one["by"] == by or (
            by == "housemate" and one["home"] == self.homes[0] and one["code"] != "TAKE1"
        )
        if self.attempt(
            lambda: self.decided(number, operations.withdraw, actor=self.people[by]),
            allowed=own and one["state"] == "submitted",
        ):
            one["state"] = "withdrawn"

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), by=st.sampled_from(PEOPLE))
    def object(self, data, by):
        self.do_object(self.some(data, "publicity"), by)

    def do_object(self, number, by):
        one = self.claims[number]

        def act():
            operations.object_to(
                db.session(),
                actor=self.people[by],
                at=self.now,
                claim=claim_of(number),
                words="有疑问",
            )

        lawful = one["state"] == "publicity" and by not in one["objectors"]
        if self.attempt(act, allowed=lawful):
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
        number = self.some(data, "disputed")
        one = self.claims[number]
        points, most = self.rules[one["code"]]
        lawful = (
            one["state"] == "disputed"
            and self.is_stranger(by, one)
            and by != one["approver"]
            and by not in one["objectors"] | one["before"]
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
                "before": one["before"] | one["objectors"] | {one["approver"]},
                "objectors": set(),
                "ends": self.now.date() + timedelta(days=3),
            }

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), by=st.sampled_from(PEOPLE))
    def undo(self, data, by):
        number = self.some(data, "publicity")
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
        self.do_post(self.some(data, "publicity"))

    def do_post(self, number):
        one = self.claims[number]
        due = one["state"] == "publicity" and one["ends"] < self.now.date()
        claim = claim_of(number)
        assert operations.post_claim(db.session(), claim=claim, at=self.now) == due
        db.session.commit()
        if due:
            one["state"] = "posted"
