"""Forks writers of the ledger and kills each with SIGKILL at a moment of its own.

Each writer first looks at the ledger as the killed one before it left it: what does not hold, or
is half made, ends the run. Then it posts, redeems, settles and closes until it is killed.
"""

from __future__ import annotations

import os
import random
import secrets
import select
import signal
import sys
import time
import traceback
from collections import Counter
from datetime import UTC, datetime, timedelta

from sqlalchemy import func
from sqlalchemy import select as sql

from intranet import create_app
from intranet.access import Grant, Role, Viewer
from intranet.config import Settings
from intranet.db import db
from intranet.errors import DomainError
from intranet.grids.models import Grid, GridKind
from intranet.people.models import Account
from intranet.points import operations, queries
from intranet.points.models import (
    Award,
    Dimension,
    Entry,
    EntryKind,
    Goods,
    Measure,
    Period,
    PeriodState,
    Phase,
    Redemption,
    RedemptionState,
    Settlement,
    SettlementState,
    Transfer,
    TwoPersonAct,
)
from intranet.points.operations import Draft, HonourLine, Leg, Plan
from intranet.points.operations.outlook import miscounted
from intranet.register.models import Party, PartyKind

READY_SECONDS = 60
LIFE_SECONDS = 0.3
WARM = 60
ENDS = {
    RedemptionState.COLLECTED: EntryKind.COLLECT,
    RedemptionState.RELEASED: EntryKind.RELEASE,
    RedemptionState.EXPIRED: EntryKind.RELEASE,
}


def broken():
    """Return what does not hold, or is half made."""
    session = db.session()
    found = [f"{one.entry_id}: {one.what}" for one in queries.verify(session)]
    entries = dict(session.execute(sql(Entry.id, Entry.kind)).all())
    rows = session.scalars(sql(Redemption)).all()
    of_kind = lambda *kinds: {number for number, kind in entries.items() if kind in kinds}  # noqa: E731
    if {one.hold_id for one in rows} != of_kind(EntryKind.HOLD):
        found.append("a redemption without its entry, or an entry without its redemption")
    done = {one.done_id: ENDS[one.state] for one in rows if one.done_id is not None}
    if done != {n: entries[n] for n in of_kind(EntryKind.COLLECT, EntryKind.RELEASE)}:
        found.append("what was decided of a redemption stands on one side only")
    if any((one.state is RedemptionState.HELD) != (one.done_id is None) for one in rows):
        found.append("a redemption is decided without an entry")
    awarded = {one for one in session.scalars(sql(Award.entry_id)) if one is not None}
    if awarded != of_kind(EntryKind.AWARD):
        found.append("an award without its entry, or an entry without its award")
    closed = set(session.scalars(sql(Period.year).where(Period.state == PeriodState.CLOSED)))
    settled = sql(Settlement.year).where(Settlement.state == SettlementState.CLOSED)
    if set(session.scalars(settled)) != closed:
        found.append("a year is closed on one side only")
    found += [f"pieces of {sku} are counted differently" for sku in miscounted(session)]
    session.rollback()
    return found


