"""Claims of a team beside those of homes, while people join and leave it: none of it decides."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from factories import create_account, viewer_of
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test
from points.beside_a_roster import OF_ROSTER, TOGETHER, BesideARoster
from points.claims_machine import PEOPLE
from points.teams_factory import team_of
from points.test_claims_any_order import ClaimsTogether

SEQUENCES = int(os.environ.get("CLAIMS_SEQUENCES", "20"))  # on each of the two engines


class WithATeam(BesideARoster, ClaimsTogether):
    """The same acts on the same claims, and a team with its own among them."""

    def also(self, town):
        """The team of the micro-grid is one more party to earn; nobody is in it yet."""
        self.micro = town.micros[0].id
        self.team, self.posts = team_of(town.micros[0]).id, {name: [] for name in OF_ROSTER}
        self.homes.append(self.team)
        vars(self).pop("flat", None)

    def somebody(self, name, role, path):
        """Who may be in the team is a person; two of them live together."""
        if name not in OF_ROSTER:
            return super().somebody(name, role, path)
        person = self.person(name)
        viewer = viewer_of(create_account(role, path, party_id=person.id), (role, path))
        return replace(viewer, household_id=person.household_id)

    @rule(
        home=st.sampled_from((0, 1, 4, 4, 4)),
        code=st.sampled_from(("EARN1", "EARN1", "HIGH1", "TAKE1")),
        units=st.integers(0, 4),
        by=st.sampled_from(PEOPLE),
        back=st.integers(-1, 40),
        own=st.booleans(),
    )
    def file(self, home, code, units, by, back, own):
        self.do_file(home, code, units, by, back, own=own)

    def is_at_home(self, name, one):
        """Whether somebody lives there, is in the team, or lives with whoever filed for it."""
        lives_with = one["home"] == self.team and {name, one["by"]} == set(TOGETHER)
        return self.is_of_it(name, one) or lives_with

    def is_of_it(self, name, one):
        """Whether somebody lives where the points go, or is or was that day in the team."""
        serves = one["home"] == self.team and self.serves(name, one["day"])
        return super().is_at_home(name, one) or serves

    def is_stranger(self, name, one, *, filed=True):
        """To undo a slip one may live with the filer; else as of any home."""
        return super().is_stranger(name, one) if filed else not self.is_of_it(name, one)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_any_sequence_leaves_what_a_team_has_as_a_model_of_it_says(app):
    WithATeam.house = app
    run_state_machine_as_test(
        WithATeam,
        settings=settings(
            max_examples=SEQUENCES,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
