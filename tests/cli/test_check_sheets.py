"""Checking a sheet on the command line: claims that the digits leave open, and claims many steps in."""

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


def test_a_claim_many_steps_in_says_how_far_the_work_has_come(backproof, here, monkeypatch):
    monkeypatch.setattr("backproof.cli._console.EVERY", 0.0)
    clock = iter(range(10**6))
    monkeypatch.setattr("backproof.cli._console.monotonic", lambda: float(next(clock)))
    training = '[training]\nlearning_rate = 0.1\n[[claims]]\nof = "w"\nvalue = "0.9"\nstep = 50\n'
    (here / "sheet.toml").write_text(SHEET.replace('[[claims]]\nof = "da/dh[o]"\nvalue = "0"\n', training))
    assert "checking: step 20 of 50\n" in backproof("check", "sheet.toml").err
