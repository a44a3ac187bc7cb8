"""The page in a notebook: a widget of anywidget, whose questions the kernel answers."""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets

from backproof.errors import BackproofError
from backproof.page.export import read_built, write_page
from backproof.page.session import Session
from backproof.worksheet import Worksheet


class PageWidget(anywidget.AnyWidget):
    """A worksheet to play with in a notebook.

    Parameters
    ----------
    sheet : Worksheet
    """

    _esm = read_built("widget.js")
    html = traitlets.Unicode().tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)

    def __init__(self, sheet: Worksheet) -> None:
        self.session = Session(sheet)
        page = write_page(self.session.record() | {"embedded": True})
        super().__init__(html=page, title=sheet.title)
        self.on_msg(_answer_message)


def _answer_message(widget: PageWidget, message: Any, buffers: Any) -> None:
    """Send the reply to a question, under the question's own number."""
    if not isinstance(message, dict) or "number" not in message:
        return
    try:
        reply = widget.session.answer(message.get("question"))
    except BackproofError as error:
        reply = {"error": str(error)}
    widget.send({"number": message["number"], "reply": reply})
