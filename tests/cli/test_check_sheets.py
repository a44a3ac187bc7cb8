"""A claim whose digits leave it open is told so, and does not count as wrong."""

SHEET = """
[network]
units = [["x"], ["o"]]
activations = ["sigmoid"]
cost = "half_squared_error"
weights = [{name = "w", from = "x", to = "o", value = 0.6}]
[data]
inputs = [[1]]
targets = [[1]]
[[claims]]
of = "da/dh[o]"
value = "0"
"""


def test_undecided_alone_ends_with_exit_code_0(backproof, here):
    (here / "sheet.toml").write_text(SHEET)
    ran = backproof("check", "sheet.toml")
    assert ran.code == 0
    assert "1 claim: 1 undecided." in ran.out
    assert '"undecided": 1' in backproof("check", "sheet.toml", "--format", "json").out
