"""No number or phrase that points to a person survives scrubbing, however it is written."""

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.scrub import KINDS, MASK, is_bank_card, is_id_card, scrub

CHINESE = "零一二三四五六七八九"
WIDE = "０１２３４５６７８９"
GAPS = st.sampled_from(["", " ", "-", "  ", "—", ".", "·", "\u200b", "，", " - "])
AROUND = st.text(alphabet="河口村桥头有人倒垃圾,。 abc", max_size=12)


@st.composite
def written(draw, digits):
    """Digits in one script, with a gap between some of them."""
    script = draw(st.sampled_from(["0123456789", CHINESE, WIDE]))
    gap = draw(GAPS)
    return "".join(script[int(d)] + (gap if draw(st.booleans()) else "") for d in digits)


def digits_left(text):
    plain = unicodedata.normalize("NFKC", text)
    for value, sign in enumerate(CHINESE):
        plain = plain.replace(sign, str(value))
    return re.sub(r"\D", "", plain)


@settings(max_examples=150, deadline=None)
@given(st.data(), st.from_regex(r"1[3-9][0-9]{9}|[1-9][0-9]{16}[0-9]|62[0-9]{14,17}|0[0-9]{9,11}", fullmatch=True))
def test_no_planted_number_survives(data, number):
    planted = data.draw(written(number))

    left = scrub(data.draw(AROUND) + planted + data.draw(AROUND)).text

    assert len(digits_left(left)) < 7
    assert MASK in left


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("加我微信 zhang_san88", "zhang_san88"),
        ("发到 li.si@example.com", "li.si"),
        ("找 @lisi_village", "lisi_village"),
        ("看 t.me/lisi", "lisi"),
        ("我叫李四,举报垃圾", "李四"),
        ("我家门口第二户", "第二户"),
        ("住在老粮站隔壁", "老粮站"),
        ("身份证 43310119700101123X", "123X"),
        ("我男人在洗车店上班", "洗车店"),
    ],
)
def test_what_points_to_the_sender_is_masked(text, secret):
    assert secret not in scrub(text).text


def id_card(first: str) -> str:
    """Seventeen digits with their check digit, computed as the standard writes it."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return first + "10X98765432"[sum(int(d) * w for d, w in zip(first, weights, strict=True)) % 11]


def luhn(first: str) -> str:
    """The one last digit that fits, found by trying all ten with the textbook's doubling from the right."""
    for last in "0123456789":
        total = 0
        for place, digit in enumerate(reversed(first + last)):
            value = int(digit) * (2 if place % 2 else 1)
            total += value // 10 + value % 10
        if total % 10 == 0:
            return first + last
    raise AssertionError


def shifted(number: str, place: int) -> str:
    return f"{number[:place]}{(int(number[place]) + 1) % 10}{number[place + 1 :]}"


@settings(max_examples=120, deadline=None)
@given(st.from_regex(r"[1-6][0-9]{5}(19|20)[0-9]{9}", fullmatch=True), st.integers(0, 16), AROUND)
def test_an_identity_card_is_known_by_its_check_digit(first, place, around):
    number = id_card(first)

    assert is_id_card(number) and not is_id_card(shifted(number, place))
    scrubbed = scrub(f"{around}身份证 {number}")
    assert number not in scrubbed.text and "id_card" in scrubbed.kinds
    assert number[:6] not in scrubbed.text


@settings(max_examples=120, deadline=None)
@given(st.from_regex(r"62[0-9]{14,16}", fullmatch=True), st.integers(0, 14))
def test_a_bank_card_is_known_by_luhn(first, place):
    number = luhn(first)

    assert is_bank_card(number) and not is_bank_card(shifted(number, place))
    assert scrub(f"打到 {number[:4]} {number[4:8]} {number[8:]} 上").kinds in (("bank_card",), ("id_card",))
    assert number[-4:] not in scrub(f"打到 {number} 上").text


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "我家就在桥头",
                "我是李四",
                "13907431234",
                "li.si@example.com",
                "@lisi_village",
                "倒垃圾",
                "半夜",
                "湘U12345",
                "。",
                ",",
            ]
        ),
        max_size=9,
    )
)
def test_masks_and_spans_tell_the_same_story(parts):
    """Putting what the spans point at back in place of the masks gives the original, whatever stands beside what."""
    text = "".join(parts)

    scrubbed = scrub(text)

    hidden = iter([text[a:b] for a, b in scrubbed.spans])
    rebuilt = "".join(piece if piece != MASK else next(hidden) for piece in re.split(f"({MASK})", scrubbed.text))
    assert rebuilt == text
    assert len(scrubbed.kinds) == len(scrubbed.spans) and set(scrubbed.kinds) <= set(KINDS)
    for secret in ("13907431234", "li.si@example.com", "lisi_village", "李四"):
        assert secret not in scrubbed.text


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=120))
def test_scrubbing_twice_hides_nothing_more(text):
    once = scrub(text).text

    assert scrub(once).text == once


def test_evidence_stays():
    assert scrub("车牌湘U12345,半夜倒渣土三车").text == "车牌湘U12345,半夜倒渣土三车"


def test_names_of_handlers_are_masked_and_spans_point_into_the_original():
    text = "王小明说不管"

    scrubbed = scrub(text, ["王小明"])

    assert scrubbed.text == f"{MASK}说不管"
    assert [text[a:b] for a, b in scrubbed.spans] == ["王小明"]
