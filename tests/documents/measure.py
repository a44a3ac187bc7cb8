"""One random document held against what stands in it."""

from __future__ import annotations

import zlib
from collections import Counter
from dataclasses import replace
from decimal import Decimal

import numpy as np

from backproof.checking.claims import check
from documents.styles import STYLES
from documents.workings import plant, random_sheet


def write_document(name, seed, slip=False):
    """The worksheet, the document, and the planted slip as {quantity: digits}."""
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    sheet = random_sheet(rng)
    planted, mistake = plant(sheet, rng) if slip else ({}, "")
    return *sheet_of(name, rng, sheet, planted), mistake


def sheet_of(name, rng, sheet, planted):
    made = []

    def keep(*arguments, **options):
        made.append(random_sheet(*arguments, **options))
        return made[-1]

    from documents import styles

    before, styles.random_sheet = styles.random_sheet, keep
    try:
        document = STYLES[name](rng, sheet, planted)
    finally:
        styles.random_sheet = before
    return (made[-1] if made else sheet), document, planted


def judge(sheet, document, folder):
    path = folder / f"working{document.suffix}"
    path.write_text(document.text, encoding="utf-8")
    return check(path, network=sheet, **document.options)


def canonical(of):
    return of.replace("dE/dh[", "delta[") if of.startswith("dE/dh[") else of


def found_numbers(report):
    """Every claim as a reader would have it, digits as a number."""
    return Counter((canonical(c.of), Decimal(c.value), c.sample, c.step) for c in report.claims)


def expected_number(sheet, each):
    sample = each.sample if not each.of.startswith(("new", "step")) else None
    return canonical(each.of), Decimal(each.digits), sample, each.step


def is_read(found, key):
    """Whether a number was read, for the only sample also without naming it."""
    return any(found[other] > 0 for other in ((key, (*key[:2], 1, key[3])) if key[2] is None else (key,)))


def accusations(report):
    """What is called wrong: claims, arithmetic, formulas."""
    wrong = [f"{c.of} = {c.value} {c.verdict} (sample {c.sample}, step {c.step}, {c.where})" for c in report.claims
             if c.verdict in ("wrong", "carried")]  # fmt: skip
    wrong += [
        f"arithmetic {each.text} -> {each.value} printed {each.printed}"
        for each in report.reading.steps
        if not each.right
    ]
    return wrong + [f"formula {each.text}: {each.says}" for each in report.reading.formulas if not each.holds]


def measure(name, seed, folder, verbose=False):
    """read, there, accused; slips, slips read, slips named."""
    sheet, document, _, _ = write_document(name, seed)
    report = judge(sheet, document, folder)
    found = found_numbers(report)
    missed = [each for each in document.numbers if not is_read(found, expected_number(sheet, each))]
    accused = accusations(report)
    if verbose and (missed or accused):
        print(document.text[:6000])
        print("MISSED", *missed, sep="\n  ")
        print("ACCUSED", *accused, sep="\n  ")
        print("UNREAD", *report.reading.unread[:40], sep="\n  ")
    counts = [len(document.numbers) - len(missed), len(document.numbers), len(accused)]
    sheet, document, planted, mistake = write_document(name, seed, slip=True)
    slips = seen = named = 0
    for of, digits in planted.items():
        if not any(each.of == of and each.digits == digits for each in document.numbers):
            continue
        slips += 1
        report = judge(sheet, document, folder)
        ours = [c for c in report.claims if c.of == of and Decimal(c.value) == Decimal(digits) and c.verdict == "wrong"]
        seen += bool(ours)
        if verbose and ours and not any(m.id == mistake for m in ours[0].mistakes):
            print("SLIP NOT NAMED", planted, mistake, [m.id for m in ours[0].mistakes])
        named += any(m.id == mistake for c in ours for m in c.mistakes)
        if verbose and not ours:
            print("SLIP NOT SEEN", planted, mistake)
    return np.array([*counts, slips, seen, named])


__all__ = ["measure", "replace"]
