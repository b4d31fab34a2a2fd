"""What the touch screen offers to be pressed, and the one form in which somebody says who it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from wtforms import BooleanField, HiddenField, StringField, validators

from intranet.forms import Form
from intranet.grids.forms import OneOf, tidy
from intranet.i18n import _, _l
from intranet.jobs.forms.labels import SHIFT_LABELS
from intranet.jobs.operations import Hours


class Tile(NamedTuple):
    """One thing to press: what stands for it in an address, its words, its icon, small words."""

    value: str
    label: Any
    icon: str
    below: Any = ""


# Kinds of work as people call them, those that are asked for most first; a code at any depth.
KINDS = (
    Tile("4-09-08-01", _l("Cleaning"), "bucket"),
    Tile("4-10-01-06", _l("Housework by the hour"), "home"),
    Tile("4-10-01-05", _l("Looking after the old"), "old"),
    Tile("4-10-01-01", _l("Looking after children"), "baby-carriage"),
    Tile("4-03-02-05", _l("Waiting and washing up"), "tools-kitchen-2"),
    Tile("4-03-02-01", _l("Cook"), "chef-hat"),
    Tile("4-01-02-03", _l("Shop and supermarket"), "shopping-cart"),
    Tile("4-01-02-04", _l("Cashier"), "coins"),
    Tile("4-07-05-01", _l("Guard and doorkeeper"), "shield-check"),
    Tile("4-02-07", _l("Parcels"), "package"),
    Tile("4-10-08-01", _l("Food delivery"), "truck-delivery"),
    Tile("4-02-02", _l("Driver"), "car"),
    Tile("6-31-01-03", _l("Electrician and plumber"), "tools"),
    Tile("6-31-05-00", _l("Packing in a factory"), "building-factory"),
    Tile("4-09-10-01", _l("Gardens and green"), "leaf"),
    Tile("3-01-01-01", _l("Office work"), "device-desktop"),
)
# The widest kinds of the standard, in words for a screen.
WIDEST = {
    "2": Tile("2", _l("Trained and technical work"), "certificate"),
    "3": Tile("3", _l("Offices"), "device-desktop"),
    "4": Tile("4", _l("Service, selling, transport"), "users"),
    "5": Tile("5", _l("Growing and raising"), "leaf"),
    "6": Tile("6", _l("Factory and building site"), "building-factory"),
}
WALK_MINUTES = (10, 15, 20, 30, 60)
PAY_YUAN = (2000, 3000, 4000, 5000, 6000)
SHIFT_ICONS = ("sun", "moon", "refresh", "clock")
ALL_DAYS, WORKDAYS, WEEKEND = 0b1111111, 0b0011111, 0b1100000
# With the way there and back: who fetches a child at half past four is at the school by then.
HOURS: dict[str, tuple[Hours, ...]] = {
    "any": (),
    "school": (Hours(WORKDAYS, 7 * 60 + 30, 16 * 60 + 30),),
    "mornings": (Hours(ALL_DAYS, 6 * 60, 12 * 60 + 30),),
    "evenings": (Hours(ALL_DAYS, 17 * 60 + 30, 22 * 60),),
    "weekends": (Hours(WEEKEND, 7 * 60, 20 * 60),),
}
HOUR_TILES = (
    Tile("any", _l("Any time"), "clock"),
    Tile("school", _l("Before school ends"), "baby-carriage", _l("weekdays 7:30 to 16:30")),
    Tile("mornings", _l("Mornings"), "sun", _l("6:00 to 12:30")),
    Tile("evenings", _l("Evenings"), "moon", _l("17:30 to 22:00")),
    Tile("weekends", _l("Weekends only"), "calendar"),
)
FURTHEST = 90  # minutes, where it is all the same
# 百家姓: the common ones, about the commonest first. Whose is not here touches the last tile.
SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
    "苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史"
    "顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛"
    "伍韦申尤毕聂柴焦向柳邢岳齐梅莫庄辛管祝左涂谷祁时舒耿牟卜路詹关苗凌费纪靳盛童欧甄"
    "项曲成游阳裴席卫查屈鲍覃霍翁隋甘景单包司柏宁柯阮桂闵"
)
SURNAMES_AT_FIRST = 60
OTHER = "other"


def _surnames() -> list[str]:
    """Return every surname once, those of two signs last."""
    single = dict.fromkeys(SURNAMES)
    return [*single, "欧阳", "上官", "司马", "诸葛"]


class Surname(OneOf):
    """One of the surnames, asked for in words of the screen."""

    def pre_validate(self, form: Any) -> None:
        """Refuse none at all, and what is not among them."""
        if not self.data:
            raise validators.ValidationError(_("Touch your surname"))
        super().pre_validate(form)


class WhoForm(Form):
    """Who it is: a surname and a phone, nothing else; with consent."""

    surname = Surname(_l("Your surname"))
    phone = StringField(
        _l("Your phone"), [validators.InputRequired(_l("Give a phone number"))], filters=[tidy]
    )
    legal_age = BooleanField(_l("I am sixteen or older"))
    consents = BooleanField(
        _l("The station and the grid's members may use this to find me work and ring me")
    )

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.surname.choices = [*((one, one) for one in _surnames()), (OTHER, _("Another"))]

    @property
    def called(self) -> str:
        """What is kept as the name: the surname, and that the rest was not asked for."""
        if self.surname.data == OTHER:
            return str(_("Surname not said"))
        return str(_("%(surname)s (given name not said)", surname=self.surname.data))


# No tile is longer, not even a grid's path.
_SHORT = [validators.Length(max=120, message=_l("Choose one of the list"))]


class StepForm(Form):
    """What was pressed so far, carried along by the last page of a wish."""

    kind = HiddenField(validators=_SHORT)
    hours = HiddenField(validators=_SHORT)
    home = HiddenField(validators=_SHORT)
    far = HiddenField(validators=_SHORT)
    pay = HiddenField(validators=_SHORT)


def walk_tiles(*, is_wish: bool) -> Sequence[Tile]:
    """Return how far one would walk."""
    said = [Tile(str(one), _("%(num)s minutes", num=one), "walk") for one in WALK_MINUTES]
    anyhow = Tile(str(FURTHEST) if is_wish else "", _l("How far does not matter"), "map")
    return [*said, anyhow]


def pay_tiles(*, is_wish: bool) -> Sequence[Tile]:
    """Return how much it should be at least, by the month."""
    said = [
        Tile(str(one), _("%(num)s yuan a month", num=one), "coin-yuan", _("or more"))
        for one in PAY_YUAN
    ]
    return [*said, Tile("0" if is_wish else "", _l("Any pay"), "coins")]


def shift_tiles() -> Sequence[Tile]:
    """Return the shifts of posts."""
    icons = [*SHIFT_ICONS, *(["clock"] * len(SHIFT_LABELS))]
    said = zip(SHIFT_LABELS.items(), icons, strict=False)
    return [
        *(Tile(key.value, label, icon) for (key, label), icon in said),
        Tile("", _l("Any shift"), "clock"),
    ]


def kind_tiles(found: Sequence[Any], under: str) -> Sequence[Tile]:
    """Return the usual kinds, or those of the standard right below one."""
    if not under:
        return KINDS
    return [WIDEST.get(one.code) or Tile(one.code, one.name, "briefcase") for one in found]


def named(tiles: Sequence[Tile]) -> Mapping[str, Any]:
    """Return the words of each tile by its value."""
    return {one.value: one.label for one in tiles}
