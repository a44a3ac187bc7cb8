"""Checking several workings at once: who made what, and files that cannot be read."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from backproof.exercises import make
from backproof.exercises.sheet import write_blank
from backproof.worksheet import load
from backproof.worksheet.writer import dumps

SLIPS = {
    "sigma_prime_omitted": (lambda of: re.fullmatch(r"dE/dw[1-4]", of), lambda t, of: _slope_omitted(t, of)),
    "update_sign_flipped": (lambda of: of.startswith("new "), lambda t, of: t[of[4:]] + 0.5 * t[f"dE/d{of[4:]}"]),
    "learning_rate_omitted": (lambda of: of.startswith("new "), lambda t, of: t[of[4:]] - t[f"dE/d{of[4:]}"]),
}
NAMES = ("anna", "ben", "carla", "dimitri", "elif", "farid", "greta", "hugo", "ines")


def _slope_omitted(trace, of):
    number = int(of[-1])
    return trace[f"dE/da[h{(number + 1) // 2}]"] * trace[f"a[i{2 - number % 2}]"]


def write_class(folder, random, people):
    """A class of that many, each with at most one slip and some blanks: the slip, its claims and the blanks of each."""
    folder.mkdir()
    planted = {}
    size = int(random.integers(12, 40))
    variants = make(load("mazur"), count=people, seed=int(random.integers(1000)), questions=size, digits=5).variants
    for name, variant in zip(NAMES, variants, strict=False):
        slip = random.choice(["", *SLIPS])
        claims, spoiled, blank = [], [], []
        for claim in variant.key.claims:
            if random.random() < 0.15:
                blank.append(claim.of)
                claims.append(replace(claim, value=""))
            elif slip and SLIPS[slip][0](claim.of):
                spoiled.append(claim.of)
                claims.append(replace(claim, value=f"{SLIPS[slip][1](variant.trace, claim.of):.7f}"))
            else:
                claims.append(claim)
        text = dumps(replace(variant.key, claims=tuple(claims)))
        if random.random() < 0.3:  # somebody who writes decimal commas
            text = re.sub(r'value = "(-?\d+)\.(\d+)"', r'value = "\1,\2"', text)
        (folder / f"{name}.toml").write_text(text)
        planted[f"{name}.toml"] = (slip if spoiled else "", spoiled, blank)
    return planted


@pytest.mark.parametrize("seed", range(6))
def test_the_table_says_who_made_which_slip(backproof, here, seed):
    random = np.random.default_rng(seed)
    planted = write_class(here / "class", random, int(random.integers(2, 10)))
    files = [f"class/{name}" for name in planted]
    ran = backproof("check", *files, "--format", "json")
    assert (ran.code, "backproof" in ran.err) == (int(any(slip for slip, _, _ in planted.values())), False)
    found = json.loads(ran.out)
    assert [person["name"] for person in found["people"]] == list(planted)
    said = {slip["id"]: {each["name"]: each["claims"] for each in slip["people"]} for slip in found["slips"]}
    for person in found["people"]:
        slip, spoiled, blank = planted[person["name"]]
        claims = person["report"]["claims"]
        assert [each["of"] for each in claims if each["verdict"] == "wrong"] == spoiled
        assert [each["of"] for each in claims if each["verdict"] == "blank"] == blank
        for id, people in said.items():
            named = [claims[number - 1]["of"] for number in people.get(person["name"], [])]
            assert named == (spoiled if id == slip else [])
    counts = [len(slip["people"]) for slip in found["slips"]]
    assert counts == sorted(counts, reverse=True)

    text = backproof("check", *files).out
    for name, (slip, spoiled, blank) in planted.items():
        marks = "".join(re.findall(rf"^{name} +([✓≈✗·→? ]+)$", text, re.M)).replace(" ", "")
        assert (marks.count("✗"), marks.count("·")) == (len(spoiled), len(blank))
        assert len(marks) == len(found["people"][0]["report"]["claims"])
        assert slip in text
    form, escaped = (("markdown", r"\_"), ("html", "_"))[seed % 2]
    page = backproof("check", *files, "--format", form).out
    assert all(slip.replace("_", escaped) in page for slip, _, _ in planted.values())


MAZUR_RIGHT = "net_h1 = 0.3775\n\nout_h1 = 0.593269992\n\nout_o1 = 0.75136507\n"
MAZUR_WRONG = "net_h1 = 0.3775\n\nout_h1 = 0.3775\n\nout_o1 = 0.75136507\n"


def test_documents_and_worksheets_stand_in_one_table(backproof, here):
    (here / "a.md").write_text(MAZUR_RIGHT)
    (here / "b.txt").write_text(MAZUR_WRONG)
    key = make(load("mazur"), hide=["a[h1]", "a[o1]"]).variants[0].key
    (here / "c.toml").write_text(dumps(key))
    ran = backproof("check", "a.md", "b.txt", "c.toml", "--network", "mazur", "--format", "json")
    assert ran.code == 1
    people = json.loads(ran.out)["people"]
    verdicts = [[each["verdict"] for each in person["report"]["claims"]] for person in people]
    assert verdicts[0] == ["right"] * 3
    assert verdicts[1][:2] == ["right", "wrong"]
    assert verdicts[2] == ["right", "right"]
    text = backproof("check", "a.md", "b.txt", "c.toml", "--network", "mazur").out
    assert "an empty place: not claimed" in text


def test_a_worksheet_is_one_also_beside_a_network(backproof, here):
    (here / "c.toml").write_text(dumps(make(load("or"), samples=[2]).variants[0].key))
    alone, beside = backproof("check", "c.toml"), backproof("check", "c.toml", "--network", "mazur")
    assert alone == beside
    assert alone.code == 0


def test_a_file_that_cannot_be_read_is_a_line_of_the_table(backproof, here):
    (here / "good.md").write_text(MAZUR_RIGHT)
    (here / "binary.md").write_bytes(bytes(range(256)) * 10)
    (here / "broken.toml").write_text("[network")
    (here / "empty.md").write_text("")
    (here / "folder").mkdir()
    (here / "locked.md").write_text(MAZUR_RIGHT)
    (here / "broken.ipynb").write_text("{")
    bad = ["binary.md", "broken.toml", "folder", "missing.md", "no-example", "a\0b.md", "broken.ipynb", "x=1"]
    for file in bad:
        ran = backproof("check", "good.md", file, "--network", "mazur")
        assert ran.code == 2, file
        if "\0" in file:
            assert ran.out == ""
            assert "Traceback" not in ran.err
            continue
        assert ran.err == ""
        assert "2 people: 1 could not be read." in ran.out
        assert "could not be read: " in ran.out
        assert re.search("good.md +3 +", ran.out)
    empty = backproof("check", "good.md", "empty.md", "--network", "mazur")
    assert empty.code == 0
    assert "no number could be read" in empty.out
    every = backproof("check", *bad[:5], "--network", "mazur")
    assert every.code == 2
    assert "5 people: 5 could not be read." in every.out


def test_a_folder_of_reports_tells_at_once_which_files_could_not_be_read(backproof, here):
    (here / "good.md").write_text(MAZUR_RIGHT)
    (here / "binary.md").write_bytes(bytes(range(256)))
    (here / "broken.toml").write_text("[network")
    ran = backproof("check", "good.md", "binary.md", "broken.toml", "--network", "mazur", "-o", "reports")
    assert (ran.code, ran.out) == (2, "")
    for name, line in zip(("binary.md", "broken.toml"), ran.err.splitlines()[1:], strict=True):
        assert line.count(name) == 1
    assert {path.name for path in (here / "reports").iterdir()} == {"class.html", "report-good.html"}


def test_what_is_wrong_with_all_is_one_message(backproof, here):
    (here / "a.md").write_text(MAZUR_RIGHT)
    (here / "b.md").write_text(MAZUR_RIGHT)
    for options, said in (
        (["--network", "nothing.toml"], "there is no file 'nothing.toml'"),
        (["--network", "mazur", "--sample", "7"], "sample 7 is not in step 1"),
        (["--sample", "1"], "give --network as well"),
        (["--network", "mazur", "-o", "no/such/folder"], "there is no folder"),
        (["--network", "mazur", "-o", "class.pdf"], "unknown ending"),
        (["--network", "mazur", "-o", ""], "is not a folder"),
    ):
        ran = backproof("check", "a.md", "b.md", *options)
        assert (ran.code, ran.out) == (2, "")
        assert said in ran.err
    ran = backproof("check")
    assert (ran.code, ran.out) == (2, "")
    assert "Missing argument" in ran.err


def test_one_file_given_twice_counts_once(backproof, here):
    (here / "a.md").write_text(MAZUR_RIGHT)
    (here / "b.md").write_text(MAZUR_WRONG)
    (here / "link.md").symlink_to(here / "a.md")
    ran = backproof("check", "a.md", "b.md", "./a.md", here / "a.md", "link.md", "--network", "mazur")
    assert ran.out.startswith("Class\n═════\n\n2 people")
    assert "Note: a.md was given several times; it counts once." in ran.out


def test_files_of_one_name_are_told_apart(backproof, here):
    for place in ("one/x", "two/x", "one/y"):
        (here / place).mkdir(parents=True)
        (here / place / "a.md").write_text(MAZUR_RIGHT)
    files = ["one/x/a.md", "two/x/a.md", "one/y/a.md"]
    found = json.loads(backproof("check", *files, "--network", "mazur", "--format", "json").out)
    assert [person["name"] for person in found["people"]] == ["one/x/a.md", "two/x/a.md", "y/a.md"]
    assert backproof("check", *files, "--network", "mazur", "-o", "reports").code == 0
    assert sorted(each.name for each in (here / "reports").iterdir()) == [
        "class.html", "report-a-2.html", "report-a-3.html", "report-a.html",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("form", "suffix"), [(None, "html"), ("text", "txt"), ("markdown", "md"), ("latex", "tex"), ("json", "json")]
)
def test_a_folder_holds_the_class_and_the_report_of_each(backproof, here, form, suffix):
    (here / "an na.md").write_text(MAZUR_RIGHT)
    (here / "ben.md").write_text(MAZUR_WRONG)
    options = ["--network", "mazur", "-o", "reports", *(["--format", form] if form else [])]
    ran = backproof("check", "an na.md", "ben.md", "gone.md", *options)
    written = f"reports: 3 files; begin with class.{suffix}.\n"
    assert (ran.code, ran.out, ran.err) == (2, "", f"{written}backproof: there is no file 'gone.md'.\n")
    written = {each.name: each.read_text() for each in (here / "reports").iterdir()}
    assert set(written) == {f"{name}.{suffix}" for name in ("class", "report-an-na", "report-ben")}
    alone = backproof("check", "ben.md", "--network", "mazur", "--format", form or "html").out
    assert written[f"report-ben.{suffix}"] == alone
    if suffix == "html":
        assert '<a href="report-an-na.html">an na.md</a>' in written["class.html"]
    again = backproof("check", "ben.md", "an na.md", *options)
    assert (again.code, again.out) == (2, "")
    assert "--force" in again.err
    assert backproof("check", "ben.md", "an na.md", *options, "--force").code == 1


def test_a_folder_of_workings_is_never_replaced_by_reports(backproof, here):
    (here / "class").mkdir()
    for name in ("anna.md", "ben.md"):
        (here / "class" / name).write_text(MAZUR_RIGHT)
    files = ["class/anna.md", "class/ben.md"]
    for options in ([], ["--force"], ["--force", "--format", "markdown"]):
        ran = backproof("check", *files, "--network", "mazur", "-o", "class", *options)
        assert (ran.code, ran.out) == (2, "")
        assert (here / "class/anna.md").read_text() == MAZUR_RIGHT


def test_sheets_that_nobody_filled_in_are_blank(backproof, here):
    variants = make(load("mazur"), count=2, questions=8).variants
    for variant in variants:
        (here / f"{variant.number}.toml").write_text(write_blank(variant, "x.toml"))
    ran = backproof("check", "1.toml", "2.toml")
    assert ran.code == 0
    assert "2 people: nothing is wrong." in ran.out
    assert re.search(r"1.toml +8 +8\n", ran.out)


def test_hostile_names_and_texts_stay_text(backproof, here):
    name = "<script>alert(1)</script>|*x*[a](b).md".replace("/", "")
    (here / name).write_text(MAZUR_WRONG)
    (here / "b.md").write_text(MAZUR_RIGHT)
    for form in ("html", "markdown", "latex", "text", "json"):
        ran = backproof("check", name, "b.md", "--network", "mazur", "--format", form)
        assert ran.code == 1
        assert form not in ("html", "markdown") or "<script>" not in ran.out
    assert backproof("check", name, "b.md", "--network", "mazur", "-o", "reports").code == 1
    assert all("<script>" not in each.read_text() for each in (here / "reports").iterdir())
