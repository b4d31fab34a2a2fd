"""The life of an incident as data: states, the moves between them and who may make each.

The seven steps of CJJ/T 106-2010 (采集、建案、派遣、处理、反馈、核查结案、评价), with what the grid
adds: returned for more, declined, transferred, suspended, merged, reopened, void.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from intranet.access import Permission


class State(StrEnum):
    """Where an incident stands; ``docs/glossary.md`` gives the Chinese terms."""

    DRAFT = "draft"  # 草稿
    REPORTED = "reported"  # 待受理
    RETURNED = "returned"  # 退回补充
    ACCEPTED = "accepted"  # 待分派
    DISPATCHED = "dispatched"  # 待处置
    TRANSFERRED = "transferred"  # 已转派
    HANDLING = "handling"  # 处置中
    SUSPENDED = "suspended"  # 挂起
    HANDLED = "handled"  # 待核查
    VERIFIED = "verified"  # 待结案
    REOPENED = "reopened"  # 已重办
    CLOSED = "closed"  # 已结案
    EVALUATED = "evaluated"  # 已评价
    DECLINED = "declined"  # 不予受理
    MERGED = "merged"  # 已合并
    VOID = "void"  # 作废


class Stage(StrEnum):
    """A step with a time limit of its own; the limit on the whole has the same shape."""

    ACCEPT = "accept"
    DISPATCH = "dispatch"
    ARRIVE = "arrive"
    HANDLE = "handle"
    VERIFY = "verify"
    TOTAL = "total"


# Which limit runs while an incident stands in a state; no other state is timed.
STAGE_OF: dict[State, Stage] = {
    State.REPORTED: Stage.ACCEPT,
    State.ACCEPTED: Stage.DISPATCH,
    State.REOPENED: Stage.DISPATCH,
    State.DISPATCHED: Stage.ARRIVE,
    State.TRANSFERRED: Stage.ARRIVE,
    State.HANDLING: Stage.HANDLE,
    State.HANDLED: Stage.VERIFY,
    State.VERIFIED: Stage.VERIFY,
}
# Nobody's time runs: the reporter is asked for more, or something outside is waited for.
PAUSED = frozenset({State.RETURNED, State.SUSPENDED})
OPEN = frozenset(STAGE_OF) | PAUSED
ENDED = frozenset(State) - OPEN - {State.DRAFT}
FINISHED = frozenset({State.CLOSED, State.EVALUATED})

AT_DESK = frozenset({State.REPORTED, State.ACCEPTED, State.REOPENED})
WITH_HANDLER = frozenset({State.DISPATCHED, State.TRANSFERRED, State.HANDLING})
AT_CHECK = frozenset({State.HANDLED, State.VERIFIED})


class Verb(StrEnum):
    """What may happen to an incident: moves, which change its state, and other acts."""

    SAVE_DRAFT = "save_draft"  # 存草稿
    REPORT = "report"  # 上报
    WITHDRAW = "withdraw"  # 撤回
    ACCEPT = "accept"  # 受理
    RETURN = "return"  # 退回补充
    TAKE_BACK = "take_back"  # 撤回退回
    DECLINE = "decline"  # 不予受理
    DISPATCH = "dispatch"  # 分派
    SETTLE = "settle"  # 就地处置
    ARRIVE = "arrive"  # 到场
    REFUSE = "refuse"  # 退单
    TRANSFER = "transfer"  # 转派
    SUSPEND = "suspend"  # 挂起
    RESUME = "resume"  # 恢复
    FINISH = "finish"  # 办毕反馈
    VERIFY = "verify"  # 核查通过
    REJECT = "reject"  # 核查不通过
    CLOSE = "close"  # 结案
    EVALUATE = "evaluate"  # 评价
    REOPEN = "reopen"  # 重办
    MERGE = "merge"  # 合并
    UNMERGE = "unmerge"  # 撤销合并
    VOID = "void"  # 作废
    # Acts that leave the state as it is.
    COMMENT = "comment"  # 跟进
    REMIND = "remind"  # 催办
    SUPERVISE = "supervise"  # 督办
    WHISTLE = "whistle"  # 吹哨
    ASK_SUSPENSION = "ask_suspension"  # 申请挂起
    ASK_EXTENSION = "ask_extension"  # 申请延期
    EXTEND = "extend"  # 批准延期
    REFUSE_REQUEST = "refuse_request"  # 不批准
    RECLASSIFY = "reclassify"  # 调整分类
    RELOCATE = "relocate"  # 调整位置
    ABSORB = "absorb"  # 并入他件
    RELEASE = "release"  # 撤出他件
    CALL_BACK = "call_back"  # 回访
    PHOTO = "photo"  # 上传照片
    REDACT = "redact"  # 遮挡照片
    RESTORE = "restore"  # 恢复原图
    HIDE = "hide"  # 屏蔽
    SHOW = "show"  # 取消屏蔽
    RELATE = "relate"  # 添加相关人员
    UNRELATE = "unrelate"  # 移除相关人员
    ESCALATE = "escalate"  # 升级
    WARN = "warn"  # 将到期提醒


class Need(StrEnum):
    """What a move or act must bring with it."""

    WORDS = "words"  # a reason, a result, a finding: words of one's own
    ASSIGNEES = "assignees"  # who is to handle it
    RESULT_PHOTO = "result_photo"  # a picture of how it looks now, unless the category has none
    REPORTER_WORD = "reporter_word"  # what the reporter is told
    TARGET = "target"  # another incident
    SATISFACTION = "satisfaction"
    MINUTES = "minutes"  # how much longer
    PLACE = "place"  # a grid, and where in it


class Barrier(StrEnum):
    """A rule beyond state and permission that a move must pass."""

    NOT_HANDLER = "not_handler"  # who handled it this round may not judge it
    OPEN_REQUEST = "open_request"  # somebody asked for it, and somebody else grants it
    OWN_WORD = "own_word"  # what the reporter says is said by the reporter, or on the phone
    REOPEN_WINDOW = "reopen_window"  # not for whoever has the reporter on the phone
    MERGE_WINDOW = "merge_window"
    ONE_EXTENSION = "one_extension"


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table: ``verb`` leads from any of ``sources`` to ``target``.

    A target of None is the state before the present one; for acts it means "stays".
    ``target_at_desk`` is where an act leads when it is done before anybody has the incident.
    """

    verb: Verb
    sources: frozenset[State]
    target: State | None
    permission: Permission
    needs: frozenset[Need] = frozenset()
    barriers: frozenset[Barrier] = frozenset()
    by_hand: bool = False  # whoever makes it has handled the incident in this round
    target_at_desk: State | None = None

    def target_from(self, state: State) -> State | None:
        """Return the target when it is made in ``state``."""
        return self.target_at_desk if state in AT_DESK and self.target_at_desk else self.target


