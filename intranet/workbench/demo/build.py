"""The demo town written into the database: grids, people, teams with a history, cameras.

People are written in bulk, table by table, with the register's own words and masks: two thousand
of them one operation at a time would keep a newcomer waiting half a minute.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from intranet import audit, sealing, search
from intranet.grids import operations as grids
from intranet.grids.models import Grid, GridKind, Post, PostKind
from intranet.grids.operations import GridPlan
from intranet.register.models import (
    Party,
    PartyKind,
    PartyMove,
    PartyWord,
    PersonalDatum,
    PersonalField,
)
from intranet.register.operations import numbers
from intranet.register.operations.personal import SEALED
from intranet.workbench.demo.plan import (
    COMMUNITY_OPENED,
    COUNTY,
    TOWN,
    CommunityPlan,
    MicroPlan,
    plan,
)

Say = Callable[[str], None]
BATCH = 2000
FULL_TIME_SINCE = date(2023, 3, 1)
CREDIT_AREA = COUNTY[0]


@dataclass(slots=True)
class Built:
    """What was made, for those who build further: accounts and cameras."""

    town: Grid
    community: Grid
    neighbour: Grid
    micros: list[Grid]
    generals: list[Grid]
    dedicated: list[Grid]
    # (micro-grid number, household or shop number) → party id
    heads: dict[tuple[int, int], int] = field(default_factory=dict)
    households: dict[tuple[int, int], int] = field(default_factory=dict)
    shops: dict[tuple[int, int], int] = field(default_factory=dict)
    companies: list[int] = field(default_factory=list)


class People:
    """Gathers rows of the register and writes them in a few large statements."""

    def __init__(self, session: Session, at: datetime) -> None:
        self._session = session
        self._at = at
        first = session.scalar(select(func.coalesce(func.max(Party.id), 0))) or 0
        self._ids = count(first + 1)
        self._rows: dict[Any, list[dict[str, Any]]] = {
            table: [] for table in (Party, PartyMove, PersonalDatum, PartyWord)
        }

    def add(
        self,
        kind: PartyKind,
        grid: Grid,
        *,
        public_name: str = "",
        credit_code: str | None = None,
        household_id: int | None = None,
        is_party_member: bool = False,
        values: dict[PersonalField, str] | None = None,
    ) -> int:
        """Note one party; return the id it will have."""
        party_id = next(self._ids)
        self._rows[Party].append(
            {
                "id": party_id,
                "kind": kind,
                "grid_path": grid.path,
                "public_name": public_name,
                "credit_code": credit_code,
                "household_id": household_id,
                "is_party_member": is_party_member,
                "created_at": self._at,
                "version": 1,
            }
        )
        self._rows[PartyMove].append(
            {"party_id": party_id, "grid_path": grid.path, "at": self._at, "by": None}
        )
        words = set(search.tokens(public_name))
        for name, value in (values or {}).items():
            self._rows[PersonalDatum].append(
                {
                    "party_id": party_id,
                    "field": name,
                    "value": sealing.seal(value) if name in SEALED else value,
                    "masked": numbers.masked(name, value),
                    "entered_at": self._at,
                }
            )
            if name is PersonalField.NAME:
                words |= search.tokens(value)
            if name is PersonalField.PHONE:
                words.add(f"#{value[-4:]}")
        if credit_code:
            words.add(credit_code.lower())
        self._rows[PartyWord] += [{"word": word, "party_id": party_id} for word in sorted(words)]
        return party_id

    def write(self) -> int:
        """Insert everything; return how many parties."""
        for table, rows in self._rows.items():
            for start in range(0, len(rows), BATCH):
                self._session.execute(insert(table), rows[start : start + BATCH])
        self._move_sequence_on()
        return len(self._rows[Party])

    def _move_sequence_on(self) -> None:
        """PostgreSQL's counter does not see ids that were given; SQLite's looks at the table."""
        if self._session.get_bind().dialect.name == "postgresql":
            newest = select(func.max(Party.id)).scalar_subquery()
            self._session.execute(
                select(func.setval(func.pg_get_serial_sequence("party", "id"), newest))
            )


def build(session: Session, *, at: datetime, say: Say) -> Built:
    """Write the two communities; the caller commits."""
    town_plan, neighbour_plan = plan()
    say("grids")
    built = _grids(session, _morning(COMMUNITY_OPENED, at), town_plan, neighbour_plan)
    people = People(session, at - timedelta(days=30))
    say("households, shops and companies")
    for number, micro in enumerate([*town_plan.micros, *neighbour_plan.micros]):
        _settle(people, built, number, micro)
    _companies(people, built, town_plan)
    parties = people.write()
    say("teams and their history")
    _serve(session, at, _services(built, [*town_plan.micros, *neighbour_plan.micros]))
    audit.record(
        session,
        actor=None,
        action="workbench:demo:build",
        at=at,
        object_kind="grid",
        object_id=built.town.id,
        grid_path=built.town.path,
        parties=parties,
    )
    return built


def _grids(
    session: Session, at: datetime, town_plan: CommunityPlan, neighbour_plan: CommunityPlan
) -> Built:
    def create(parent: Grid | None, kind: GridKind, code: str, name: str, **more: Any) -> Grid:
        return grids.create_grid(
            session,
            actor=None,
            at=at,
            parent=parent,
            kind=kind,
            plan=GridPlan(code, name, **more),
            opened_on=COMMUNITY_OPENED,
        )

    county = create(None, GridKind.COUNTY, *COUNTY)
    town = create(county, GridKind.TOWN, *TOWN)
    made: list[Grid] = []
    generals: list[Grid] = []
    micros: list[Grid] = []
    dedicated: list[Grid] = []
    for one in (town_plan, neighbour_plan):
        homes = sum(len(micro.households) for micro in one.micros)
        community = create(
            town,
            GridKind.COMMUNITY,
            one.code,
            one.name,
            households=homes,
            boundary=one.boundary,
        )
        made.append(community)
        for number, (name, boundary, below) in enumerate(one.generals, 1):
            homes = sum(len(micro.households) for micro in below)
            code = f"{one.code}{number:02d}"
            general = create(
                community, GridKind.GENERAL, code, name, households=homes, boundary=boundary
            )
            generals.append(general)
            micros += [
                create(
                    general,
                    GridKind.MICRO,
                    f"{code}{n:03d}",
                    micro.name,
                    households=len(micro.households),
                    boundary=micro.boundary,
                )
                for n, micro in enumerate(below, 1)
            ]
        dedicated += [
            create(community, GridKind.DEDICATED, f"{one.code}Z{n:03d}", name)
            for n, name in enumerate(one.dedicated, 1)
        ]
    return Built(town, made[0], made[1], micros, generals, dedicated)


def _settle(people: People, built: Built, number: int, micro: MicroPlan) -> None:
    """Put a micro-grid's households and shops into the register."""
    grid = built.micros[number]
    for n, household in enumerate(micro.households):
        head = household.people[0]
        home = people.add(
            PartyKind.HOUSEHOLD,
            grid,
            values={
                PersonalField.NAME: f"{head.name}户",
                PersonalField.ADDRESS: household.address,
                PersonalField.PHONE: head.phone,
            },
        )
        built.households[number, n] = home
        for person in household.people:
            party_id = people.add(
                PartyKind.PERSON,
                grid,
                household_id=home,
                is_party_member=person.is_party_member,
                values={
                    PersonalField.NAME: person.name,
                    PersonalField.PHONE: person.phone,
                    PersonalField.ADDRESS: household.address,
                },
            )
            if person is head:
                built.heads[number, n] = party_id
    for n, (name, address) in enumerate(micro.shops):
        serial = number * 100 + n
        built.shops[number, n] = people.add(
            PartyKind.SHOP,
            grid,
            public_name=name,
            credit_code=_credit_code("92", serial),
            values={PersonalField.ADDRESS: address},
        )


