"""Numbers with a check character: credit codes, ID numbers; and how a value is masked."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from intranet.errors import InputError
from intranet.register.models import PersonalField

# GB 32100-2015: 31 signs (no I O S V Z), weights are powers of 3 modulo 31.
CREDIT_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
# GB 11643-1999 (ISO 7064 MOD 11-2).
ID_WEIGHTS = tuple(pow(2, 17 - i, 11) for i in range(17))
ID_SIGNS = "10X98765432"
COMPOUND = frozenset(
    {"欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐"}
    | {"宇文", "长孙", "司徒", "夏侯", "端木", "百里", "南宫", "闻人"}
)
PHONE = re.compile(r"1[3-9][0-9]{9}\Z")
LANDLINE = re.compile(r"0[0-9]{2,3}-?[0-9]{7,8}\Z")


def _narrow(text: str) -> str:
    """Read the wide signs of a Chinese keyboard as what they stand for (Unicode NFKC)."""
    return unicodedata.normalize("NFKC", text)


def credit_check_sign(first17: str) -> str:
    """Return the 18th sign of a unified social credit code (GB 32100-2015, 4.6)."""
    total = sum(
        CREDIT_SIGNS.index(sign) * weight
        for sign, weight in zip(first17, CREDIT_WEIGHTS, strict=True)
    )
    return CREDIT_SIGNS[(31 - total % 31) % 31]


def credit_code(text: str) -> str:
    """Return the code in capitals; raise InputError when it cannot be one."""
    code = re.sub(r"[\s-]", "", _narrow(text)).upper()
    if len(code) != 18 or any(sign not in CREDIT_SIGNS for sign in code):
        raise InputError(
            "A credit code has 18 digits and capitals, without I, O, S, V, Z.", field="credit_code"
        )
    if credit_check_sign(code[:17]) != code[17]:
        raise InputError(
            "The check character does not fit: a sign is mistyped.", field="credit_code"
        )
    return code


def id_check_sign(first17: str) -> str:
    """Return the 18th sign of a citizen's ID number (GB 11643-1999)."""
    total = sum(int(digit) * weight for digit, weight in zip(first17, ID_WEIGHTS, strict=True))
    return ID_SIGNS[total % 11]


def id_number(text: str) -> str:
    """Return the ID number with a capital X; raise InputError when it cannot be one."""
    number = re.sub(r"\s", "", _narrow(text)).upper()
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        raise InputError("An ID number has 17 digits and a digit or X.", field="id_number")
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise InputError(
            "The birthday in the ID number does not exist.", field="id_number"
        ) from None
    if id_check_sign(number[:17]) != number[17]:
        raise InputError("The check digit does not fit: a digit is mistyped.", field="id_number")
    return number


def phone(text: str) -> str:
    """Return a phone number in digits; raise InputError when it cannot be one."""
    number = re.sub(r"[\s()]", "", _narrow(text)).removeprefix("+86")
    if PHONE.match(number.replace("-", "")):
        return number.replace("-", "")
    if LANDLINE.match(number):
        return number
    raise InputError("Give a mobile number of 11 digits, or 028-85012345.", field="phone")


def masked(field: PersonalField, value: str) -> str:
    """Return what everybody may see of a value."""
    if field is PersonalField.NAME:
        return masked_name(value)
    if field is PersonalField.PHONE:
        return f"{value[:3]}****{value[-4:]}" if len(value) >= 8 else "****"
    if field is PersonalField.ID_NUMBER:
        return f"{value[:6]}********{value[-4:]}"
    if field is PersonalField.ADDRESS:
        return f"{value[:3]}***" if len(value) > 5 else "***"
    return "***"


BUILDING = re.compile(r".*(?:[栋幢座]|号楼|单元)")
HOUSE = re.compile(r"\D*\d+(?:-\d+)?号")


def building_of(address: str) -> str:
    """Return an address as far as its building: 苑3栋 for 苑3栋501, 正街12号 for 正街12号2楼.

    Neighbours of one masked name are told apart by it; the door within a building stays hidden, and
    of an address that names no building all from its first digit on.
    """
    found = BUILDING.match(address) or HOUSE.match(address)
    return found[0] if found else re.split(r"\d", address, maxsplit=1)[0]


def masked_name(name: str) -> str:
    """Return 张*英 for 张淑英, 张* for 张英, 欧阳* for 欧阳锋; a single sign stays hidden."""
    if len(name) < 2:
        return "*"
    surname = name[:2] if name[:2] in COMPOUND and len(name) > 2 else name[0]
    rest = name[len(surname) :]
    if len(rest) == 1:
        return f"{surname}*"
    return f"{surname}{'*' * (len(rest) - 1)}{rest[-1]}"
