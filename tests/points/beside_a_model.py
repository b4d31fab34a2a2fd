"""A machine of random acts with a plain model beside it: what is refused leaves no trace."""

from __future__ import annotations

from hypothesis.stateful import RuleBasedStateMachine, invariant
from points.invariants import broken, unsound
from sqlalchemy import text

from intranet.db import db
from intranet.errors import DomainError


class BesideAModel(RuleBasedStateMachine):
    """Attempts acts; ``tables`` are those in which a refused one must have changed nothing."""

    tables = ()

    def attempt(self, act, *, allowed):
        """Do it; it succeeds where the model says so, and else leaves no trace.

        Return what it made, or True where it makes nothing; None where it was refused.
        """
        before = self.dumped()
        try:
            made = act()
        except DomainError:
            db.session.rollback()
            assert not allowed, "a lawful act was refused"
            assert self.dumped() == before, "a refused act left a trace"
            return None
        assert allowed, "an unlawful act succeeded"
        db.session.commit()
        return True if made is None else made

    @invariant()
    def every_invariant_holds(self):
        """I1 to I22, as far as a state tells them, after every step of every machine."""
        assert broken() == []

    def teardown(self):
        """At the end of a sequence the house looks, too."""
        assert unsound() == []

    def dumped(self):
        """Return all rows of the tables."""
        rows = [
            db.session.execute(text(f"SELECT * FROM {one} ORDER BY id")).all()
            for one in self.tables
        ]
        db.session.rollback()
        return rows