def _companies(people: People, built: Built, town_plan: CommunityPlan) -> None:
    """Put companies into the dedicated grid of their name, or else into a micro-grid."""
    own = {grid.name: grid for grid in built.dedicated}
    for n, name in enumerate(town_plan.companies):
        home = next((grid for part, grid in own.items() if part in name), built.micros[n % 9])
        built.companies.append(
            people.add(PartyKind.COMPANY, home, public_name=name, credit_code=_credit_code("91", n))
        )


@dataclass(frozen=True, slots=True)
class Service:
    """A post to be held in a grid by a person, from a day and perhaps to a day."""

    grid: Grid
    kind: PostKind
    party_id: int
    starts_on: date
    ends_on: date | None = None


def _services(built: Built, micros: Sequence[MicroPlan]) -> list[Service]:
    """Return all posts: the teams', the full-time members', and one person's two more teams."""
    services = [
        Service(
            built.micros[number],
            post.kind,
            built.heads[number, post.household],
            post.starts_on,
            post.ends_on,
        )
        for number, micro in enumerate(micros)
        for post in micro.posts
    ]
    for number, general in enumerate(built.generals):
        first = _first_micro(built, general)
        last = len([key for key in built.heads if key[0] == first]) - 1 - number
        holder = built.heads[first, last]
        services.append(Service(general, PostKind.GRID_MEMBER, holder, FULL_TIME_SINCE))
    helper = built.heads[1, 7]
    return services + [
        Service(built.micros[place], PostKind.RESIDENT, helper, FULL_TIME_SINCE) for place in (2, 4)
    ]


def _serve(session: Session, at: datetime, services: Sequence[Service]) -> None:
    """Begin and end the posts day by day, as the years would have; ends come first in a day."""
    steps = [(one.starts_on, 1, n) for n, one in enumerate(services)]
    steps += [(one.ends_on, 0, n) for n, one in enumerate(services) if one.ends_on is not None]
    posts: dict[int, Post] = {}
    for day, begins, number in sorted(steps):
        one = services[number]
        moment = _morning(day, at)
        if begins:
            posts[number] = grids.begin_post(
                session,
                actor=None,
                at=moment,
                grid=one.grid,
                kind=one.kind,
                party=session.get_one(Party, one.party_id),
                starts_on=day,
            )
        else:
            grids.end_post(
                session,
                actor=None,
                at=moment,
                grid=one.grid,
                post=posts[number],
                ends_on=day,
                reason="换届调整",
            )


def _first_micro(built: Built, general: Grid) -> int:
    return next(n for n, micro in enumerate(built.micros) if micro.path.startswith(general.path))


def _morning(day: date, latest: datetime) -> datetime:
    """Return nine o'clock in Beijing on a day, but never after the demo is made."""
    return min(datetime.combine(day, time(1, 0), UTC), latest)


def _credit_code(kind: str, serial: int) -> str:
    """Return a credit code whose check character is right and whose body is plainly made up."""
    first = f"{kind}{CREDIT_AREA}DEM{serial:06d}"
    return first + numbers.credit_check_sign(first)
