"""裁量幅度: every figure of the table stands in the text of its article, word for word; nobody made one up."""

import csv
import re

from bot.county_files import SAMPLE
from workflows.rulebook import Rulebook

_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_PLACES = {"十": 10, "百": 100, "千": 1000}
_AMOUNT = r"((?:\d+(?:\.\d+)?万?|[一二两三四五六七八九十百千万]+))"


def yuan(text: str) -> int:
    """五千, 2万, 十万 → 5000, 20000, 100000"""
    if found := re.fullmatch(r"(\d+(?:\.\d+)?)(万)?", text):
        return int(float(found[1]) * (10_000 if found[2] else 1))
    if "万" in text:
        high, low = text.split("万", 1)
        return yuan(high) * 10_000 + (yuan(low) if low else 0)
    total = digit = 0
    for sign in text:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        else:
            total, digit = total + (digit or 1) * _PLACES[sign], 0
    return total + digit


def test_every_figure_stands_in_its_article(book: Rulebook) -> None:
    with (SAMPLE / "matters.csv").open(encoding="utf-8-sig") as file:
        article = {row["code"]: row for row in csv.DictReader(file)}
    assert len(book.county.fines) > 300

    for one in book.county.fines:
        row = article[one.matter_code]
        assert row["basis_verified"] == "yes" and one.quote in row["article_excerpt"], one
        found = re.search(rf"(?:{_AMOUNT}元以上)?{_AMOUNT}元以下(?:的)?罚款$", one.quote)
        assert found is not None, one
        assert (yuan(found[1]) if found[1] else 0, yuan(found[2])) == (one.low_yuan, one.high_yuan), one
        if one.whole:
            assert not row["article_excerpt"].endswith("…"), "a cut text is never called whole"


def test_where_the_table_knows_only_a_part_nothing_is_barred(book: Rulebook) -> None:
    county = book.county

    assert county.most_fen("JT010", "person") == 500_000
    assert county.most_fen("XF001", "organisation") is None, "the article goes on"
    assert county.most_fen("XZ004", "person") is None, "the article names no sum: the county fills it in"
    assert county.most_fen("CG020", "person") == 20_000 and county.most_fen("CG020", "organisation") == 5_000_000
