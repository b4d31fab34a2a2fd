"""The migrations make exactly what the models say, on both engines, and can be undone."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from factories import AT, DAY, create_account, create_town
from incidents_factory import create_category, create_incident
from jobs.fairs_factory import live_post
from jobs.jobs_factory import create_company
from jobs.outlets_factory import create_outlet
from sqlalchemy import create_engine, func, inspect, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from intranet import create_app
from intranet.db import db
from intranet.points.operations import party_account
from intranet.register.models import Party, PartyKind, PartyMove
from intranet.register.queries import party_ids_matching
from intranet.schema import _alembic, metadata, newest_migration, upgrade_database


@pytest.fixture
def empty_house(base_settings, engine_name, tmp_path, request):
    """An app on a database that holds nothing yet."""
    if engine_name == "sqlite":
        url = f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    else:
        server = request.getfixturevalue("postgresql_url")
        root = create_engine(server.replace("postgresql://", "postgresql+psycopg://"))
        name = f"empty_{os.getpid()}_{request.node.name.split('[')[0][-12:]}"
        with root.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
            connection.execute(text(f"CREATE DATABASE {name}"))
        root.dispose()
        url = server.replace("/postgres?", f"/{name}?").replace(
            "postgresql://", "postgresql+psycopg://"
        )
    app = create_app(replace(base_settings, database_url=url, data_dir=tmp_path))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def triggers():
    """Name every trigger of the database, each with what it does."""
    catalogue = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        if db.engine.dialect.name == "sqlite"
        else "SELECT tgname, pg_get_triggerdef(t.oid) || p.prosrc FROM pg_trigger t"
        " JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT tgisinternal"
    )
    with db.engine.connect() as connection:
        rows = connection.execute(text(catalogue)).all()
    return sorted((name, " ".join(what.split())) for name, what in rows)


def indexes_of_expressions():
    """Return the name and the words of every index of an expression: nothing else compares them."""
    catalogue = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql LIKE '%CAST(%'"
        if db.engine.dialect.name == "sqlite"
        else "SELECT indexname, indexdef FROM pg_indexes WHERE indexdef LIKE '%floor(%'"
    )
    with db.engine.connect() as connection:
        rows = connection.execute(text(catalogue)).all()
    return sorted((name, "".join(what.split())) for name, what in rows)


def no_words_of_fts(name, kind, _parents):
    """Leave out in what the engines find a search's words: it is of one engine, and no model's."""
    return not (kind in {"table", "index"} and "jobs_listed_words" in (name or ""))


@pytest.mark.filterwarnings(
    "ignore:autogenerate skipping metadata-specified expression-based index"
)
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
def test_upgrading_an_empty_database_makes_what_the_models_say(empty_house):
    upgrade_database()

    with db.engine.connect() as connection:
        opts = {"compare_type": True, "include_name": no_words_of_fts}
        context = MigrationContext.configure(connection, opts=opts)
        difference = compare_metadata(context, metadata)
        found = context.get_current_revision()
    by_migration = triggers(), indexes_of_expressions()
    with db.engine.begin() as connection:
        command_tables = inspect(connection).get_table_names()

    assert difference == []
    assert found == newest_migration()
    assert "audit_entry" in command_tables
    db.drop_all()
    db.create_all()
    assert (triggers(), indexes_of_expressions()) == by_migration
    assert by_migration[1] != []


def test_every_migration_can_be_undone(empty_house):
    upgrade_database()

    command.downgrade(_alembic(), "base")

    assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}


def counted():
    """Count the rows of every table, and name what stands beside the tables."""
    with db.engine.connect() as connection:
        rows = {
            table.name: connection.scalar(select(func.count()).select_from(table))
            for table in metadata.sorted_tables
        }
        indexes = {
            (one["name"], *one["column_names"], *map(str, one["dialect_options"].values()))
            for one in inspect(connection).get_indexes("incident")
        }
    return rows, indexes, triggers()


def test_drafts_without_a_matter_come_and_go_with_their_migration_and_nothing_else_does(
    empty_house,
):
    upgrade_database()
    grid, matter = create_town().micros[0], create_category()
    sent = create_incident(grid, matter)
    draft = create_incident(grid, matter, as_draft=True)
    ids = (sent.id, draft.id)
    db.session.remove()
    without = text("UPDATE incident SET category_id = NULL WHERE id = :id")
    with db.engine.begin() as connection:
        connection.execute(without, {"id": ids[1]})
    with pytest.raises(IntegrityError), db.engine.begin() as connection:
        connection.execute(without, {"id": ids[0]})
    before = counted()

    command.downgrade(_alembic(), "0012")
    with db.engine.connect() as connection:
        category = text("SELECT category_id FROM incident WHERE id = :id")
        filled = connection.scalar(category, {"id": ids[1]})
    with pytest.raises(IntegrityError), db.engine.begin() as connection:
        connection.execute(without, {"id": ids[1]})
    upgrade_database()

    assert counted() == before
    assert filled is not None


def fill(table, **row):
    with db.engine.begin() as connection:
        return connection.execute(
            metadata.tables[table].insert().values(**row)
        ).inserted_primary_key[0]


def test_what_was_said_stays_through_its_migrations_and_stays_as_it_ended(empty_house):
    upgrade_database()
    town = create_town()
    who, path = create_account("micro_member", town.micros[0].path).id, town.micros[0].path
    db.session.remove()
    camera = fill(
        "camera",
        code="C-1",
        name="x",
        grid_path=path,
        main_url_sealed="",
        main_place="",
        wallclock=False,
        created_at=AT,
        version=1,
    )
    cast = fill(
        "talk_broadcast",
        account_id=who,
        role="",
        made_at=AT,
        file_key="",
        media_type="",
        sound_milliseconds=1,
    )
    said = {"camera_id": camera, "account_id": who, "role": "", "kind": "clip", "said_at": AT}
    one = fill("talk", **said, state="failed", trouble="dropped", broadcast_id=cast)
    fill("talk", **said, state="heard", again_of=one)
    fill("talk_misuse", talk_id=one, account_id=who, at=AT, words="骂人", seen_at=AT, seen_by=who)
    before = counted()
    for statement in (
        "UPDATE talk SET state = 'heard', trouble = NULL",
        "UPDATE talk SET account_id = 7",
        "DELETE FROM talk",
        "UPDATE talk_misuse SET words = 'x'",
        "DELETE FROM talk_misuse",
        "DELETE FROM talk_broadcast",
    ):
        with pytest.raises(DBAPIError), db.engine.begin() as connection:
            connection.execute(text(statement))
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE talk SET file_key = '', transcript = 'x'"))

    command.downgrade(_alembic(), "0018")
    for words in ("又骂人", "又骂人", "还骂人"):
        fill("talk_misuse", talk_id=one, account_id=who, at=AT, words=words)
    upgrade_database()
    waiting = "SELECT words FROM talk_misuse WHERE seen_at IS NULL"
    with db.engine.connect() as connection:
        assert connection.execute(text(waiting)).scalars().all() == ["又骂人"]
    before = counted()

    command.downgrade(_alembic(), "0017")
    upgrade_database()

    assert counted() == before
    with db.engine.connect() as connection:
        kept = connection.execute(text("SELECT broadcast_id FROM talk ORDER BY id")).scalars().all()
    assert kept == [cast, None]

    command.downgrade(_alembic(), "0014")
    upgrade_database()

    after = counted()[0]
    assert {name: after[name] for name in ("talk", "talk_misuse")} == {"talk": 2, "talk_misuse": 4}


def test_micro_grids_there_were_get_their_teams_and_a_team_with_points_stays(empty_house):
    upgrade_database()
    town = create_town()
    town.micros[3].closed_on = DAY
    db.session.commit()
    shop = Party(kind=PartyKind.SHOP, grid_path=town.micros[0].path, created_at=AT)
    db.session.add(shop)
    db.session.commit()
    paths, kept = [one.path for one in town.micros], shop.id
    db.session.remove()

    command.downgrade(_alembic(), "0024")
    with db.engine.connect() as connection:
        assert connection.execute(text("SELECT id FROM party")).scalars().all() == [kept]
    upgrade_database()

    teams = db.session.scalars(
        select(Party).where(Party.kind == PartyKind.TEAM).order_by(Party.id)
    ).all()
    assert [one.grid_path for one in teams] == paths[:3], "a closed one gets none"
    assert teams[0].public_name == "第1网格 微网格1-1"
    assert all(one.created_at.tzinfo and one.version == 1 for one in teams)
    found = db.session.scalars(party_ids_matching("微网格2-1")).all()
    assert teams[2].id in found
    moves = db.session.scalars(select(PartyMove.grid_path).order_by(PartyMove.id)).all()
    assert moves == paths[:3]
    party_account(db.session(), party_id=teams[0].id, year=2026)
    db.session.commit()
    db.session.remove()
    with pytest.raises(IntegrityError):
        command.downgrade(_alembic(), "0024")


def test_which_posts_of_a_list_went_is_read_from_the_text_that_went(empty_house):
    upgrade_database()
    town = create_town()
    company = create_company(town.micros[0])
    posts = [live_post(company).id for _ in range(3)]
    outlet = create_outlet(town.community).id
    db.session.commit()
    db.session.remove()
    asked = {"outlet_id": outlet, "subject": "digest", "day": DAY, "title": "", "head": ""}
    asked |= {"tail": "", "answer": "", "due_at": AT, "asked_at": AT}
    sent = fill("jobs_sending", **asked, words="一\n/jobs/1\n\n二\n/jobs/10", state="pending")
    waits = fill("jobs_sending", **asked, words="", state="by_hand")
    links = zip(posts, ("/jobs/1", "/jobs/10", "/jobs/0"), strict=True)
    for place, (post, link) in enumerate(links):
        for sending in (sent, waits):
            row = {"sending_id": sending, "post_id": post, "place": place}
            fill("jobs_sending_post", **row, words=f"岗位\n{link}")
    with db.engine.begin() as connection:
        ended = text("UPDATE jobs_sending SET state = 'sent', ended_at = asked_at WHERE id = :id")
        connection.execute(ended, {"id": sent})
    before = counted()

    command.downgrade(_alembic(), "0044")
    upgrade_database()

    assert counted() == before
    said = text("SELECT post_id FROM jobs_sending_post WHERE is_said ORDER BY post_id")
    with db.engine.connect() as connection:
        assert connection.execute(said).scalars().all() == posts[:2]
