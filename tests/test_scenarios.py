"""Every one of the 104 numbered behaviours of the response window has a test that names it."""

import re
from pathlib import Path

TESTS = Path(__file__).parent
NAMED = re.compile(r"mark\.scenario\((\d+)\)")


def test_every_scenario_is_named_by_a_test():
    named = {int(n) for file in TESTS.rglob("test_*.py") for n in NAMED.findall(file.read_text("utf-8"))}

    missing = sorted(set(range(1, 105)) - named)

    assert not missing, f"no test names the scenarios {missing}"
    assert named <= set(range(1, 105)), f"there is no scenario {sorted(named - set(range(1, 105)))}"
