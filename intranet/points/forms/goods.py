"""What people type about goods and at the desk, checked for shape; operations know the rules."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Any

from wtforms import StringField, TextAreaField, validators
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.widgets import HiddenInput

from intranet.forms import Form
from intranet.grids.forms import OneOf, PlaceField, Whole, tidy
from intranet.i18n import _, _l
from intranet.points.models import (
    CAME,
    COUNTED_ANEW,
    EntryKind,
    Goods,
    RedemptionState,
    StockReason,
)
from intranet.points.operations import Facts, Seen

YUAN = re.compile(r"\d{1,6}(\.\d{1,2})?\Z", re.ASCII)
CODE = re.compile(r"\d{6}\Z", re.ASCII)
STATE_LABELS = {
    RedemptionState.HELD: _l("Waiting to be fetched"),
    RedemptionState.COLLECTED: _l("Fetched"),
    RedemptionState.RELEASED: _l("Let go"),
    RedemptionState.EXPIRED: _l("Not fetched in time"),
}
STOCK_REASON_LABELS = {
    StockReason.BOUGHT: _l("bought by the community"),
    StockReason.GIVEN: _l("given by somebody"),
    StockReason.BACK: _l("brought back"),
    StockReason.BROKEN: _l("broken"),
    StockReason.SPOILT: _l("spoilt or past its date"),
    StockReason.MISSING: _l("not to be found"),
    StockReason.FOUND: _l("found after all"),
    StockReason.OTHER: _l("something else, as described"),
}
OFFERED = re.compile(r"(\d{1,9})\.(\d{1,9})\.(\d{1,9})\Z", re.ASCII)
MOVE_LABELS = {
    EntryKind.SUPPLY: _l("Supplied, or counted anew"),
    EntryKind.COLLECT: _l("Handed over for points"),
    EntryKind.AWARD: _l("Given at year's end"),
    EntryKind.REVERSE: _l("Correction"),
}


class Fen(StringField):
    """An amount typed in yuan, kept in fen."""

    data: Any

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read yuan with at most two decimals; raise ValueError with our own words."""
        text = tidy(valuelist[0] if valuelist else "").replace(",", "") or "0"
        self.data = None
        if not YUAN.match(text):
            self.typed = text
            raise ValueError(_l("An amount in yuan, such as 23.50"))
        self.data = int(Decimal(text) * 100)

    def _value(self) -> str:
        if self.data is None:
            return str(getattr(self, "typed", ""))
        return f"{Decimal(self.data) / 100:.2f}"


def yuan(fen: int) -> str:
    """Return an amount as it is read."""
    return f"{Decimal(fen) / 100:,.2f}"


def _line(label: Any, *checks: Any, longest: int) -> StringField:
    most = validators.Length(max=longest, message=_l("At most %(max)d characters"))
    return StringField(label, [*checks, most], filters=[tidy], render_kw={"maxlength": longest})


def _words(label: Any) -> TextAreaField:
    most = validators.Length(max=500, message=_l("At most %(max)d characters"))
    return TextAreaField(label, [most], filters=[tidy], render_kw={"rows": 2, "maxlength": 500})


class GoodsForm(Form):
    """What is said of goods."""

    title = _line(_l("Name of the goods"), validators.DataRequired(_l("Give a name")), longest=40)
    points = Whole(_l("Points for one"), [validators.InputRequired(_l("Give a whole number"))])
    year_limit = Whole(_l("At most for one a year"), [validators.Optional()])
    cost_fen = Fen(_l("What one costs the community, in yuan"))
    sponsor = _line(_l("Given by"), longest=60)
    words = TextAreaField(
        _l("Description"),
        [validators.Length(max=400, message=_l("At most %(max)d characters"))],
        filters=[tidy],
        render_kw={"rows": 3, "maxlength": 400},
    )
    version = Whole(widget=HiddenInput())

    @property
    def facts(self) -> Facts:
        """What was typed, once it is valid."""
        return Facts(
            title=self.title.data or "",
            points=self.points.data or 0,
            words=self.words.data or "",
            cost_fen=self.cost_fen.data or 0,
            year_limit=self.year_limit.data or 0,
            sponsor=self.sponsor.data or "",
        )


