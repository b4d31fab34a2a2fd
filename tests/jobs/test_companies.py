"""Companies: nothing of one that nobody looked at is seen, and a stopped one takes all with it."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from factories import AT, create_account, viewer_of
from jobs.jobs_factory import create_company, create_post, create_seeker, create_wish
from jobs.posts_scene import act, code, facts, fresh, published, scene, submit, verified, write  # noqa: F401
from jobs.rivalry import rivals
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError

from intranet import audit, clock
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.jobs import operations
from intranet.jobs.models import (
    Channel,
    Company,
    CompanyState,
    CompanyStep,
    Handler,
    JobPost,
    PostState,
    Referral,
)
from intranet.jobs.models.company import company_guards
from intranet.jobs.operations import CompanyFacts, NewParty, Seen
from intranet.notices.models import Notice
from intranet.register.models import Party, PartyKind
from intranet.register.operations import create_party

FACTS = CompanyFacts("光华大道三段 12 号", "家政服务，员工 40 人")


def new(scene, **changed):
    party = NewParty(
        changed.pop("kind", PartyKind.COMPANY),
        scene.town.micros[0].path,
        changed.pop("name", "寿安面粉厂"),
        changed.pop("credit_code", code("91510115MA6CXYTR1")),
    )
    made = operations.register_company(db.session(), party=party, facts=FACTS, **act(scene.station))
    db.session.commit()
    return made


def told(account):
    return db.session.scalars(select(Notice.words).where(Notice.account_id == account.id)).all()


def actions(kind="job_company"):
    asked = select(audit.AuditEntry.action).where(audit.AuditEntry.object_kind == kind)
    return db.session.scalars(asked.order_by(audit.AuditEntry.id)).all()


def verify(scene, company, **changed):
    words = changed.pop("words", "")
    today = clock.today()
    seen = Seen(**{"licence_on": today, "handler_name": "邓洁", "handler_on": today} | changed)
    given = {"version": company.version, "seen": seen, "words": words, **act(scene.station)}
    operations.verify_company(db.session(), company, **given)
    db.session.commit()


def suspend(scene, company, reason="招聘与实际不符"):
    done = operations.suspend_company(
        db.session(), company, version=company.version, reason=reason, **act(scene.station)
    )
    db.session.commit()
    return done


def test_a_company_is_entered_in_the_register_with_a_code_that_can_be_one(scene):
    made = new(scene)
    party = db.session.get(Party, made.party_id)
    assert (party.public_name, party.credit_code) == ("寿安面粉厂", code("91510115MA6CXYTR1"))
    assert (made.state, made.grid_path) == (CompanyState.UNVERIFIED, scene.town.micros[0].path)
    with pytest.raises(InputError) as wrong:
        new(scene, credit_code="91510115MA6CXYTR10")
    assert wrong.value.field == "credit_code"
    db.session.rollback()
    with pytest.raises(InputError) as wrong:
        new(scene, credit_code="")
    assert wrong.value.field == "credit_code"


def test_one_of_the_register_is_chosen_once_and_persons_offer_no_work(scene):
    shop = create_party(
        db.session(),
        actor=None,
        kind=PartyKind.SHOP,
        grid_path=scene.town.micros[0].path,
        at=AT,
        public_name="老面馆",
    )
    made = operations.register_company(db.session(), party=shop, facts=FACTS, **act(scene.station))
    db.session.commit()
    assert made.party_id == shop.id
    with pytest.raises(DomainError, match="registered already"):
        operations.register_company(db.session(), party=shop, facts=FACTS, **act(scene.station))
    db.session.rollback()
    with pytest.raises(DomainError, match="credit code"):
        verify(scene, made)
    db.session.rollback()
    with pytest.raises(InputError):
        new(scene, kind=PartyKind.HOUSEHOLD)


def test_verified_it_is_looked_at_again_in_a_year_and_the_steps_say_who(scene):
    made = new(scene)
    verify(scene, made, words="执照原件已看")
    assert made.state is CompanyState.VERIFIED
    assert made.recheck_due_on == clock.today() + timedelta(days=365)
    steps = db.session.scalars(
        select(CompanyStep).where(CompanyStep.company_id == made.id).order_by(CompanyStep.id)
    ).all()
    assert [(one.state, one.words) for one in steps] == [
        (CompanyState.UNVERIFIED, ""),
        (CompanyState.VERIFIED, "执照原件已看"),
    ]
    assert steps[1].by == scene.station.account_id
    assert actions() == ["jobs:company:register", "jobs:company:verify"]


@pytest.mark.parametrize(
    ("said", "days", "field"),
    [
        ("licence_on", 1, "licence_seen_on"),
        ("licence_on", -91, "licence_seen_on"),
        ("handler_on", 1, "handler_seen_on"),
        ("handler_on", -91, "handler_seen_on"),
        ("again_on", 0, "recheck_due_on"),
        ("again_on", 731, "recheck_due_on"),
    ],
)
def test_papers_are_seen_lately_and_again_within_two_years(scene, said, days, field):
    made = new(scene)
    with pytest.raises(InputError) as wrong:
        verify(scene, made, **{said: clock.today() + timedelta(days=days)})
    assert wrong.value.field == field


@pytest.mark.parametrize("name", ["", "邓" * 41])
def test_whom_a_company_authorised_has_a_name(scene, name):
    made = new(scene)
    with pytest.raises(InputError) as wrong:
        verify(scene, made, handler_name=name)
    assert wrong.value.field == "handler_name"
    assert fresh(Company, made.id).state is CompanyState.UNVERIFIED


def test_the_database_verifies_nobody_who_authorised_nobody(scene):
    made = new(scene)
    verify(scene, made)
    assert (made.handler_name, made.handler_seen_on) == ("邓洁", clock.today())
    suspend(scene, made)
    made.state, made.handler_name, made.handler_seen_on = CompanyState.VERIFIED, "", None
    with pytest.raises(DBAPIError, match="a handler it authorised"):
        db.session.flush()
    db.session.rollback()
    with pytest.raises(DBAPIError, match="a handler it authorised"):
        create_company(scene.town.micros[0], "老面馆", handler_name="", handler_seen_on=None)


def as_an_earlier_release_left_it(company):
    session, number = db.session(), company.id
    on_postgresql = db.engine.dialect.name == "postgresql"
    name = "jobs_company_guard"
    drop = f"DROP FUNCTION {name}() CASCADE" if on_postgresql else f"DROP TRIGGER {name}"
    session.execute(text(drop))
    session.execute(
        update(Company).where(Company.id == number).values(handler_seen_on=None, handler_name="")
    )
    for statement in company_guards(db.engine.dialect.name):
        if f"{name}_new" not in statement:
            session.execute(text(statement))
    session.commit()


def test_one_that_stood_without_stands_until_its_papers_are_seen_again(scene):
    made = new(scene)
    verify(scene, made)
    made.handler_seen_on = None
    with pytest.raises(DBAPIError, match="a handler it authorised"):
        db.session.flush()  # whom it authorised is not taken from one that is verified
    db.session.rollback()
    as_an_earlier_release_left_it(made)
    made = fresh(Company, made.id)
    made.words = "面粉加工"
    db.session.commit()
    made.verified_at = made.verified_at + timedelta(days=1)
    with pytest.raises(DBAPIError, match="a handler it authorised"):
        db.session.flush()


def test_the_database_shows_nothing_of_a_company_that_nobody_looked_at(scene):
    made = new(scene)
    db.session.add(post := create_post(made, state=PostState.DRAFT))
    db.session.commit()
    post.state, post.published_at = PostState.PUBLISHED, AT
    post.made_by, post.reviewed_by = scene.handler_account.id, scene.staff[0].id
    post.valid_through = clock.day_of(AT)
    with pytest.raises(DBAPIError, match="verified company"):
        db.session.flush()


def test_stopped_all_of_it_is_gone_at_once_and_whom_it_concerns_is_told(scene):
    shown, waits, draft = published(scene), submit(scene, write(scene)), write(scene)
    person = create_account("resident", scene.town.micros[0].path)
    seeker = create_seeker(scene.town.micros[0])
    party = create_party(
        db.session(),
        actor=None,
        kind=PartyKind.SHOP,
        grid_path=scene.town.micros[0].path,
        at=AT,
        public_name="张大姐",
    )
    seeker.party_id = person.party_id = party.id
    wish = create_wish(seeker)
    sent = {"wish_id": wish.id, "post_id": shown.id, "channel": Channel.DESK}
    db.session.add(Referral(made_at=AT, **sent))
    db.session.commit()
    assert suspend(scene, scene.company) == 1
    states = [fresh(JobPost, one.id).state for one in (shown, waits, draft)]
    assert states == [PostState.REMOVED, PostState.DRAFT, PostState.DRAFT]
    assert any("referred to was taken down" in words for words in told(person))
    assert any("taken down by the station" in words for words in told(scene.handler_account))
    assert fresh(Company, scene.company.id).state is CompanyState.SUSPENDED


def test_a_stopped_company_offers_nothing_until_its_licence_was_seen_again(scene):
    post = write(scene)
    suspend(scene, scene.company)
    for refused in (lambda: submit(scene, post), lambda: write(scene)):
        with pytest.raises(DomainError):
            refused()
        db.session.rollback()
    with pytest.raises(DomainError, match="let it back first"):
        verify(scene, scene.company)
    db.session.rollback()
    company = fresh(Company, scene.company.id)
    operations.restore_company(db.session(), company, version=company.version, **act(scene.station))
    db.session.commit()
    assert company.state is CompanyState.UNVERIFIED
    with pytest.raises(DomainError, match="not verified"):
        submit(scene, fresh(JobPost, post.id))
    db.session.rollback()
    verify(scene, company)
    assert submit(scene, fresh(JobPost, post.id)).state is PostState.SUBMITTED
    with pytest.raises(InputError):
        suspend(scene, company, reason=" ")


def test_a_code_that_was_seen_on_the_licence_stays_and_a_name_is_changed_in_the_register(scene):
    company = scene.company
    named = {"public_name": "鱼凫家政", "credit_code": code()}
    operations.change_company(
        db.session(),
        company,
        version=company.version,
        facts=CompanyFacts("新街 1 号", "家政"),
        **named,
        **act(scene.station),
    )
    db.session.commit()
    assert db.session.get(Party, company.party_id).public_name == "鱼凫家政"
    with pytest.raises(InputError) as wrong:
        operations.change_company(
            db.session(),
            company,
            version=company.version,
            facts=FACTS,
            public_name="鱼凫家政",
            credit_code=code("91510115MA6CXYTR1"),
            **act(scene.station),
        )
    assert wrong.value.field == "credit_code"
    db.session.rollback()
    with pytest.raises(DomainError, match="just changed"):
        operations.change_company(
            db.session(), company, version=1, facts=FACTS, **named, **act(scene.station)
        )


def test_only_an_account_of_a_company_in_this_community_acts_for_one(scene):
    other = create_account("company", scene.town.dedicated.path, username="second")
    resident = create_account("resident", scene.town.micros[0].path, username="resident-1")

    def let(name, **changed):
        seen = {"letter_seen_on": clock.today(), **changed}
        done = operations.authorise_handler(
            db.session(), scene.company, username=name, **seen, **act(scene.station)
        )
        db.session.commit()
        return done

    handler = let("SECOND")
    assert handler.account_id == other.id
    assert told(other) == ["You may write posts for %(company)s now."]
    for name, changed in (
        ("second", {}),
        (resident.username, {}),
        ("nobody", {}),
        ("second", {"letter_seen_on": clock.today() + timedelta(days=1)}),
    ):
        with pytest.raises(InputError):
            let(name, **changed)
        db.session.rollback()
    handler = fresh(Handler, handler.id)
    operations.end_handler(db.session(), scene.company, handler, **act(scene.station))
    db.session.commit()
    assert handler.ends_on == clock.today()
    assert let("second").id == handler.id
    assert db.session.scalar(select(func.count(Handler.id))) == 2


def test_of_a_stop_and_a_publication_at_once_nothing_is_seen_of_a_stopped_company(scene, app):
    """On PostgreSQL each would see the world without the other: they take turns at the company."""
    for _round in range(4):
        company = verified(scene.town.dedicated, f"公司{_round}", f"91510115MA6CXY{_round:03d}")
        posts = []
        for _number in range(4):
            post = create_post(company, state=PostState.SUBMITTED, made_by=scene.handler_account.id)
            post.reviewed_by = scene.staff[1].id  # one of two has agreed
            posts.append(post.id)
        db.session.commit()
        company_id = company.id
        viewer = viewer_of(scene.staff[0], ("station", scene.town.community.path))

        def stop(company_id=company_id, viewer=viewer):
            company = db.session.get(Company, company_id)
            operations.suspend_company(
                db.session(), company, version=company.version, reason="核查", **act(viewer)
            )

        def show(post_id, viewer=viewer):
            post = db.session.get(JobPost, post_id)
            operations.publish_post(db.session(), post, version=post.version, **act(viewer))

        rivals(app, [stop, *(partial(show, one) for one in posts)])
        assert fresh(Company, company_id).state is CompanyState.SUSPENDED
        states = {fresh(JobPost, one).state for one in posts}
        assert PostState.PUBLISHED not in states
        db.session.rollback()
