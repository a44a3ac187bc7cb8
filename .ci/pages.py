"""The built pages in a browser: nothing serious for axe-core, and no sideways scrolling on a phone.

`python .ci/pages.py` looks at a page of every kind, `python .ci/pages.py --all` at all of them.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
SITE, AXE = ROOT / "docs" / "_build", ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
KINDS = (
    "index", "learn/index", "learn/hidden_layer", "learn/softmax", "how/notebooks", "how/backward_code", "why/no_name",
    "reference/python", "reference/worksheet", "reference/mistakes/sigma_prime_omitted", "reference/activations/gelu",
    "reference/costs/huber", "reference/layers/batch_norm", "reference/optimisers/adam", "reference/commands/train",
    "reference/shorthands/attention", "reference/mistakes/mean_vs_sum", "examples/conv", "training",
)  # fmt: skip


def find_faults(browser, address, axe):
    """What is wrong with a page: serious findings of axe, and what is wider than a phone."""
    for width, scheme in ((1280, "light"), (390, "dark")):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
        page = context.new_page()
        page.goto(address)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            yield f"{width} px: {wide} px wider than the screen"
        page.evaluate(axe)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations'], iframes: false})")
        for each in found["violations"]:
            if each["impact"] in ("serious", "critical"):
                where = "; ".join(node["html"][:120] for node in each["nodes"][:2])
                yield f"{width} px, {scheme}: {each['id']} ({len(each['nodes'])}): {where}"
        context.close()


def main():
    """Say what is wrong, page by page; the exit code is 1 if something is."""
    chromium = shutil.which("chromium")
    if chromium is None or not AXE.exists():
        print("chromium or axe-core is not here: the pages were not looked at")
        return 0
    every = sorted(SITE.rglob("*.html")) if "--all" in sys.argv else [SITE / f"{name}.html" for name in KINDS]
    faults = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for place in every:
            for fault in find_faults(browser, place.as_uri(), AXE.read_text("utf-8")):
                print(f"{place.relative_to(SITE)}: {fault}")
                faults += 1
        browser.close()
    print(f"{len(every)} pages looked at, {faults} faults")
    return int(faults > 0)


sys.exit(main())