class NewGoodsForm(GoodsForm):
    """Goods to be listed."""

    grid_path = PlaceField(_l("Community"), must=True)
    sku = StringField(
        _l("Code"),
        [validators.InputRequired(_l("Give a code"))],
        filters=[lambda text: tidy(text).upper()],
        render_kw={"maxlength": 12},
    )


class SupplyForm(Form):
    """Pieces that came."""

    pieces = Whole(_l("Pieces"), [validators.InputRequired(_l("Give a whole number"))])
    reason = OneOf(
        _l("Where from"),
        choices=[SelectChoice(one.value, STOCK_REASON_LABELS[one]) for one in CAME],
    )
    note = _line(_l("In words"), longest=100)


class CountForm(Form):
    """Pieces counted on the shelf."""

    counted = Whole(
        _l("Counted on the shelf"), [validators.InputRequired(_l("Give a whole number"))]
    )
    seen = Whole(widget=HiddenInput())
    reason = OneOf(
        _l("Why it differs"),
        choices=[
            SelectChoice("", _l("it does not differ")),
            *(SelectChoice(one.value, STOCK_REASON_LABELS[one]) for one in COUNTED_ANEW),
        ],
    )
    note = _line(_l("In words"), longest=100)


class RedeemForm(Form):
    """How many, for whom, and what the page said of the goods when it was confirmed."""

    quantity = Whole(_l("How many"), [validators.InputRequired(_l("Give a whole number"))])
    party = Whole(_l("For whom"), [validators.Optional()])
    version = Whole(widget=HiddenInput())
    points = Whole(widget=HiddenInput())

    @property
    def seen(self) -> Seen:
        """What was confirmed; what a page never said holds for no goods."""
        return Seen(self.version.data or 0, self.points.data or 0)

    def show(self, goods: Goods) -> None:
        """Have the page say what holds now, whatever was sent."""
        for field, now in ((self.version, goods.version), (self.points, goods.points)):
            field.data, field.raw_data = now, None


class CodeForm(Form):
    """A code typed at the desk."""

    code = StringField(
        _l("The six digits"),
        # Full-width digits are typed a lot, here as anywhere.
        filters=[lambda text: re.sub(r"\s", "", unicodedata.normalize("NFKC", text or ""))[:20]],
        render_kw={"maxlength": 8, "inputmode": "numeric", "autocomplete": "off"},
    )

    def validate_code(self, field: StringField) -> None:
        """Refuse what is no code before it counts as a try."""
        if not CODE.match(field.data or ""):
            raise validators.ValidationError(_("A code has six digits"))


class ReasonForm(Form):
    """Why goods are handed over without the code, or let go at the desk."""

    reason = _line(_l("Why"), validators.DataRequired(_l("Say why")), longest=100)


class Offered(StringField):
    """Goods chosen from a list, as number, version and points: what the list said of them."""

    data: Any

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the three numbers; raise ValueError with our own words."""
        self.data = None
        found = OFFERED.match(valuelist[0] if valuelist else "")
        if found is None:
            raise ValueError(_l("Choose what it is"))
        self.data = tuple(int(one) for one in found.groups())


class CounterForm(Form):
    """Goods handed over at once, to somebody without a phone."""

    goods = Offered(_l("Which goods"), [validators.InputRequired(_l("Choose what it is"))])
    quantity = Whole(_l("How many"), [validators.InputRequired(_l("Give a whole number"))])
    reason = _line(
        _l("How you know who it is"), validators.DataRequired(_l("Say why")), longest=100
    )

    @property
    def goods_id(self) -> int:
        """Which goods; 0 for none."""
        return self.goods.data[0] if self.goods.data else 0

    @property
    def seen(self) -> Seen:
        """What the list said of them, once it is valid."""
        _number, version, points = self.goods.data
        return Seen(version, points)


class ObjectionForm(Form):
    """Why a home says that what was handed over was not right."""

    words = _words(_l("What is not right"))


class LookForm(Form):
    """What a leader says about a handing; needed where the home objected."""

    answer = _words(_l("Your answer"))


def goods_form(goods: Goods, given: Any = None) -> GoodsForm:
    """Return the form of goods: as sent, or else as they stand."""
    return GoodsForm(given) if given is not None else GoodsForm(obj=goods)
