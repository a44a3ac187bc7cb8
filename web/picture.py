"""Makes docs/page.png, the README's picture: python web/picture.py, with Playwright, Pillow and Chromium."""

import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from backproof import load
from backproof.page import export_page

TARGET = Path(__file__).parents[1] / "docs" / "page.png"

with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
    page_file = Path(folder) / "or.html"
    page_file.write_text(export_page(load("or"), last=1000), "utf-8")
    browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
    page = browser.new_page(viewport={"width": 1280, "height": 940})
    page.goto(f"{page_file.as_uri()}#of=dE/dw1&sample=2&step=1")
    page.wait_for_selector("#derivation .tier")
    page.wait_for_timeout(500)
    TARGET.parent.mkdir(exist_ok=True)
    page.screenshot(path=TARGET)
    browser.close()
    Image.open(TARGET).convert("RGB").quantize(224, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        TARGET, optimize=True
    )