class Writer:
    """Somebody who does whatever comes, each act in a transaction of its own."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        session = db.session()
        self.parties = session.scalars(
            sql(Party).where(Party.kind.in_([PartyKind.HOUSEHOLD, PartyKind.SHOP]))
        ).all()
        self.goods = session.scalars(sql(Goods)).all()
        self.place = session.scalars(sql(Grid).where(Grid.kind == GridKind.COMMUNITY)).first()
        accounts = session.scalars(sql(Account).order_by(Account.id).limit(4)).all()
        self.people = [
            Viewer(one.id, one.username, "", None, (Grant(Role.SECRETARY, self.place.path),))
            for one in accounts
        ]
        session.rollback()

    def run(self, most=10**9):
        acts = [self.grant, self.pend, self.supply, self.hold, self.decide, self.settle, self.undo]
        for _number in range(most):
            act = self.chance.choices(acts, [6, 2, 1, 6, 6, 3, 1])[0]
            try:
                act()
                db.session.commit()
            except DomainError:
                db.session.rollback()

    @property
    def year(self):
        """The oldest open year, in which all is dated."""
        of = sql(Period.year).where(Period.state == PeriodState.OPEN).order_by(Period.year)
        return db.session.scalar(of.limit(1))

    def now(self):
        return datetime(self.year, 6, self.chance.randint(1, 28), 3, 0, tzinfo=UTC)

    def entry(self, kind, legs, at):
        one, two = self.people[:2]
        draft = Draft(
            key=secrets.token_hex(8),
            kind=kind,
            legs=legs,
            effective_on=at.date(),
            actor_id=one.account_id,
            approver_id=two.account_id,
            rule=("cleanup", 1),
        )
        return operations.post(db.session(), draft, at=at)

    def granting(self, phase):
        session, at = db.session(), self.now()
        dimension = self.chance.choice(list(Dimension))
        issued = operations.issued_account(session, year=at.year, dimension=dimension)
        party = self.chance.choice(self.parties)
        account = operations.party_account(session, party_id=party.id, year=at.year)
        amount = self.chance.randint(5, 30)
        return self.entry(EntryKind.GRANT, [Leg(issued, account, amount, phase)], at), at

    def grant(self):
        self.granting(Phase.POSTED)

    def pend(self):
        made, at = self.granting(Phase.PENDING)
        if self.chance.random() < 0.5:
            db.session.commit()
        phase = self.chance.choice([Phase.POST, Phase.VOID])
        facts = {"key": f"r:{made.id}", "effective_on": at.date(), "at": at}
        operations.resolve(db.session(), made, phase=phase, **facts)

    def undo(self):
        at = self.now()
        of = sql(Entry).where(Entry.kind == EntryKind.GRANT).order_by(Entry.id.desc()).limit(5)
        wrong = self.chance.choice(db.session.scalars(of).all() or [None])
        if wrong is None:
            return
        one, two = self.people[:2]
        people = {"actor_id": one.account_id, "approver_id": two.account_id}
        facts = {"key": f"u:{wrong.id}", "effective_on": at.date(), "at": at, "note": "slip"}
        operations.reverse(db.session(), wrong, **facts, **people)

    def supply(self):
        facts = {"pieces": 3, "note": "采购", "key": secrets.token_hex(8), "at": self.now()}
        goods = self.chance.choice(self.goods)
        operations.supply(db.session(), goods, actor=self.people[0], **facts)

    def hold(self):
        operations.hold(
            db.session(),
            actor=self.people[0],
            party=self.chance.choice(self.parties),
            goods=self.chance.choice(self.goods),
            quantity=self.chance.randint(1, 2),
            key=secrets.token_hex(8),
            at=self.now(),
        )

    def decide(self):
        held = sql(Redemption).where(Redemption.state == RedemptionState.HELD).limit(8)
        found = db.session.scalars(held).all()
        if found:
            one = self.chance.choice(found)
            act = self.chance.choice([operations.collect, operations.collect, operations.release])
            act(db.session(), one, actor=self.people[0], at=one.made_at)

    def settle(self):
        """Take the year's end one step on; all of it in one go would rarely be reached."""
        session, year = db.session(), self.year
        one, two = self.people[:2]
        at, over = self.now(), datetime(year + 1, 2, 1, 3, 0, tzinfo=UTC)
        operations.open_period(session, year=year + 1)
        act = {"actor": one, "at": at}
        end = operations.begin_settlement(session, grid=self.place, year=year, **act)
        if end.state is SettlementState.DRAFT:
            if not operations.honours_of(session, end):
                plan = Plan(1, 10**8, None)
                operations.change_plan(session, end, plan=plan, version=end.version, **act)
                line = HonourLine(
                    PartyKind.HOUSEHOLD, Measure.OVERALL, 1, 2, "星", self.goods[0], 1
                )
                operations.add_honour(session, end, line=line, **act)
                session.commit()
            self.finish_pending(at)
            self.verify(over)
            operations.publish(session, end, version=end.version, actor=one, at=over)
            session.commit()
        deed = TwoPersonAct.CLOSE if end.state is SettlementState.FINAL else TwoPersonAct.SIGN
        if deed is TwoPersonAct.CLOSE:
            self.finish_pending(at)
            for held in operations.overdue(session, at=over):
                operations.expire_hold(session, held, at=over)
            session.commit()
        over += timedelta(days=30)  # the days of publicity are over, too
        self.verify(over)
        facts = {"deed": deed, "at": over}
        if end.asked_act is None:
            version = end.version
            operations.ask_for(session, end, reason="", version=version, actor=one, **facts)
            session.commit()
        try:
            operations.confirm(session, end, place="公示栏", actor=two, **facts)
        except DomainError:
            session.rollback()  # the standings have changed since: they are published anew
            operations.take_back(session, end, version=end.version, **act)

    def verify(self, at):
        """Go through the ledger as the worker does."""
        session = db.session()
        operations.ask_verification(session, actor=None, at=at)
        # Or what somebody had begun who was killed.
        taken = operations.take_verification(session, at=at) or queries.latest(session)[0]
        session.commit()
        found = queries.look(session)
        session.rollback()
        operations.note_verification(session, taken, found, at=at)
        session.commit()

    def finish_pending(self, at):
        """Decide what a killed writer left pending."""
        session = db.session()
        decided = sql(Transfer.of_id).where(Transfer.of_id.is_not(None))
        waits = (
            sql(Entry)
            .join(Transfer, Transfer.entry_id == Entry.id)
            .where(
                Entry.kind == EntryKind.GRANT,
                Transfer.phase == Phase.PENDING,
                Transfer.id.not_in(decided),
            )
        )
        for entry in session.scalars(waits).all():
            facts = {"key": f"r:{entry.id}", "effective_on": at.date(), "at": at}
            operations.resolve(session, entry, phase=Phase.VOID, **facts)
            session.commit()


