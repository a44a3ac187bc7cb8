"""A network to play with in a notebook: the widget's page, the questions that the kernel answers."""

import pytest

from backproof import Network, load
from backproof.interop import play


@pytest.fixture
def widget():
    pytest.importorskip("anywidget")
    from backproof.interop.widget import PageWidget

    return PageWidget(load("or"))


def reply_to(widget, question):
    from backproof.interop.widget import _answer_message

    sent = []
    widget.send = sent.append
    _answer_message(widget, {"number": 7, "question": question}, [])
    (message,) = sent
    assert message["number"] == 7
    return message["reply"]


def test_a_widget_holds_the_page_and_answers_its_questions(widget):
    assert widget.title == load("or").title
    assert 'id="record"' in widget.html
    assert len(reply_to(widget, {"about": "curve", "edits": [], "last": 3})["points"]) == 3
    assert "expected a question" in reply_to(widget, {"about": "nothing"})["error"]


def test_what_is_no_question_gets_no_reply(widget):
    from backproof.interop.widget import _answer_message

    widget.send = lambda message: pytest.fail("nothing was asked")
    for message in (None, 3, {}, "text"):
        _answer_message(widget, message, [])


def test_the_page_of_a_widget_works_in_a_frame_of_its_own(widget, opened, tmp_path):
    from html import escape

    path = tmp_path / "notebook.html"
    frame = (
        f'<iframe id="network" sandbox="allow-scripts" width=900 height=600 srcdoc="{escape(widget.html)}"></iframe>'
    )
    path.write_text(f'<!doctype html><div id="network"><svg width=1 height=1></svg></div>{frame}', "utf-8")
    page = opened(path.as_uri())
    inside = page.frame_locator("iframe")
    inside.locator("#network .mark.half").first.wait_for()
    assert inside.locator("h1").inner_text() == load("or").title


def test_outside_of_a_notebook_a_network_is_served_and_opened(monkeypatch):
    pytest.importorskip("uvicorn")
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    network = Network.dense([2, 2, 1], activation="sigmoid", cost="half_squared_error", seed=0)
    server = network.play([[0, 1], [1, 1]], [[1], [0]], learning_rate=0.5, title="mine")
    assert opened == [server.address]
    assert server.session.record()["title"] == "mine"
    assert not play.is_notebook()
    server.stop()


def test_inside_of_a_notebook_it_is_a_widget(monkeypatch):
    pytest.importorskip("anywidget")
    monkeypatch.setattr(play, "is_notebook", lambda: True)
    network = Network.dense([2, 2, 1], activation="sigmoid", cost="half_squared_error", seed=0)
    assert type(network.play([[0, 1]], [[1]])).__name__ == "PageWidget"
