"""Pages to open: exported files, a served page, and what happens in them."""

from __future__ import annotations

from threading import Thread

import pytest

from backproof import load
from backproof.page import export_page


@pytest.fixture(scope="session")
def or_page(tmp_path_factory):
    """The exported OR gate, as a file."""
    path = tmp_path_factory.mktemp("page") / "or.html"
    path.write_text(export_page(load("or"), last=10), "utf-8")
    return path


class Opened:
    """A page in the browser, with what it asked for and what went wrong in it."""

    def __init__(self, page, address):
        self.page, self.address = page, address
        self.requests, self.faults = [], []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda said: self.faults.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("dialog", lambda dialog: (self.faults.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.goto(address)
        page.wait_for_selector("#network svg")

    def __getattr__(self, name):
        return getattr(self.page, name)

    def settle(self):
        """Wait until what was asked for has been painted."""
        self.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def open_at(self, fragment):
        """Open the page anew at a fragment of its address."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.address}#{fragment}")
        self.page.wait_for_selector("#network svg")
        self.settle()

    def choose(self, pane, name, sample=None):
        """Click a number in a pane."""
        which = f'[data-quantity="{name}"]' + (f'[data-sample="{sample}"]' if sample else "")
        self.page.locator(f"{pane} {which}").first.click()

    def current(self):
        """What is selected, by pane."""
        self.settle()
        found = self.page.eval_on_selector_all(
            '[data-quantity][aria-current="true"]',
            "every => every.map(each => [each.closest('section').id, each.dataset.quantity])",
        )
        return {tuple(each) for each in found}


@pytest.fixture
def opened(chromium):
    """A function that opens an address at some width; what went wrong fails the test."""
    contexts, pages = [], []

    def open_page(address, *, width=1280, scheme="light", **more):
        context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **more)
        contexts.append(context)
        pages.append(Opened(context.new_page(), address))
        return pages[-1]

    yield open_page
    for context in contexts:
        context.close()
    for page in pages:
        assert not page.faults
        start = page.address.partition("#")[0].partition("?")[0]
        strangers = [url for url in page.requests if not url.startswith((start, "data:", "blob:", "about:"))]
        assert not strangers


@pytest.fixture
def served():
    """A function that serves a worksheet and gives its server."""
    pytest.importorskip("uvicorn")
    pytest.importorskip("starlette")
    from backproof.interop.serve import Server

    running = []

    def serve(sheet):
        server = Server(sheet)
        thread = Thread(target=server.run, daemon=True)
        thread.start()
        running.append((server, thread))
        return server

    yield serve
    for server, thread in running:
        server.stop()
        thread.join(10)
