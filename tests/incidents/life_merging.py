"""Of ``test_life``: reports that the desk merges, and those their own makers join."""

from __future__ import annotations

from collections import Counter

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from life_model import Known
from life_town import PERSONS, LifeInTown

from intranet import once
from intranet.access import Permission
from intranet.db import db
from intranet.incidents.models import State, Urgency, Verb
from intranet.incidents.views.joining import JOIN, _token

SEEN = Counter()
MOST = 6
WHO = st.integers(0, len(PERSONS) - 1)
WHICH = st.integers(0, MOST - 1)


class LifeMerging(LifeInTown):
    """Several reports become one, and come apart."""

    def amended(self, known, data, urgent):
        known.urgency = Urgency.URGENT if urgent else Urgency.ORDINARY
        known.needs_photo = not urgent
        known.desk = known.desk if known.raised else 4
        known.grid_path, known.place = data["grid"], ""
        return known

    def content(self, urgent):
        matter = self.urgent if urgent else self.ordinary
        return {"category": matter.id, "grid": self.town.micros[0].path, "description": "有人放炮"}

    # Merging

    @precondition(lambda self: len(self.known) > 1)
    @rule(one=WHICH, two=WHICH, who=WHO, stale=st.sampled_from([0, 0, 0, 1]))
    def merge(self, one, two, who, stale):
        into, other = self.known[one % len(self.known)], self.known[two % len(self.known)]
        person = self.people[who]
        before = self.snapshot()
        data = {
            "verb": "merge",
            "sure": "y",
            "into": into.number and self.row(into).id,
            "one": [f"{self.row(k).id}:{k.turn + stale}" for k in (into, other)],
            "once": once.new_key(),
        }
        answer = self.post(person, "/incidents/bulk", data)
        if self.is_shut_out(person, answer):
            return
        may = all(
            k.state is not State.DRAFT
            and self.model.may(k, person, Permission.INCIDENTS_INCIDENT_ACCEPT)
            for k in (into, other)
        )
        legal = may and not stale and self.model.may_merge(into, other)
        assert (answer.status_code == 303) == legal, (answer.status_code, legal)
        SEEN[Verb.MERGE, answer.status_code] += 1
        if legal:
            other.acted.add(person.account.id)
            into.acted.add(person.account.id)
            self.model.merge(other, into, self.now, self.known)
        else:
            assert self.snapshot() == before
        for known in self.known:
            self.compare(known)

    # Joining

    @rule(
        which=WHICH, who=st.integers(0, len(PERSONS) - 2), urgent=st.booleans(), own=st.booleans()
    )
    def join(self, which, who, urgent, own):
        """Somebody meets the same, and says so in a new report, a draft or what was returned."""
        into, person = self.known[which % len(self.known)], self.people[who]
        unsent = [one for one in self.known if one.state in {State.DRAFT, State.RETURNED}]
        mine = unsent[which % len(unsent)] if own and unsent else None
        person = mine.reporter if mine else person
        if person.is_closed or (mine is None and len(self.known) >= MOST):
            return
        data = {**self.content(urgent), "once": once.new_key()}
        data["send"] = self.token(person, into)
        path = f"/incidents/{mine.number}/edit" if mine else "/incidents/new"
        offered = self.model.offers(into, person, data["grid"], self.now, self.known, urgent=urgent)
        before = self.snapshot()
        answer = self.post(person, path, data | ({"turn": mine.turn} if mine else {}))
        assert answer.status_code == (303 if offered else 409), (into.state, answer.status_code)
        SEEN["join", answer.status_code, into.state, mine and mine.state] += 1
        if not offered:
            assert self.snapshot() == before
            return
        number = answer.headers["X-Draft-Number"]
        if mine is None:
            place, book = self.town.micros[0].path, self.model.book
            made = Known(number, person, place, book, urgent=urgent, at=self.now, draft=False)
            self.known.append(made)
        else:
            made = self.amended(mine, data, urgent)
            made.send(self.now)
            made.book = dict(self.model.book)
        if not any(one.merged_into is made for one in self.known):
            self.model.merge(made, into, self.now, self.known, joined=True)
        for known in self.known:
            self.compare(known)

    def token(self, person, into):
        found = JOIN + _token(person.viewer, self.row(into).id)
        db.session.rollback()
        return found