def _move(
    verb: Verb,
    sources: State | frozenset[State],
    target: State | None,
    permission: Permission,
    *conditions: Need | Barrier,
    by_hand: bool = False,
    target_at_desk: State | None = None,
) -> Move:
    return Move(
        verb,
        frozenset({sources}) if isinstance(sources, State) else sources,
        target,
        permission,
        frozenset(one for one in conditions if isinstance(one, Need)),
        frozenset(one for one in conditions if isinstance(one, Barrier)),
        by_hand,
        target_at_desk,
    )


_S = State
_DESK = frozenset({_S.ACCEPTED, _S.REOPENED})
_GIVEN = frozenset({_S.DISPATCHED, _S.TRANSFERRED})

MOVES: dict[Verb, Move] = {
    move.verb: move
    for move in (
        _move(
            Verb.REPORT,
            frozenset({_S.DRAFT, _S.RETURNED}),
            _S.REPORTED,
            Permission.INCIDENTS_OWN_MANAGE,
        ),
        _move(
            Verb.WITHDRAW,
            frozenset({_S.DRAFT, _S.REPORTED, _S.RETURNED}),
            _S.VOID,
            Permission.INCIDENTS_OWN_MANAGE,
        ),
        _move(Verb.ACCEPT, _S.REPORTED, _S.ACCEPTED, Permission.INCIDENTS_INCIDENT_ACCEPT),
        _move(
            Verb.RETURN, _S.REPORTED, _S.RETURNED, Permission.INCIDENTS_INCIDENT_ACCEPT, Need.WORDS
        ),
        # A reporter who cannot answer must not keep it from the desk for good.
        _move(
            Verb.TAKE_BACK,
            _S.RETURNED,
            _S.REPORTED,
            Permission.INCIDENTS_INCIDENT_ACCEPT,
            Need.WORDS,
        ),
        _move(
            Verb.DECLINE, _S.REPORTED, _S.DECLINED, Permission.INCIDENTS_INCIDENT_ACCEPT, Need.WORDS
        ),
        _move(
            Verb.DISPATCH,
            _DESK,
            _S.DISPATCHED,
            Permission.INCIDENTS_INCIDENT_DISPATCH,
            Need.ASSIGNEES,
        ),
        _move(
            Verb.SETTLE,
            _DESK,
            _S.HANDLED,
            Permission.INCIDENTS_INCIDENT_DISPATCH,
            Need.WORDS,
            by_hand=True,
        ),
        _move(Verb.ARRIVE, _GIVEN, _S.HANDLING, Permission.INCIDENTS_INCIDENT_HANDLE, by_hand=True),
        _move(Verb.REFUSE, _GIVEN, _S.ACCEPTED, Permission.INCIDENTS_INCIDENT_HANDLE, Need.WORDS),
        _move(
            Verb.TRANSFER,
            WITH_HANDLER,
            _S.TRANSFERRED,
            Permission.INCIDENTS_INCIDENT_HANDLE,
            Need.WORDS,
            Need.ASSIGNEES,
        ),
        _move(
            Verb.SUSPEND,
            WITH_HANDLER,
            _S.SUSPENDED,
            Permission.INCIDENTS_REQUEST_GRANT,
            Need.WORDS,
            Barrier.OPEN_REQUEST,
        ),
        _move(Verb.RESUME, _S.SUSPENDED, None, Permission.INCIDENTS_INCIDENT_HANDLE),
        _move(
            Verb.FINISH,
            _S.HANDLING,
            _S.HANDLED,
            Permission.INCIDENTS_INCIDENT_HANDLE,
            Need.WORDS,
            by_hand=True,
        ),
        _move(
            Verb.VERIFY,
            _S.HANDLED,
            _S.VERIFIED,
            Permission.INCIDENTS_INCIDENT_VERIFY,
            Barrier.NOT_HANDLER,
        ),
        _move(
            Verb.REJECT,
            _S.HANDLED,
            _S.HANDLING,
            Permission.INCIDENTS_INCIDENT_VERIFY,
            Need.WORDS,
            Barrier.NOT_HANDLER,
        ),
        _move(
            Verb.CLOSE,
            _S.VERIFIED,
            _S.CLOSED,
            Permission.INCIDENTS_INCIDENT_CLOSE,
            Need.RESULT_PHOTO,
            Need.REPORTER_WORD,
        ),
        _move(
            Verb.EVALUATE,
            _S.CLOSED,
            _S.EVALUATED,
            Permission.INCIDENTS_INCIDENT_EVALUATE,
            Need.SATISFACTION,
            Barrier.OWN_WORD,
        ),
        _move(
            Verb.REOPEN,
            FINISHED,
            _S.REOPENED,
            Permission.INCIDENTS_INCIDENT_REOPEN,
            Need.WORDS,
            Barrier.REOPEN_WINDOW,
        ),
        _move(
            Verb.MERGE,
            AT_DESK | WITH_HANDLER,
            _S.MERGED,
            Permission.INCIDENTS_INCIDENT_ACCEPT,
            Need.TARGET,
        ),
        _move(
            Verb.UNMERGE,
            _S.MERGED,
            None,
            Permission.INCIDENTS_INCIDENT_ACCEPT,
            Barrier.MERGE_WINDOW,
        ),
        _move(Verb.VOID, OPEN, _S.VOID, Permission.INCIDENTS_INCIDENT_VOID, Need.WORDS),
    )
}

