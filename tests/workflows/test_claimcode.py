"""A claim code survives spaces and full-width digits; one wrong digit or two swapped neighbours are told apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.claimcode import Misread, NotACode, check_digit, format_code, parse_code

CODES = st.from_regex(r"[0-9]{20}", fullmatch=True).map(lambda digits: digits + check_digit(digits))


@given(CODES)
def test_a_code_reads_back_however_it_is_typed(code):
    shown = format_code(code)

    assert [len(group) for group in shown.split(" ")] == [3] * 7
    assert parse_code(shown) == code
    assert parse_code(shown.replace(" ", "-")) == code
    assert parse_code(code.translate(str.maketrans("0123456789", "０１２３４５６７８９"))) == code


@given(CODES, st.integers(0, 20), st.integers(1, 9))
def test_one_wrong_digit_is_found(code, at, by):
    wrong = code[:at] + str((int(code[at]) + by) % 10) + code[at + 1 :]

    assert parse_code(wrong) == Misread()


@given(CODES, st.integers(0, 19))
def test_two_swapped_neighbours_are_found(code, at):
    swapped = code[:at] + code[at + 1] + code[at] + code[at + 2 :]

    assert swapped == code or parse_code(swapped) == Misread()


@pytest.mark.parametrize(("text", "digits"), [("", 0), ("领取码", 0), ("482 177", 6), ("1" * 22, 22)])
def test_what_is_no_code_is_not_called_misread(text, digits):
    assert parse_code(text) == NotACode(digits)


def test_a_check_digit_wants_twenty_digits():
    with pytest.raises(ValueError, match="20"):
        check_digit("123")
