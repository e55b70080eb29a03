"""How a claim code is written, read aloud and checked: a misread digit is told apart from a wrong code.

Twenty digits and one check digit by Damm's table, which finds every single wrong digit and every swap of neighbours.
"""

import re
import unicodedata
from dataclasses import dataclass

DIGITS = 20
LENGTH = DIGITS + 1

# A totally anti-symmetric quasigroup of order 10 (H. M. Damm, 2004).
_DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)


@dataclass(frozen=True)
class Misread:
    """Twenty-one digits whose check fails: one was misheard or mistyped. Not a guess at a code."""


@dataclass(frozen=True)
class NotACode:
    """Not twenty-one digits."""

    digits: int


def check_digit(digits: str) -> str:
    """The digit that completes twenty random ones. Raises ValueError for anything else."""
    if not re.fullmatch(rf"[0-9]{{{DIGITS}}}", digits):
        raise ValueError(f"a claim code has {DIGITS} digits before its check digit")
    return str(_damm(digits))


def format_code(code: str) -> str:
    """Seven groups of three, as it is printed and read aloud."""
    return " ".join(code[i : i + 3] for i in range(0, len(code), 3))


def parse_code(text: str) -> str | Misread | NotACode:
    """The bare 21 digits of a code typed with spaces, dashes or full-width digits."""
    plain = unicodedata.normalize("NFKC", text).strip()
    digits = re.sub(r"[\s\-–—·.,、，]", "", plain)
    if not re.fullmatch(r"[0-9]+", digits) or len(digits) != LENGTH:
        return NotACode(len(re.findall(r"[0-9]", plain)))
    return digits if _damm(digits) == 0 else Misread()


def _damm(digits: str) -> int:
    interim = 0
    for digit in digits:
        interim = int(_DAMM[interim][int(digit)])
    return interim
