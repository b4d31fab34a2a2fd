"""What is read from the ledger, and of the claims that lead into it."""

from __future__ import annotations

from intranet.points.queries.attested import (
    Attested,
    at_one_moment,
    attested,
    records,
)
from intranet.points.queries.caps import (
    CapLeft,
    caps_left,
)
from intranet.points.queries.catalogue import (
    Listed,
    catalogue,
    meetings,
    rules_on,
    versions_or_404,
)
from intranet.points.queries.claims import (
    PAGE,
    ClaimFilter,
    ClaimPage,
    ClaimRow,
    Whole,
    board,
    claim_or_404,
    claims,
    claims_of,
    communities,
    counts,
    due_claims,
    gathering_or_404,
    gatherings,
    in_communities,
    own_claims,
)
from intranet.points.queries.deciders import (
    HIGHER,
    Turn,
    home_ids,
    turn,
    why_not_approve,
)
from intranet.points.queries.entries import (
    AskedCorrection,
    correction_or_404,
    entry_or_404,
    is_of_one_amount,
    may_be_corrected,
    places_of,
    waiting_corrections,
    whole,
)
from intranet.points.queries.figures import (
    PointsFigures,
    points_figures,
)
from intranet.points.queries.goods import (
    OnShelf,
    StockMove,
    goods_or_404,
    managed,
    of_communities,
    on_shelf,
    seen,
    shelf,
    stock_moves,
    words_or_404,
)
from intranet.points.queries.handing import (
    Handed,
    count_handed,
    handed,
    handing_or_404,
    own_handing_or_404,
    without_code,
)
from intranet.points.queries.handovers import (
    HandingList,
    ToHand,
    handing_lists,
    one_to_hand_or_404,
    to_hand_or_404,
)
from intranet.points.queries.holdings import (
    Holdings,
    holdings,
)
from intranet.points.queries.irregular import (
    irregular,
)
from intranet.points.queries.journal_styles import (
    STYLES,
)
from intranet.points.queries.journals import (
    journal,
)
from intranet.points.queries.lasting import (
    Lot,
    lots_of,
)
from intranet.points.queries.ledger import (
    LedgerState,
    Wanted,
    head_of_chain,
    ledger_years,
    rule_titles,
)
from intranet.points.queries.lines import (
    Item,
    LedgerPage,
    Line,
    ledger,
)
from intranet.points.queries.parties import (
    PRESENT_MAX,
    Home,
    homes,
    known_of,
    names,
    parties,
    those_of,
)
from intranet.points.queries.receipts import (
    Receipt,
    Top,
    receipt,
    top,
)
from intranet.points.queries.redeeming import (
    Asked,
    Mine,
    asked_by,
    at_counter_or_404,
    at_desk_or_404,
    mine,
    of_code,
    own_or_404,
    spendable,
    waiting,
)
from intranet.points.queries.soundness import (
    Head,
    first_faults,
    head_or_404,
    heads,
    last_entry,
    latest,
    look,
    root_of_anchor,
)
from intranet.points.queries.statements import (
    Heading,
    Moved,
    Statement,
    Whose,
    span,
    statement,
    whose_or_404,
)
from intranet.points.queries.tile_checks import (
    every_tile,
    no_tiles,
    some_tiles,
)
from intranet.points.queries.tiles import (
    leaves_to_keep,
)
from intranet.points.queries.today import (
    Today,
    today,
)
from intranet.points.queries.undoing import (
    AskedUndoing,
    asked_undoings,
)
from intranet.points.queries.verifying import (
    Broken,
    verify,
)
from intranet.points.queries.waits import (
    Waits,
    waits,
)

__all__ = [
    "HIGHER",
    "PAGE",
    "PRESENT_MAX",
    "STYLES",
    "Asked",
    "AskedCorrection",
    "AskedUndoing",
    "Attested",
    "Broken",
    "CapLeft",
    "ClaimFilter",
    "ClaimPage",
    "ClaimRow",
    "Handed",
    "HandingList",
    "Head",
    "Heading",
    "Holdings",
    "Home",
    "Item",
    "LedgerPage",
    "LedgerState",
    "Line",
    "Listed",
    "Lot",
    "Mine",
    "Moved",
    "OnShelf",
    "PointsFigures",
    "Receipt",
    "Statement",
    "StockMove",
    "ToHand",
    "Today",
    "Top",
    "Turn",
    "Waits",
    "Wanted",
    "Whole",
    "Whose",
    "asked_by",
    "asked_undoings",
    "at_counter_or_404",
    "at_desk_or_404",
    "at_one_moment",
    "attested",
    "board",
    "caps_left",
    "catalogue",
    "claim_or_404",
    "claims",
    "claims_of",
    "communities",
    "correction_or_404",
    "count_handed",
    "counts",
    "due_claims",
    "entry_or_404",
    "every_tile",
    "first_faults",
    "gathering_or_404",
    "gatherings",
    "goods_or_404",
    "handed",
    "handing_lists",
    "handing_or_404",
    "head_of_chain",
    "head_or_404",
    "heads",
    "holdings",
    "home_ids",
    "homes",
    "in_communities",
    "irregular",
    "is_of_one_amount",
    "journal",
    "known_of",
    "last_entry",
    "latest",
    "leaves_to_keep",
    "ledger",
    "ledger_years",
    "look",
    "lots_of",
    "managed",
    "may_be_corrected",
    "meetings",
    "mine",
    "names",
    "no_tiles",
    "of_code",
    "of_communities",
    "on_shelf",
    "one_to_hand_or_404",
    "own_claims",
    "own_handing_or_404",
    "own_or_404",
    "parties",
    "places_of",
    "points_figures",
    "receipt",
    "records",
    "root_of_anchor",
    "rule_titles",
    "rules_on",
    "seen",
    "shelf",
    "some_tiles",
    "span",
    "spendable",
    "statement",
    "stock_moves",
    "those_of",
    "to_hand_or_404",
    "today",
    "top",
    "turn",
    "verify",
    "versions_or_404",
    "waiting",
    "waiting_corrections",
    "waits",
    "whole",
    "whose_or_404",
    "why_not_approve",
    "without_code",
    "words_or_404",
]
