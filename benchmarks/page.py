"""The page in Chromium: size, first picture, frames while scrubbing: python -m benchmarks.page [--json FILE].

Each frame moves the scrubber on by one place and waits for the next animation frame; `work` is what the page itself
takes of it. Needs Playwright and Chromium.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

from backproof import Network, load
from backproof.page import export_page
from backproof.training import Training
from backproof.worksheet import Worksheet

SCRUB = """async () => {
  const time = document.querySelector("#time");
  let work = 0;
  const frames = 120, start = performance.now();
  for (let frame = 0; frame < frames; frame++) {
    const begun = performance.now();
    time.value = String(frame % (Number(time.max) + 1));
    time.dispatchEvent(new Event("input", {bubbles: true}));
    await new Promise(queueMicrotask);
    document.body.offsetHeight;
    work += performance.now() - begun;
    await new Promise(requestAnimationFrame);
  }
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  return {frames_per_second: Math.round(1000 * frames / (performance.now() - start)),
          work_ms: Math.round(10 * work / frames) / 10, first_picture_ms: Math.round(paint?.startTime ?? 0)};
}"""


def make_digits() -> Worksheet:
    """Four images through 784-30-10, as large as MNIST's."""
    x = np.random.default_rng(0).random((4, 784)).round(2)
    network = Network.dense([784, 30, 10], activation=["sigmoid", "softmax"], cost="cross_entropy", seed=0)
    return Worksheet("784-30-10", network, x, np.eye(10)[:4], training=Training(0.1))


def measure() -> dict[str, dict[str, float]]:
    """Size and speed of each page."""
    found = {}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, sheet in {"or": load("or"), "784-30-10": make_digits()}.items():
            file = Path(folder) / f"{name}.html"
            file.write_text(export_page(sheet), "utf-8")
            page = browser.new_page(viewport={"width": 1280, "height": 1000})
            page.goto(file.as_uri())
            page.wait_for_selector("#network svg")
            page.wait_for_timeout(500)
            found[name] = {"kB": round(file.stat().st_size / 1000), **page.evaluate(SCRUB)}
            page.close()
        browser.close()
    return found


if __name__ == "__main__":
    measured = measure()
    print(json.dumps(measured, indent=1))
    if "--json" in sys.argv:
        Path(sys.argv[sys.argv.index("--json") + 1]).write_text(json.dumps(measured), "utf-8")