def child(ready, seed):
    wrong = broken()
    os.write(ready, b"!" if wrong else b".")
    if wrong:
        print(f"before writer {seed}: {wrong}", flush=True)
        os._exit(1)
    Writer(seed).run()


def main():
    kills, seed = int(sys.argv[1]), int(sys.argv[2])
    with create_app(Settings.from_env()).app_context():
        Writer(seed).run(WARM)  # what SQLAlchemy makes once, each writer would make anew
        let_go()
        chance = random.Random(seed)
        for number in range(kills + 1):  # one more, which only looks
            one_writer(number, seed * 1000 + number, chance.uniform(0.0, LIFE_SECONDS), kills)
        report(kills)


def let_go():
    """Close every connection: none may be shared with a writer."""
    db.session.remove()
    db.engine.dispose()


def one_writer(number, seed, life_seconds, kills):
    reads, writes = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            child(writes, seed)
        except BaseException:
            traceback.print_exc()
            os._exit(2)
    os.close(writes)
    heard, _, _ = select.select([reads], [], [], READY_SECONDS)
    said = os.read(reads, 1) if heard else b""
    os.close(reads)
    if said == b"." and number < kills:
        time.sleep(life_seconds)
    os.kill(pid, signal.SIGKILL)
    status = os.waitpid(pid, 0)[1]
    if said != b"." or status != signal.SIGKILL:
        raise SystemExit(f"writer {number} ended by itself: {status}")


def report(kills):
    entries = Counter(kind.value for kind in db.session.scalars(sql(Entry.kind)))
    closed = sql(func.count(Period.id)).where(Period.state == PeriodState.CLOSED)
    years = db.session.scalar(closed)
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(entries.items()))
    print(f"{kills} kills, {sum(entries.values())} entries ({told})")
    print(f"{years} years closed; nothing half made")


if __name__ == "__main__":
    main()