ACTS: dict[Verb, Move] = {
    act.verb: act
    for act in (
        _move(Verb.COMMENT, OPEN | FINISHED, None, Permission.INCIDENTS_INCIDENT_VIEW, Need.WORDS),
        _move(Verb.REMIND, OPEN, None, Permission.INCIDENTS_INCIDENT_REMIND, Need.WORDS),
        _move(Verb.SUPERVISE, OPEN, None, Permission.INCIDENTS_INCIDENT_SUPERVISE, Need.WORDS),
        _move(
            Verb.WHISTLE,
            OPEN - PAUSED - {_S.REPORTED} - AT_CHECK,
            None,
            Permission.INCIDENTS_INCIDENT_WHISTLE,
            Need.WORDS,
            Need.ASSIGNEES,
            # Whoever is called has it: from the desk it is theirs to come, and their clock runs.
            target_at_desk=_S.DISPATCHED,
        ),
        _move(
            Verb.ASK_SUSPENSION,
            WITH_HANDLER,
            None,
            Permission.INCIDENTS_INCIDENT_HANDLE,
            Need.WORDS,
        ),
        _move(
            Verb.ASK_EXTENSION,
            WITH_HANDLER,
            None,
            Permission.INCIDENTS_INCIDENT_HANDLE,
            Need.WORDS,
            Need.MINUTES,
            Barrier.ONE_EXTENSION,
        ),
        _move(
            Verb.EXTEND,
            WITH_HANDLER,
            None,
            Permission.INCIDENTS_REQUEST_GRANT,
            Barrier.OPEN_REQUEST,
            Barrier.ONE_EXTENSION,
        ),
        _move(
            Verb.REFUSE_REQUEST,
            WITH_HANDLER,
            None,
            Permission.INCIDENTS_REQUEST_GRANT,
            Need.WORDS,
            Barrier.OPEN_REQUEST,
        ),
        _move(Verb.RECLASSIFY, OPEN, None, Permission.INCIDENTS_INCIDENT_ACCEPT),
        _move(Verb.RELOCATE, OPEN, None, Permission.INCIDENTS_INCIDENT_ACCEPT, Need.PLACE),
        _move(Verb.CALL_BACK, FINISHED, None, Permission.INCIDENTS_CALLBACK_MAKE),
    )
}
