"""Any sequence of acts on claims by any persons leaves points as a plain model of it says."""

from __future__ import annotations

import os
from collections import defaultdict

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test
from points.claims_machine import CAPS, COUNTED, PEOPLE, Claims, claim_of
from sqlalchemy import func, select

from intranet.db import db
from intranet.points import operations, queries
from intranet.points.models import (
    Claim,
    ClaimStep,
    Correction,
    CorrectionReason,
    Entry,
    EntryKind,
    Gathering,
    Phase,
    Rule,
    Transfer,
)
from intranet.points.operations.caps import span

SEQUENCES = int(os.environ.get("CLAIMS_SEQUENCES", "20"))  # on each of the two engines
CORRECTORS = {"office", "leader", "second", "housemate"}
WAITING = {"publicity", "disputed"}


class ClaimsTogether(Claims):
    """Claims that are also entered for many, undone as one, and corrected in the ledger."""

    @precondition(lambda self: any(one["state"] == "posted" for one in self.claims.values()))
    @rule(
        data=st.data(),
        asker=st.sampled_from(PEOPLE),
        by=st.sampled_from(PEOPLE),
        amount=st.one_of(st.none(), st.integers(-1, 12)),
    )
    def correct(self, data, asker, by, amount):
        posted = [number for number in self.claims if self.claims[number]["state"] == "posted"]
        number = data.draw(st.sampled_from(sorted(posted)))
        one = self.claims[number]

        def act():
            asked = operations.ask_correction(
                db.session(),
                entry=db.session.get(Entry, claim_of(number).posted_id),
                reason=CorrectionReason.OTHER if amount is None else CorrectionReason.WRONG_AMOUNT,
                words="不对",
                amount=amount,
                actor=self.people[asker],
                at=self.now,
                address="",
            )
            operations.confirm_correction(
                db.session(), asked=asked, actor=self.people[by], at=self.now, address=""
            )

        at_home = any(self.is_at_home(who, one) for who in (asker, by))
        lawful = asker != by and not at_home and one["asked"] is None
        if self.attempt(act, allowed=lawful and self.may_become(one, amount)):
            if amount is None:
                one["state"] = "reversed"
            else:
                worth = self.rules[one["code"]][0]
                one.update(points=amount, units=amount // worth)

    def may_become(self, one, amount):
        """Whether a posted claim may be undone, or come to another amount."""
        takes, free = one["code"] == "TAKE1", self.free(one["home"])
        if amount is None:
            return takes or free >= one["points"]
        worth, most = self.rules[one["code"]]
        could_be = 0 < amount <= worth * most and amount % worth == 0 and amount != one["points"]
        covered = free >= amount if takes else free + amount >= one["points"]
        return could_be and covered and (amount < one["points"] or self.fits(one, amount))

    def gathered(self, data):
        """Choose a gathering; return its number and the claims that came of it, in order."""
        numbers = sorted({one["gathering"] for one in self.claims.values()} - {0})
        chosen = data.draw(st.sampled_from(numbers))
        own = {n: one for n, one in sorted(self.claims.items()) if one["gathering"] == chosen}
        return chosen, own

    def for_all(self, operation, number, **more):
        """Return what does something with all of a gathering."""
        session = db.session()
        if operation in {operations.undo_gathering, operations.ask_undoing}:
            event = f"gathering:{number}"
            found = select(Claim).where(Claim.event == event).order_by(Claim.id)
            more["claims"] = session.scalars(found).all()
        gathering = session.get_one(Gathering, number)
        return operation(session, at=self.now, gathering=gathering, **more)

    @precondition(lambda self: any(one["gathering"] for one in self.claims.values()))
    @rule(data=st.data(), by=st.sampled_from(PEOPLE))
    def undo_all(self, data, by):
        number, own = self.gathered(data)
        open_ = [one for one in own.values() if one["state"] in {"submitted", "publicity"}]
        filer = next(iter(own.values()))["by"]
        done = self.attempt(
            lambda: self.for_all(
                operations.undo_gathering, number, actor=self.people[by], words="填错了"
            ),
            allowed=bool(open_) and (by == filer or by in CORRECTORS),
        )
        if done:
            assert done == len(open_)
            for one in open_:
                one["state"] = "withdrawn"

    @precondition(lambda self: any(one["gathering"] for one in self.claims.values()))
    @rule(data=st.data(), by=st.sampled_from(PEOPLE))
    def ask_for_all(self, data, by):
        number, own = self.gathered(data)
        wanted = [one for one in own.values() if one["state"] == "posted" and not one["asked"]]
        made = self.attempt(
            lambda: self.for_all(
                operations.ask_undoing,
                number,
                actor=self.people[by],
                reason=CorrectionReason.NOT_DONE,
                words="没有办成",
            ),
            allowed=bool(wanted) and not any(self.is_at_home(by, one) for one in wanted),
        )
        if made:
            for one in wanted:
                one["asked"] = by

    @precondition(lambda self: any(one["asked"] for one in self.claims.values()))
    @rule(data=st.data(), by=st.sampled_from(PEOPLE), is_right=st.booleans())
    def decide_for_all(self, data, by, is_right):
        number, own = self.gathered(data)
        asked = [one for one in own.values() if one["asked"] not in {None, by}]
        free = {home: self.free(home) for home in self.homes}
        done = []
        for one in asked if is_right else ():
            if free[one["home"]] >= one["points"]:
                free[one["home"]] -= one["points"]
                done.append(one)
        more = {"actor": self.people[by]} | ({} if is_right else {"answer": "办成了"})
        operation = operations.confirm_undoing if is_right else operations.refuse_undoing
        at_home = any(self.is_at_home(by, one) for one in asked)
        lawful = bool(asked) and not at_home and bool(done or not is_right)
        if self.attempt(lambda: self.for_all(operation, number, **more), allowed=lawful):
            for one in done:
                one.update(state="reversed", asked=None)
            for one in () if is_right else asked:
                one["asked"] = None

    @invariant()
    def is_what_the_model_says(self):
        if not hasattr(self, "claims"):
            return
        db.session.expire_all()
        for number, one in self.claims.items():
            claim = db.session.get(Claim, number)
            assert (claim.state.value, claim.points) == (one["state"], one["points"])
            newest = db.session.scalars(
                select(ClaimStep).where(ClaimStep.claim_id == number).order_by(ClaimStep.id.desc())
            ).first()
            assert newest.state is claim.state, "its history replays to its state"
        for standing in queries.holdings(db.session(), self.homes):
            mine = [
                one
                for one in self.claims.values()
                if one["home"] == standing.party_id and one["code"] != "TAKE1"
            ]
            assert standing.available == self.free(standing.party_id)
            assert standing.pending == sum(one["points"] for one in mine if one["state"] in WAITING)
            for year in (2026, 2027):
                assert standing.in_year(year) == sum(
                    one["points"]
                    for one in mine
                    if one["state"] == "posted" and one["day"].year == year
                )
        self._capped()
        self._by_another()
        self._waits()
        assert list(queries.verify(db.session())) == []
        db.session.rollback()

    def _capped(self):
        """I12: what the ledger itself gave by a rule, less what it took back, is below each cap."""
        undone = set(db.session.scalars(select(Entry.reverses_id)))
        sums = dict(
            db.session.execute(
                select(Transfer.entry_id, func.sum(Transfer.amount)).group_by(Transfer.entry_id)
            ).all()
        )
        used = defaultdict(int)
        for claim in db.session.scalars(select(Claim)):
            entry = claim.posted_id or claim.pending_id
            counts = claim.state.value in COUNTED and entry not in undone
            assert counts == (claim.state.value in COUNTED)
            if not counts:
                continue
            assert sums[entry] == claim.points == claim.units * self.rules[claim.rule_code][0]
            if claim.rule_code == "EARN1":
                for window in CAPS:
                    used[claim.party_id, window, span(claim.happened_on, window)[0]] += sums[entry]
        assert all(points <= CAPS[window] for (_party, window, _first), points in used.items())

    def _by_another(self):
        """I13, I19: a rule, a claim, and an approver of another home who did not enter it."""
        entries = db.session.scalars(
            select(Entry).where(
                Entry.kind.in_((EntryKind.GRANT, EntryKind.DEDUCT, EntryKind.REVERSE))
            )
        ).all()
        names = {viewer.account_id: name for name, viewer in self.people.items()}
        claims = db.session.scalars(select(Claim)).all()
        by_entry = {claim.pending_id: claim for claim in claims}
        corrections = db.session.scalars(select(Correction)).all()
        anew = {one.replacement_id: one for one in corrections}
        undoing = {one.reversal_id: one for one in corrections}
        for entry in entries:
            assert entry.rule_version == 1
            assert entry.approver_id not in {None, entry.actor_id}
            asked = anew.get(entry.id) or undoing.get(entry.id)
            claim = by_entry.get(entry.id)
            if asked is not None:
                assert (entry.actor_id, entry.approver_id) == (asked.asked_by, asked.decided_by)
                home = self._home_of(asked.entry_id)
            else:
                assert claim.rule_code == entry.rule_code
                assert entry.approver_id != claim.made_by
                home = claim.party_id
                viewer = self.people[names[entry.approver_id]]
                if claim.replaces_id is None:
                    rule_ = db.session.get(Rule, claim.rule_id)
                    assert operations.may_approve(viewer, rule_, claim.grid_path)
            assert names[entry.approver_id] != "housemate" or home not in self.first_home

    def _home_of(self, entry_id):
        """Return whose points an entry moves."""
        (found,) = operations.transfers_of(db.session(), db.session.get_one(Entry, entry_id))
        return found.credit.party_id or found.debit.party_id

    def _waits(self):
        """I14: what is public or disputed is pending, and nothing else is."""
        decided = select(Transfer.of_id).where(Transfer.of_id.is_not(None))
        waits = select(Transfer.entry_id).where(
            Transfer.phase == Phase.PENDING, Transfer.id.not_in(decided)
        )
        public = select(Claim.pending_id).where(Claim.state.in_(WAITING))
        assert set(db.session.scalars(waits)) == set(db.session.scalars(public))
        posted = {number for number, one in self.claims.items() if one["ends"]}
        for number in posted:
            one = self.claims[number]
            if one["state"] == "posted":
                assert one["ends"] < self.now.date(), "its publicity has ended"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_any_sequence_of_acts_leaves_claims_as_a_model_of_them_says(app):
    Claims.house = app
    run_state_machine_as_test(
        ClaimsTogether,
        settings=settings(
            max_examples=SEQUENCES,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
