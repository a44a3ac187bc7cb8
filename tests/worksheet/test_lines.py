"""The line of every key."""

import pytest

from backproof.worksheet.lines import find_line, write_place
from worksheet.sheets import FEATURES, OR

TOML = '''# comment
a = 1
"b.c" = {x = [1,
  [2, {y = """
[no] # no
"quoted\\" # no
"""}],
]}
[t.u]  # comment with = and [
v.w = 1
[[s]]
k = \'\'\'
a = b''
\'\'\'
[[s]]
k = 1
[[s.z]]
q = 1
[s.d]
q = "]"
r = 1979-05-27 07:32:00
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("a",), 2),
        (("b.c",), 3),
        (("b.c", "x", 1), 3),
        (("b.c", "x", 2, 2, "y"), 4),
        (("t", "u"), 9),
        (("t", "u", "v", "w"), 10),
        (("s", 1), 11),
        (("s", 1, "k"), 12),
        (("s", 2), 15),
        (("s", 2, "k"), 16),
        (("s", 2, "z", 1, "q"), 18),
        (("s", 2, "d", "q"), 20),
        (("s", 2, "d", "r"), 21),
        (("a", "missing"), 2),
        (("missing",), None),
        ((), None),
    ],
)
def test_line(path, line):
    assert find_line(path, TOML) == line


def test_every_line_of_a_worksheet():
    assert find_line(("network", "weights", 3, "to"), OR) == 9
    assert find_line(("claims", 2, "of"), FEATURES) == 35
    assert write_place(("network", "weights", 3, "to"), OR) == "network.weights[3].to (line 9)"
    assert write_place(("missing",), OR) == "missing"
