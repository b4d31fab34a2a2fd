"""Who lives, trades and serves in the demo town: plain data, the same at every run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from intranet.grids.models import PostKind
from intranet.grids.models.boundaries import Boundary, Point
from intranet.workbench.demo.names import COMPANIES, DEDICATED, SPOTS, Names
from intranet.workbench.demo.town_map import lay_out, scatter

SEED = 549_86_9
COUNTY = ("510190", "锦川区")
TOWN = ("510190101", "梧桐镇")
CORNER: Point = (103.6243, 30.4187)  # fields, in truth
COMMUNITY_OPENED = date(2022, 9, 1)

# (street, number of households); they add up to the 549 of the source page.
MICRO_GRIDS = (
    ("上场口", 58),
    ("老街", 74),
    ("米市巷", 63),
    ("河坝街", 55),
    ("新市街", 71),
    ("农贸市场", 49),
    ("学府路", 66),
    ("桥头", 52),
    ("梧桐苑", 61),
)
FIRST_GENERAL = 5  # micro-grids of the first general grid; the rest belong to the second
SHOPS = (34, 52, 38, 22, 47, 61, 24, 25, 15)  # 318
CAMERAS = (9, 12, 10, 9, 11, 13, 8, 8, 6)  # 86
NEIGHBOUR_GRIDS = (("柳林院子", 31), ("溪边院子", 27))
# (micro-grid, post): who is missing, so that vacancies show.
VACANT = {(3, PostKind.MICRO_MEMBER), (5, PostKind.PARTY_MEMBER), (8, PostKind.RESIDENT)}


@dataclass(frozen=True, slots=True)
class PersonPlan:
    """A person to register."""

    name: str
    phone: str
    is_party_member: bool


@dataclass(frozen=True, slots=True)
class HouseholdPlan:
    """A household, its head first."""

    address: str
    people: tuple[PersonPlan, ...]


@dataclass(frozen=True, slots=True)
class PostPlan:
    """A post, by the household whose head holds it; ``left`` after ``days`` when given."""

    kind: PostKind
    household: int
    starts_on: date
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class CameraPlan:
    """A camera, hosted by a shop or household of the same micro-grid."""

    code: str
    name: str
    place: Point
    host_is_shop: bool
    host: int  # its number within the micro-grid's shops or households
    needs_password: bool


@dataclass(slots=True)
class MicroPlan:
    """One micro-grid and all that is in it."""

    name: str
    boundary: Boundary | None
    households: list[HouseholdPlan] = field(default_factory=list)
    shops: list[tuple[str, str]] = field(default_factory=list)  # name, address
    posts: list[PostPlan] = field(default_factory=list)
    cameras: list[CameraPlan] = field(default_factory=list)


@dataclass(slots=True)
class CommunityPlan:
    """A community: its general grids, each with micro-grids."""

    code: str
    name: str
    boundary: Boundary | None
    generals: list[tuple[str, Boundary | None, list[MicroPlan]]]
    dedicated: Sequence[str] = ()
    companies: Sequence[str] = ()

    @property
    def micros(self) -> list[MicroPlan]:
        """All micro-grids in order."""
        return [micro for _, _, micros in self.generals for micro in micros]


def plan() -> tuple[CommunityPlan, CommunityPlan]:
    """Return the market town and its small neighbour."""
    dice = Random(SEED)  # noqa: S311 — a demo, not a secret
    names = Names(dice)
    ground = lay_out(dice, CORNER, width_m=1300, height_m=1000, rows=3, columns=3)
    cells = [(row, column) for row in range(3) for column in range(3)]
    micros = [_micro(dice, names, number, ground.cell(*cell)) for number, cell in enumerate(cells)]
    town = CommunityPlan(
        code=f"{TOWN[0]}001",
        name="梧桐场镇社区",
        boundary=ground.union(cells),
        generals=[
            ("第一网格", ground.union(cells[:FIRST_GENERAL]), micros[:FIRST_GENERAL]),
            ("第二网格", ground.union(cells[FIRST_GENERAL:]), micros[FIRST_GENERAL:]),
        ],
        dedicated=DEDICATED,
        companies=COMPANIES,
    )
    east = (CORNER[0] + 0.0175, CORNER[1] + 0.001)
    fields = lay_out(dice, east, width_m=900, height_m=700, rows=1, columns=2)
    yards = []
    for number, (name, households) in enumerate(NEIGHBOUR_GRIDS):
        yard = MicroPlan(name, fields.cell(0, number))
        yard.households = [_household(dice, names, name, n) for n in range(households)]
        yard.shops = [(names.shop(n * 5 + number), f"{name}{n + 1}号") for n in range(4)]
        yard.posts = _posts(dice, yard.households, set())
        yards.append(yard)
    both = fields.union([(0, 0), (0, 1)])
    return town, CommunityPlan(
        f"{TOWN[0]}002", "柳溪村", both, [("柳溪网格", both, yards)], ("柳溪村小",)
    )


def _micro(dice: Random, names: Names, number: int, boundary: Boundary) -> MicroPlan:
    street, households = MICRO_GRIDS[number]
    micro = MicroPlan(f"{street}微网格", boundary)
    micro.households = [_household(dice, names, street, n) for n in range(households)]
    micro.shops = [
        (names.shop(n * 7 + number), f"{street}{2 * n + 1}号") for n in range(SHOPS[number])
    ]
    vacant = {post for place, post in VACANT if place == number}
    micro.posts = _posts(dice, micro.households, vacant)
    first = sum(CAMERAS[:number])
    places = scatter(dice, boundary, CAMERAS[number])
    for n, place in enumerate(places):
        host_is_shop = dice.random() < 0.7
        hosts = len(micro.shops) if host_is_shop else len(micro.households)
        host = (n * 3 + dice.randrange(3)) % hosts
        door = 2 * host + 1 if host_is_shop else host + 1
        micro.cameras.append(
            CameraPlan(
                code=f"WT{first + n + 1:03d}",
                name=f"{street}{door}号{SPOTS[(first + n) % len(SPOTS)]}",
                place=place,
                host_is_shop=host_is_shop,
                host=host,
                needs_password=(first + n) % 4 == 3,
            )
        )
    return micro


def _household(dice: Random, names: Names, street: str, number: int) -> HouseholdPlan:
    head = names.person()
    share = dice.random()
    others = 0 if share < 0.28 else 1 if share < 0.8 else 2
    # Children carry the head's surname, a spouse does not.
    members = [head, *(names.person() if n == 0 else names.person(head[0]) for n in range(others))]
    building = f"{street}{number + 1}号"
    if street == "梧桐苑":
        building = (
            f"梧桐苑{number // 12 + 1}栋{number % 12 // 4 + 1}单元{number % 4 + 1}0{number % 2 + 1}"
        )
    return HouseholdPlan(
        building,
        # Every street has some households of the Party, so that its team can be filled.
        tuple(
            PersonPlan(name, names.phone(), dice.random() < 0.09 or (number < 3 and name == head))
            for name in members
        ),
    )


def _posts(
    dice: Random, households: Sequence[HouseholdPlan], vacant: set[PostKind]
) -> list[PostPlan]:
    """Return a team as it is, and those who served before."""
    posts: list[PostPlan] = []
    heads = list(range(len(households)))
    dice.shuffle(heads)
    of_party = [n for n in heads if households[n].people[0].is_party_member]
    plain = [n for n in heads if not households[n].people[0].is_party_member]
    begun = COMMUNITY_OPENED + timedelta(days=dice.randrange(40))

    def serve(kind: PostKind, who: int, start: date, end: date | None = None) -> None:
        posts.append(PostPlan(kind, who, start, end))

    changed = begun + timedelta(days=dice.randrange(300, 900))
    serve(PostKind.MICRO_MEMBER, plain.pop(), begun, changed)
    if PostKind.MICRO_MEMBER not in vacant:
        serve(PostKind.MICRO_MEMBER, plain.pop(), changed)
    serve(PostKind.PARTY_MEMBER, of_party.pop(), begun, changed)
    if PostKind.PARTY_MEMBER not in vacant:
        serve(PostKind.PARTY_MEMBER, of_party.pop(), changed)
    for _ in range(0 if PostKind.RESIDENT in vacant else dice.randrange(2, 6)):
        serve(PostKind.RESIDENT, plain.pop(), begun + timedelta(days=dice.randrange(30, 1000)))
    serve(PostKind.RESIDENT, plain.pop(), begun, begun + timedelta(days=365))
    return posts
