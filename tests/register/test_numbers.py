"""Codes and numbers are held to their standards; a masked value gives nothing away."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intranet.errors import InputError
from intranet.register.models import PersonalField
from intranet.register.operations import numbers

credit_bodies = st.text(numbers.CREDIT_SIGNS, min_size=17, max_size=17)


@given(credit_bodies)
def test_a_credit_code_with_its_check_sign_is_taken_as_it_is(body):
    code = body + numbers.credit_check_sign(body)

    assert numbers.credit_code(code.lower()) == code


@given(credit_bodies, st.integers(0, 16), st.sampled_from(numbers.CREDIT_SIGNS))
def test_one_mistyped_sign_of_a_credit_code_is_always_found(body, at, sign):
    code = body + numbers.credit_check_sign(body)
    if code[at] == sign:
        return

    with pytest.raises(InputError):
        numbers.credit_code(code[:at] + sign + code[at + 1 :])


def test_the_standard_s_own_example_is_valid():
    assert numbers.credit_code("91350100M000100Y43") == "91350100M000100Y43"


@given(st.dates(min_value=__import__("datetime").date(1920, 1, 1)), st.integers(0, 999))
def test_an_id_number_is_taken_and_any_one_wrong_digit_is_found(born, serial):
    body = f"510115{born:%Y%m%d}{serial:03d}"
    number = body + numbers.id_check_sign(body)

    assert numbers.id_number(number) == number
    for at in (0, 5, 16):
        wrong = str((int(number[at]) + 1) % 10)
        with pytest.raises(InputError):
            numbers.id_number(number[:at] + wrong + number[at + 1 :])


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张英", "张*"),
        ("张淑英", "张*英"),
        ("欧阳锋", "欧阳*"),
        ("诸葛孔明", "诸葛*明"),
        ("李", "*"),
    ],
)
def test_names_are_masked_as_the_office_does(name, shown):
    assert numbers.masked_name(name) == shown


@given(st.text("123456789", min_size=11, max_size=11))
def test_a_masked_phone_keeps_four_signs_hidden(phone):
    shown = numbers.masked(PersonalField.PHONE, phone)

    assert shown[3:7] == "****"
    assert phone not in shown


def test_wide_digits_of_a_chinese_keyboard_are_digits():
    wide = str.maketrans("0123456789X-", "０１２３４５６７８９Ｘ－")

    for plain in ("13812348000", "028-85012345"):
        assert numbers.phone(plain.translate(wide)) == numbers.phone(plain)
    assert numbers.phone("（028）８５０１２３４５") == "02885012345"
    assert numbers.id_number("11010519491231002X".translate(wide)) == "11010519491231002X"
    with pytest.raises(InputError):
        numbers.phone("١٣٨١٢٣٤٨٠٠٠")
