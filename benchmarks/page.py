"""The page in Chromium: size, first picture, frames while scrubbing.

Each frame moves the scrubber on by one place and waits for the next animation frame; `work` is what the page itself
takes of it. Needs Playwright and Chromium.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

from backproof import Network, load
from backproof.page import export_page
from backproof.training import Training
from backproof.worksheet import Worksheet
from benchmarks.figure import Figure

#: What a page may weigh, and the frames a second that it should show.
MOST_KB, FRAMES = {"or": 400}, {"or": 60, "784-30-10": 30}
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


def figures() -> Iterator[Figure]:
    """Each page against what is asked of it: bytes, milliseconds until the first picture, frames a second."""
    for name, found in measure().items():
        if name in MOST_KB:
            yield Figure(f"exported {name}", f"{found['kB']} kB", f"{MOST_KB[name]} kB", found["kB"] <= MOST_KB[name])
        first, frames = found["first_picture_ms"], found["frames_per_second"]
        yield Figure(f"{name}: first picture", f"{first} ms", "1000 ms", first <= 1000)
        wanted = f"{FRAMES[name]} frames/s"
        work = f"{frames} frames/s, {found['work_ms']} ms of work each"
        yield Figure(f"{name}: scrubbing", work, wanted, frames >= FRAMES[name] - 1)
