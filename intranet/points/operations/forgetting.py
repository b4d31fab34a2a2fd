"""Words that people wrote are emptied here when whom they are of or by is erased from the register.

Three lists say of every text column of the room what it holds (a test walks them all): ``EMPTIED``
is what people write in their own words, ``APART`` what is emptied by other rules, ``NEVER`` what
holds codes, keys and hashes, or was adopted and hung out in public. Who wrote something is known by
the account, whom it is about by the party of the claim or entry; a gathering and a year's end are
about all who were part of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, and_, cast, delete, exists, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, aliased

from intranet.people.models import Account
from intranet.points.models import (
    Claim,
    ClaimPhoto,
    ClaimSource,
    ClaimStep,
    Correction,
    EntryPlace,
    Gathering,
    LedgerAccount,
    Settlement,
    YearObjection,
)
from intranet.register.models import Party

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Said:
    """One column of people's own words, and the conditions of which one has it emptied.

    Each is asked by itself: what leads from the few who were erased is found by an index, which
    an OR of them would not use.
    """

    column: InstrumentedAttribute[str]
    when: tuple[Any, ...]


_other = aliased(Claim)


def _by(account: Any, at: Any) -> Any:
    """Whether somebody wrote it who was erased since."""
    gone = select(Account.id).join(Party, Party.id == Account.party_id)
    since = exists().where(
        Account.id == account, Party.id == Account.party_id, Party.erased_at >= at
    )
    return and_(account.in_(gone.where(Party.erased_at.is_not(None))), since)


def _of(party: Any) -> Any:
    """Whether it is of a party that was erased."""
    return party.in_(select(Party.id).where(Party.erased_at.is_not(None)))


def _of_part(event: Any) -> Any:
    """Whether it is of a gathering at which somebody was who was erased."""
    with_gone = select(_other.event).join(Party, Party.id == _other.party_id)
    return event.in_(
        with_gone.where(Party.erased_at.is_not(None), _other.source == ClaimSource.GATHERING)
    )


def _in_year(settlement: Any, at: Any) -> Any:
    """Whether somebody with points in the year was erased there since it was written."""
    there = func.substr(Party.grid_path, 1, func.length(settlement.grid_path))
    return exists().where(
        LedgerAccount.year == settlement.year,
        Party.id == LedgerAccount.party_id,
        Party.erased_at >= at,
        there == settlement.grid_path,
    )


_claim, _year = aliased(Claim), aliased(Settlement)
_GONE_FROM_ENTRIES = select(EntryPlace.entry_id).where(_of(EntryPlace.party_id))
_GONE_FROM_CLAIMS = select(_claim.id).where(_of(_claim.party_id))
_GONE_FROM_GATHERINGS = select(_claim.id).where(_of_part(_claim.event))
_ENTRY = Correction.entry_id.in_(_GONE_FROM_ENTRIES)
_OBJECTOR = _by(YearObjection.made_by, YearObjection.made_at)
_STANDINGS = and_(  # once it is decided: until then somebody has to read it
    YearObjection.decided_at.is_not(None),
    exists().where(_year.id == YearObjection.settlement_id, _in_year(_year, YearObjection.made_at)),
)
EMPTIED = (
    Said(
        Claim.words,
        (_of(Claim.party_id), _by(Claim.made_by, Claim.made_at), _of_part(Claim.event)),
    ),
    Said(
        ClaimStep.words,
        (
            ClaimStep.claim_id.in_(_GONE_FROM_CLAIMS),
            ClaimStep.claim_id.in_(_GONE_FROM_GATHERINGS),
            _by(ClaimStep.by, ClaimStep.at),
        ),
    ),
    Said(Correction.words, (_ENTRY, _by(Correction.asked_by, Correction.asked_at))),
    Said(Correction.answer, (_ENTRY, _by(Correction.decided_by, Correction.decided_at))),
    Said(
        Gathering.title,
        (
            _by(Gathering.made_by, Gathering.made_at),
            _of_part("gathering:" + cast(Gathering.id, Text)),
        ),
    ),
    Said(
        Settlement.asked_reason,
        (
            _by(Settlement.asked_by, Settlement.asked_at),
            _in_year(Settlement, Settlement.asked_at),
        ),
    ),
    Said(YearObjection.words, (_OBJECTOR, _STANDINGS)),
    Said(
        YearObjection.answer,
        (_OBJECTOR, _STANDINGS, _by(YearObjection.decided_by, YearObjection.decided_at)),
    ),
)
APART = {
    "points_stock_words": {"words": "forget_stock_words: with time, whoever they name"},
    "points_handing": dict.fromkeys(("reason", "objection", "answer"), "forget_handings"),
}
_CODE = "a code, a key or a hash"
_PUBLIC = "adopted by a meeting or hung out by the office, to be read by everybody"
NEVER = {
    "points_account": {"code": _CODE, "ledger": _CODE},
    "points_anchor": {"hash": _CODE, "place": "where a notice hangs"},
    "points_anchor_root": {"root": _CODE},
    "points_verification": {
        **dict.fromkeys(("head_hash", "roots"), _CODE),
        "first_faults": "numbers of entries, and what does not hold of them",
    },
    "points_claim": {"rule_code": _CODE, "event": _CODE},
    "points_claim_photo": {
        "file_key": "the photo's name; the row is dropped with the words",
        "thumbnail_key": "the photo's name; the row is dropped with the words",
    },
    "points_entry": {
        **dict.fromkeys(("key", "body_sha256", "rule_code", "event"), _CODE),
        **dict.fromkeys(("previous_hash", "hash", "rule_sha256"), _CODE),
        "note": "a code: the ledger never forgets, people's words have no place in it",
    },
    "points_goods": {
        **dict.fromkeys(("sku", "file_key", "thumbnail_key"), _CODE),
        **dict.fromkeys(("title", "words", "sponsor"), _PUBLIC),
    },
    "points_honour": {"title": _PUBLIC},
    "points_meeting": {"body": _PUBLIC, "minutes": _PUBLIC},
    "points_period": {"balances": "sums of accounts by their codes", "balances_sha256": _CODE},
    "points_period_step": {"balances_sha256": _CODE},
    "points_redemption": dict.fromkeys(("code_salt", "code_hash", "code_sealed"), _CODE),
    "points_rule": {
        **dict.fromkeys(("title", "words", "unit"), _PUBLIC),
        **dict.fromkeys(("code", "kinds", "sha256"), _CODE),
    },
    "points_year_objection": {"of_sha256": _CODE},
    "points_settlement": {"snapshot": "numbers of parties and points", "snapshot_sha256": _CODE},
}


def forget_words(session: Session, *, limit: int) -> int:
    """Empty what was said of or by people who were erased, and drop photos; return how many.

    At most ``limit`` rows of each kind; the ledger itself holds no words of anybody. The files
    of the photos go with the sweep of what no row names.
    """
    done = sum(_empty(session, one, when, limit) for one in EMPTIED for when in one.when)
    done += _drop_photos(session, limit)
    if done:
        session.expire_all()
    return done


def _empty(session: Session, said: Said, when: Any, limit: int) -> int:
    model = said.column.class_
    wanted = select(model.id).where(said.column != "", when).order_by(model.id).limit(limit)
    found = session.scalars(wanted).all()
    if not found:
        return 0
    values: dict[str, Any] = {said.column.key: ""}
    if model is Claim:  # whoever has its page open decides on what they have not read
        values["version"] = Claim.version + 1
    session.execute(
        update(model)
        .where(model.id.in_(found))
        .values(values)
        .execution_options(synchronize_session=False)
    )
    return len(found)


def _drop_photos(session: Session, limit: int) -> int:
    """Drop photos of those who were erased: of claims for them, or that they filed themselves."""
    own = and_(_claim.source == ClaimSource.OWN, _by(_claim.made_by, _claim.made_at))
    found = session.scalars(
        select(ClaimPhoto.id)
        .join(_claim, _claim.id == ClaimPhoto.claim_id)
        .where(or_(_of(_claim.party_id), own))
        .order_by(ClaimPhoto.id)
        .limit(limit)
    ).all()
    if found:
        session.execute(
            delete(ClaimPhoto)
            .where(ClaimPhoto.id.in_(found))
            .execution_options(synchronize_session=False)
        )
    return len(found)
