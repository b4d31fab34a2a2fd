"""Accounts from the console: for the first one, and for emergencies."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from factories import AT, create_account, create_town
from sqlalchemy import select

from intranet.audit import AuditEntry
from intranet.db import db
from intranet.people.cli import user
from intranet.people.models import Account
from intranet.people.operations import passwords
from intranet.register.models import PartyKind, PersonalField
from intranet.register.operations import create_party

GOOD = "一口井 und ein Rad"


@pytest.fixture
def town(app):
    return create_town()


@pytest.fixture
def console(app, base_settings, monkeypatch):
    """Run ``intranet user …`` in the test's house: one of its own would leave connections."""
    monkeypatch.setattr("intranet.create_app", lambda settings: app)
    monkeypatch.setenv("INTRANET_DATABASE_URL", base_settings.database_url)
    monkeypatch.setenv("INTRANET_DATA_DIR", str(base_settings.data_dir))

    def run(*arguments, typed=""):
        db.session.rollback()
        answer = CliRunner().invoke(user, arguments, input=typed)
        db.session.expire_all()
        return answer

    return run


def account_of(username):
    return db.session.scalars(select(Account).where(Account.username == username)).one()


def test_the_trail_names_the_console_as_the_place_an_act_came_from(console, town):
    grid = town.county.code
    for arguments in (
        ("add", "guan", "--role", "admin", "--grid", grid),
        ("password", "guan"),
        ("disable", "guan"),
    ):
        answer = console(*arguments)
        assert answer.exit_code == 0, answer.output

    asked = select(AuditEntry.action, AuditEntry.address).order_by(AuditEntry.id)
    rows = db.session.execute(asked).all()
    assert [row.action for row in rows] == [
        "people:account:create",
        "people:role:grant",
        "people:password:reset",
        "people:account:disable",
    ]
    assert {row.address for row in rows} == {"console"}
    assert account_of("guan").disabled_at is not None


def test_what_cannot_be_is_said_in_words(console, town):
    create_account("secretary", town.community.path, username="luo")

    taken = console("add", "luo", "--role", "office", "--grid", town.community.code)
    nowhere = console("add", "he", "--role", "office", "--grid", "999")
    nobody = console("password", "zhou")

    assert [answer.exit_code for answer in (taken, nowhere, nobody)] == [1, 1, 1]
    assert "taken" in taken.output
    assert "999" in nowhere.output


def test_a_password_is_read_from_standard_input_and_from_no_command_line(console, town):
    base = ("--role", "office", "--grid", town.community.code, "--password")

    argument = console("add", "he", *base, GOOD)
    short = console("add", "he", *base, typed="short\n")
    empty = console("add", "he", *base)
    piped = console("add", "he", *base, typed=f"{GOOD}\n")

    assert (argument.exit_code, short.exit_code, empty.exit_code) == (2, 1, 1)
    assert piped.exit_code == 0, piped.output
    assert GOOD not in piped.output
    made = account_of("he")
    assert passwords.verify(made.password_hash, GOOD)
    assert not made.must_change_password


def test_an_account_made_without_asking_has_a_one_time_password(console, town):
    answer = console("add", "he", "--role", "office", "--grid", town.community.code)

    made = account_of("he")
    assert made.must_change_password
    assert passwords.verify(made.password_hash, answer.output.strip().rpartition(" ")[2])


def test_an_account_is_linked_with_the_register_and_the_link_taken_away(console, town):
    account = create_account("resident", town.micros[0].path, username="he")
    values = {PersonalField.NAME: "何淑英"}
    facts = {"actor": None, "kind": PartyKind.PERSON, "at": AT, "values": values}
    party = create_party(db.session(), grid_path=town.micros[0].path, **facts)
    db.session.commit()

    assert console("link", "he", "--party", str(party.id)).exit_code == 0
    assert account_of("he").party_id == party.id
    assert console("link", "he", "--nobody").exit_code == 0
    assert account_of("he").party_id is None
    for wrong in ((), ("--nobody", "--party", "1"), ("--party", "9" * 20)):
        assert console("link", "he", *wrong).exit_code in {1, 2}
    rows = db.session.execute(
        select(AuditEntry.action, AuditEntry.address).where(AuditEntry.object_kind == "account")
    ).all()
    assert [tuple(row) for row in rows] == [
        ("people:account:link", "console"),
        ("people:account:unlink", "console"),
    ]
    assert account.id == account_of("he").id
