"""No number or phrase that points to a person survives scrubbing, however it is written."""

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.scrub import MASK, scrub

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


def test_evidence_stays():
    assert scrub("车牌湘U12345,半夜倒渣土三车").text == "车牌湘U12345,半夜倒渣土三车"


def test_names_of_handlers_are_masked_and_spans_point_into_the_original():
    text = "王小明说不管"

    scrubbed = scrub(text, ["王小明"])

    assert scrubbed.text == f"{MASK}说不管"
    assert [text[a:b] for a, b in scrubbed.spans] == ["王小明"]
