"""Points of the demo town: rules a meeting adopted, and claims of the last weeks in every state."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import itemgetter
from random import Random
from typing import TYPE_CHECKING

from sqlalchemy import select

from intranet.access import Grant, Viewer
from intranet.clock import BEIJING
from intranet.errors import DomainError
from intranet.people.models import Account, RoleGrant
from intranet.points import operations
from intranet.points.models import Claim, ClaimSource, ClaimState, Occasion
from intranet.points.operations import Content, Vote
from intranet.register.models import Party
from intranet.register.operations import team_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from intranet.workbench.demo.build import Built

WEEKS = 7
# What households and shops do: rule, units at most, words.
OF_HOMES = (
    ("CY02", 1, "清洁日扫院坝、清楼道"),
    ("CY01", 1, "参加院落议事会, 议停车位划线"),
    ("GX01", 4, "周末义务清理楼道杂物"),
    ("GX02", 1, "看望三楼独居的张婆婆, 一切都好"),
    ("CY03", 1, "参加消防演练"),
    ("JD01", 1, "发现楼道飞线充电, 已告诉网格员"),
    ("GX04", 1, "劝和楼上楼下漏水的事"),
)
OF_SHOPS = (
    ("CY04", 1, "门前卫生、秩序、绿化"),
    ("GX05", 6, "给公益仓送米面油"),
    ("GX03", 1, "店里给街口摄像头供电供网"),
    ("CY02", 1, "赶场后一起打扫场口"),
)
# What the 1+1+N teams of the micro-grids do.
OF_TEAMS = (
    ("CY05", "队伍碰头: 理一遍独居老人名单, 分了本月巡查的楼栋"),
    ("GX07", "六个人一起清理楼道堆物, 劝走了三辆推进楼的电瓶车"),
    ("GX07", "暴雨夜轮流值守, 转移了低洼院坝的两户"),
    ("GX07", "分三组入户走访, 核对租住人员"),
)
# What the house itself has seen, and offers.
SEEN = {"JD01": Occasion.INCIDENT, "GX03": Occasion.CAMERA}
TOGETHER = frozenset({"CY01", "CY02", "CY03", "CY04", "GX05", "GX07"})


@dataclass(frozen=True, slots=True)
class Story:
    """One claim to be: of whom, when, by which rule, and how far it goes."""

    party_id: int
    at: datetime
    code: str
    units: int
    words: str
    end: str  # "" on its way, "refused", "disputed"
    by: str = "micro"
    is_own: bool = False  # whoever files it is in the team


def make_points(session: Session, built: Built, at: datetime) -> int:
    """Write the rules and the claims, all in the order of time; return how many claims."""
    adopted = at - timedelta(weeks=WEEKS + 1)
    meeting = operations.record_meeting(
        session,
        actor=None,
        at=adopted,
        grid=built.community,
        held_on=adopted.astimezone(BEIJING).date(),
        body="梧桐社区居民代表会议",
        vote=Vote(present=57, in_favour=54, against=1, abstained=2),
        minutes="会议记录存社区档案柜, 2 号盒",
    )
    operations.adopt_standard(
        session, actor=None, at=adopted, meeting=meeting, valid_from=meeting.held_on
    )
    stories = [*_stories(built, at), *_stories_of_teams(session, built, at)]
    tellers = [Teller(session, people_of(session), story) for story in stories]
    steps = [step for teller in tellers for step in teller.steps() if step[0] <= at]
    for when, act in sorted(steps, key=itemgetter(0)):
        act(when)
    return len(tellers)


class Teller:
    """Tells one story, a step at a time."""

    def __init__(self, session: Session, people: dict[str, Viewer], story: Story) -> None:
        self._session, self._people, self._story = session, people, story
        self._claim: Claim | None = None

    def steps(self) -> list[tuple[datetime, Callable[[datetime], None]]]:
        """Return what happens when; what is to come later than today is left out by the caller."""
        at, end = self._story.at, self._story.end
        decided = at + timedelta(hours=20)
        if end == "refused":
            return [(at, self._file), (decided, self._refuse)]
        if end == "disputed":
            return [
                *((at, self._file), (decided, self._approve)),
                (decided + timedelta(hours=9), self._object),
            ]
        return [
            *((at, self._file), (decided, self._approve)),
            (decided + timedelta(days=6), self._post),
        ]

    def _file(self, at: datetime) -> None:
        story, day = self._story, at.astimezone(BEIJING).date()
        party = self._session.get_one(Party, story.party_id)
        if story.code in SEEN:
            (self._claim,) = operations.offer(
                self._session,
                occasion=SEEN[story.code],
                party=party,
                event=f"demo:{story.code}:{party.id}:{at:%Y%m%d%H}",
                happened_on=day,
                at=at,
                words=story.words,
            )
            return
        self._claim = operations.file(
            self._session,
            actor=self._people["micro"],
            at=at,
            party=party,
            content=Content(story.code, story.units, day, story.words, photos=()),
            source=self._source,
        )

    @property
    def _source(self) -> ClaimSource:
        if self._story.code in TOGETHER:
            return ClaimSource.GATHERING
        return ClaimSource.OWN if self._story.is_own else ClaimSource.MEMBER

    def _approve(self, at: datetime) -> None:
        claim, by = self._known(), self._people["office"]
        try:
            with self._session.begin_nested():
                operations.approve(
                    self._session, actor=by, at=at, claim=claim, version=claim.version
                )
        except DomainError:  # a cap: in a real community the office says so
            self._session.refresh(claim)
            self._refuse(at)

    def _refuse(self, at: datetime) -> None:
        claim, by = self._known(), self._people["office"]
        operations.refuse(
            self._session,
            actor=by,
            at=at,
            claim=claim,
            version=claim.version,
            words="本月这一项已到上限, 或与已有记录重复。",
        )

    def _object(self, at: datetime) -> None:
        operations.object_to(
            self._session,
            actor=self._people["resident"],
            at=at,
            claim=self._known(),
            words="那天下雨, 清洁日改期了。",
        )

    def _post(self, at: datetime) -> None:
        if self._known().state is ClaimState.PUBLICITY:
            operations.post_claim(self._session, claim=self._known(), at=at)

    def _known(self) -> Claim:
        assert self._claim is not None
        return self._claim


def people_of(session: Session) -> dict[str, Viewer]:
    """Return the demo accounts as they act."""
    rows = session.execute(
        select(Account, RoleGrant).join(RoleGrant, RoleGrant.account_id == Account.id)
    )
    return {
        account.username: Viewer(
            account.id,
            account.username,
            account.display_name,
            account.party_id,
            (Grant(grant.role, grant.grid_path),),
        )
        for account, grant in rows
    }


def _stories(built: Built, at: datetime) -> list[Story]:
    """Return what some forty households and twenty shops did, the same each time."""
    dice = Random(20261130)  # noqa: S311 — the same demo each time
    homes, shops = list(built.households.values()), list(built.shops.values())
    told: list[Story] = []
    for who, does in ((homes[:1] * 6 + homes[1:420:18], OF_HOMES), (shops[:120:10], OF_SHOPS)):
        for party_id in who:
            for code, most, words in dice.sample(does, k=2):
                hours = dice.randint(3, WEEKS * 7 * 24)
                told.append(
                    Story(
                        party_id,
                        at - timedelta(hours=hours),
                        code,
                        dice.randint(1, most),
                        words,
                        "",
                    )
                )
    ends = {5: "refused", 17: "disputed"}
    return [
        replace(one, end=ends.get(number, ""), at=_lately(one, ends.get(number, ""), at))
        for number, one in enumerate(told)
    ]


def _stories_of_teams(session: Session, built: Built, at: datetime) -> list[Story]:
    """Return what the town's teams did, some more than others; the first one's tell it themselves.

    The newest still waits or is in publicity.
    """
    dice = Random(119)  # noqa: S311 — the same demo each time
    told: list[Story] = []
    micros = [one for one in built.micros if one.path.startswith(built.community.path)]
    for number, micro in enumerate(micros):
        team = team_at(session, micro.path)
        assert team is not None
        for code, words in OF_TEAMS[: 2 + number % 3]:
            days, hour = dice.randint(9, WEEKS * 7 - 1), dice.randint(0, 5)
            when, own = at - timedelta(days=days, hours=hour), number == 0
            told.append(Story(team.id, when, code, 1, words, "", "micro" if own else "grid", own))
    # A meeting was a month ago at least; this one is of today, and nobody has looked at it yet.
    first = team_at(session, micros[0].path)
    assert first is not None
    lately = at - timedelta(hours=3)
    return [*told, Story(first.id, lately, *("CY05", 1, OF_TEAMS[0][1], "", "micro"), is_own=True)]


def _lately(story: Story, end: str, at: datetime) -> datetime:
    """Have what is disputed happen these days: it waits on somebody's desk."""
    return at - timedelta(days=2) if end == "disputed" else story.at
