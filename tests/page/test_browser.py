"""The page in a real browser: each thing that a reader does, wide and on a phone, in light and in dark."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backproof import load
from backproof.page import export_page
from backproof.worksheet.model import Lesson

SCREENS = [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")]
AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(params=SCREENS, ids=lambda each: f"{each[0]} {each[1]}")
def page(request, opened, or_page):
    width, scheme = request.param
    return opened(or_page.as_uri(), width=width, scheme=scheme)


def test_one_selection_drives_all_panes(page):
    page.choose("#network", "w1")
    assert page.current() >= {("network", "w1"), ("numbers", "w1")}
    assert "weight w1 from i1 to h1" in page.inner_text("#derivation")
    page.choose("#numbers", "dE/dw1", 2 if page.viewport_size["width"] > 800 else None)
    assert {("network", "dE/dw1"), ("numbers", "dE/dw1")} <= page.current()
    assert "−0.000278685" in page.inner_text("#derivation h2") or page.viewport_size["width"] < 800


def test_every_half_of_a_unit_every_line_and_the_cost_is_a_target(page):
    for name in ("a[i1]", "h[h1]", "a[h1]", "dE/dh[h1]", "da/dh[o]", "dE/da[o]", "b1", "dE/db1", "dE/dw5", "w3", "E"):
        page.locator(f'#network [data-quantity="{name}"]').dispatch_event("click")
        assert ("network", name) in page.current(), name
        assert page.locator("#derivation .tier").count() >= 1


def test_a_symbol_leads_down_and_escape_leads_up(page):
    page.open_at("of=dE/dw1&sample=2")
    page.choose("#derivation", "dE/dh[o]")
    page.choose("#derivation", "a[o]")
    crumbs = page.locator(".trail li")
    assert crumbs.count() == 3
    assert "pre-activation" in page.inner_text("#derivation")
    page.keyboard.press("Escape")
    assert ("network", "dE/dh[o]") in page.current()
    page.keyboard.press("Escape")
    assert ("network", "dE/dw1") in page.current()
    assert page.locator(".trail").count() == 0


def test_the_tiers_stand_in_their_order(page):
    page.open_at("of=dE/dw1")
    titles = [each.lower() for each in page.locator(".tier h3").all_inner_texts()]
    wanted = ["sum over the samples", "each sample's term", "numbers put in", "value", "update", "central difference"]
    assert titles == wanted
    page.get_by_role("button", name="sample 2", exact=True).click()
    page.settle()
    titles = [each.lower() for each in page.locator(".tier h3").all_inner_texts()]
    wanted = ["where it enters", "chain rule", "local derivatives", "numbers put in", "value", "central difference"]
    assert titles == wanted


def test_the_pointer_lights_what_a_symbol_means(page):
    page.open_at("of=dE/dw1&sample=2")
    page.locator('#derivation [data-quantity="w5"]').first.hover()
    page.wait_for_selector('#network .near[data-quantity="w5"]')
    assert page.locator('#network .edge.on[data-quantity="w5"]').count() == 1
    assert page.locator('#network .edge.on[data-quantity="w2"]').count() == 0


def test_time_moves_through_phases_and_steps(page):
    before = page.locator('#network [data-quantity="w5"]').get_attribute("aria-label")
    page.locator("#time").focus()
    page.keyboard.press("End")
    page.settle()
    assert page.locator('#network [data-quantity="w5"]').get_attribute("aria-label") != before
    assert "step 10" in page.inner_text(".time .now")
    page.keyboard.press("Home")
    page.settle()
    assert "forward" in page.inner_text(".time .now")
    page.get_by_role("button", name="Forth").click()
    page.settle()
    assert "cost" in page.inner_text(".time .phase")
    page.get_by_role("button", name="Play").click()
    page.locator(".time .phase", has_text="update").wait_for()
    page.get_by_role("button", name="Pause").click()
    page.wait_for_url(re.compile(r"step=\d+"))


def test_what_was_not_recorded_says_so(page):
    assert "backproof play" in page.inner_text("main")
    assert page.locator("[data-edit]").count() == 0


def test_it_can_be_used_by_keyboard_alone(page):
    page.locator("#network svg").wait_for()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('#network') !== null"):
            break
    first = page.evaluate("document.activeElement.dataset.quantity")
    page.keyboard.press("ArrowUp" if page.viewport_size["width"] < 800 else "ArrowLeft")
    second = page.evaluate("document.activeElement.dataset.quantity")
    assert first
    assert second
    assert first != second
    page.keyboard.press("Enter")
    assert ("network", second) in page.current()


def test_nothing_is_cut_off_and_targets_are_large_enough(page):
    page.open_at("of=dE/dw1&sample=2")
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    wide = page.eval_on_selector_all(
        "#derivation .right, #numbers .scroll", "every => every.filter(e => e.scrollWidth > e.clientWidth + 1).length"
    )
    assert not wide
    small = page.eval_on_selector_all(
        "header button, .time button, .time input, #derivation button",
        "every => every.filter(e => e.getClientRects().length && e.getBoundingClientRect().height < 43.5).length",
    )
    assert not small


@pytest.mark.parametrize("width", [1280, 360])
def test_long_names_leave_room_for_their_numbers(opened, tmp_path, width):
    file = tmp_path / "rnn.html"
    file.write_text(export_page(load("rnn")), encoding="utf-8")
    page = opened(file.as_uri() + "#of=dE%2Fdr.state.weight%5B0%2C0%5D", width=width)
    page.locator("#derivation .tier").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    cramped = page.eval_on_selector_all(
        "#numbers .pair",
        """every => every.filter(pair => {
            const [name, number] = [...pair.children].map(each => each.getBoundingClientRect());
            return number.right > pair.getBoundingClientRect().right + 1 || name.right > number.left;
        }).length""",
    )
    assert not cramped


def test_axe_finds_nothing_serious(page):
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci in web/")
    page.open_at("of=dE/dw1&sample=2")
    page.wait_for_selector("#derivation .tier")
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    serious = [
        (each["id"], [node["html"][:160] for node in each["nodes"][:3]])
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ]
    assert not serious


def test_your_turn_names_the_mistake(page):
    page.open_at("of=dE/dw1&sample=2")
    page.get_by_role("button", name="Your turn").click()
    page.settle()
    assert "0.000278685" not in page.inner_text("#derivation")
    for typed, verdict, mistake in (
        ("-0.000279", "right", None),
        ("-2.786e-4", "right", None),
        ("-0.000280", "rounded", None),
        ("-0,00122", "wrong", "sigma_prime_omitted"),
        ("0.5", "wrong", None),
        ("w1", None, None),
    ):
        page.fill("#answer", typed)
        page.keyboard.press("Enter")
        page.settle()
        shown = page.locator("#verdict")
        assert (shown.get_attribute("data-verdict"), shown.get_attribute("data-mistake")) == (verdict, mistake), typed
        assert shown.inner_text()


def test_the_address_brings_back_what_was_shown(opened, or_page):
    page = opened(or_page.as_uri() + "#of=dE/dw5&sample=3&step=4&phase=backward")
    assert ("network", "dE/dw5") in page.current()
    assert "sample 3, step 4" in page.inner_text("#derivation .says")
    assert "backward" in page.inner_text(".time .now")


RUN = [
    "<script>{}</script>", "</script><script>{}</script>", "<img src=x onerror={}>", '"><svg onload={}>',
    "javascript:{}", "' onclick='{}", '" onfocus="{}" autofocus="', "</title><script>{}</script>",
    "<!--<script>{}", "]]><script>{}</script>", "\u2028{}", "<iframe srcdoc='<script>{}</script>'>",
    "&lt;script&gt;{}&lt;/script&gt;", "<math><mtext></math><img src=x onerror={}>", "</style><script>{}</script>",
    "<a href='javascript:{}'>a</a>", "<details open ontoggle={}>", "<svg><animate onbegin={} attributeName=x>",
    "</noscript><img src=x onerror={}>", "<math href='javascript:{}'>m</math>",
]  # fmt: skip
WAYS = [
    "alert(1)", "window.ran=1", "parent.ran=1", "fetch('http://example.invalid')", "location='http://example.invalid'",
    "eval('alert(1)')", "setTimeout('alert(1)')", "alert`1`", "document.title='ran'", "top['al'+'ert'](1)",
]  # fmt: skip
#: 200 texts that would run somewhere if a page took text for HTML, an attribute, a script or a style.
HOSTILE = [form.format(way) for form in RUN for way in WAYS]


@pytest.mark.parametrize("form", range(len(RUN)), ids=lambda number: RUN[number][:24])
def test_text_from_a_worksheet_never_runs(form, opened, tmp_path):
    texts = HOSTILE[form * len(WAYS) : (form + 1) * len(WAYS)]
    sheet = load("or")
    lessons = tuple(Lesson("E", text) for text in texts)
    path = tmp_path / "hostile.html"
    text = " ".join(texts)
    hostile = replace(sheet, title=text, source=text, warnings=tuple(texts), lessons=lessons)
    path.write_text(export_page(hostile, last=1), "utf-8")
    page = opened(f"{path.as_uri()}#of={texts[0]}&sample={texts[1]}&step={texts[2]}&edits={texts[3]}")
    title = page.title()
    page.choose("#network", "w1")
    page.get_by_role("button", name="Begin the lesson").click()
    for each in texts[:-1]:
        assert each.replace("\u2028", "") in page.inner_text("#lesson").replace("\u2028", "")
        page.get_by_role("button", name="Next").click()
    assert page.locator("header :is(img, iframe, svg, script, a, details, math, style)").count() == 0
    assert page.evaluate("window.ran") is None
    assert page.title() == title != "ran"


def test_the_policy_forbids_what_was_not_shipped(opened, or_page):
    page = opened(or_page.as_uri())
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.ran = 1\">')")
    page.evaluate("const s = document.createElement('script'); s.text = 'window.ran = 2'; document.body.append(s)")
    page.wait_for_timeout(200)
    assert page.evaluate("window.ran") is None
    assert page.faults
    page.faults.clear()
    page.requests.clear()


def test_the_lesson_leads_from_number_to_number_and_asks(page):
    page.get_by_role("button", name="Begin the lesson").click()
    for lesson in load("or").lessons:
        page.settle()
        assert lesson.says in page.inner_text("#lesson")
        assert ("network", lesson.of) in page.current() or lesson.of.startswith("new")
        assert page.locator("#answer").count() == lesson.ask
        if lesson != load("or").lessons[-1]:
            page.get_by_role("button", name="Next").click()


def test_a_press_beside_a_small_target_counts_for_it(opened, or_page):
    page = opened(or_page.as_uri(), width=360)
    for name in ("dE/dw1", "b1", "dE/db1", "dE/dw6"):
        box = page.locator(f'#network [data-quantity="{name}"] .disc').bounding_box()
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        assert ("network", name) in page.current(), name
    area = page.locator('#network [data-quantity="E"] .area')
    area.evaluate("element => element.scrollIntoView({block: 'center'})")
    box = area.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] + 15)
    assert ("network", "E") in page.current()


STRIDES = [
    ("operation", ["h[h1]", "a[h1]", "h[h2]"]),
    ("layer", ["h[h1]", "h[o]", "E", "dE/da[o]", "dE/da[h2]", "step w1", "step w5", "h[h1]"]),
]


@pytest.mark.parametrize(("stride", "wanted"), STRIDES, ids=["operation", "layer"])
def test_time_moves_by_operation_and_by_layer(opened, or_page, stride, wanted):
    page = opened(or_page.as_uri() + "#sample=2&step=1&phase=forward")
    page.select_option(".choices select >> nth=0", stride)
    for name in wanted:
        page.get_by_role("button", name="Forth").click()
        page.settle()
        assert name in page.get_attribute("#numbers [aria-current]", "data-quantity")
    assert ("step 2" in page.inner_text(".now")) == (stride == "layer")
    if stride == "layer":
        assert page.locator("#numbers tr.near").count() == 4
        page.get_by_role("button", name="Back").click()
        page.settle()
        assert page.get_attribute("#numbers [aria-current]", "data-quantity") == "step w5"
        assert "step 1" in page.inner_text(".now")


def test_a_pass_over_the_data_is_as_many_steps_as_there_are_batches(opened, tmp_path):
    sheet = load("or")
    path = tmp_path / "batches.html"
    training = replace(sheet.training, batches=((1, 2), (3,), (4,)))
    path.write_text(export_page(replace(sheet, training=training, lessons=()), last=8), "utf-8")
    page = opened(path.as_uri() + "#step=1")
    page.select_option(".choices select >> nth=0", "epoch")
    for step in (4, 8):  # step 7 was not recorded
        page.get_by_role("button", name="Forth").click()
        page.settle()
        assert f"step {step} " in page.inner_text(".now")


@pytest.fixture(scope="module")
def digits_page(tmp_path_factory):
    """Small pictures through 36-9-3, as a file."""
    from backproof import Network
    from backproof.training import Training
    from backproof.worksheet import Worksheet

    network = Network.dense([36, 9, 3], activation=["sigmoid", "softmax"], cost="cross_entropy", seed=0)
    x = np.random.default_rng(0).random((2, 36)).round(2)
    path = tmp_path_factory.mktemp("digits") / "digits.html"
    path.write_text(
        export_page(Worksheet("36-9-3", network, x, np.eye(3)[:2], training=Training(0.1)), last=2), "utf-8"
    )
    return path


def test_a_unit_of_a_large_network_shows_its_incoming_weights(opened, digits_page):
    page = opened(digits_page.as_uri())
    page.choose("#network", "E")
    page.settle()
    assert page.locator(".heat").count() == 0
    colours = set()
    for unit in ("l1.2", "l1.3", "l2.1"):
        page.open_at(f"of=a[{unit}]&sample=1")
        assert unit in page.inner_text(".heat figcaption")
        side = page.eval_on_selector(".heat canvas", "each => [each.width, each.height]")
        assert side == ([48, 48] if unit[1] == "1" else [24, 24])
        colours.add(page.eval_on_selector(".heat canvas", "each => each.toDataURL()"))
    assert len(colours) == 3


def test_a_cell_too_small_for_a_finger_is_enlarged_first(opened, digits_page):
    page = opened(digits_page.as_uri() + "#of=E&sample=1", width=360, has_touch=True)
    cell = page.locator('#network [data-quantity="a[l1.5]"] .area')
    assert cell.bounding_box()["width"] < 44
    cell.tap()
    page.settle()
    assert ("network", "E") in page.current()
    assert cell.bounding_box()["width"] >= 44
    assert cell.bounding_box()["height"] >= 44
    cell.tap()
    assert ("network", "a[l1.5]") in page.current()
    before = cell.bounding_box()["x"]
    box = page.locator("#network .tall").bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 150)
    page.mouse.down()
    page.mouse.move(box["x"] + 260, box["y"] + 150)
    page.mouse.up()
    page.settle()
    assert cell.bounding_box()["x"] == pytest.approx(before + 60, abs=1)
    assert ("network", "a[l1.5]") in page.current()
    page.get_by_role("button", name="Show the whole network").tap()
    page.settle()
    assert cell.bounding_box()["width"] < 44


def test_all_samples_together_show_their_ranges(opened, or_page):
    page = opened(or_page.as_uri())
    page.get_by_role("button", name="all samples").click()
    page.settle()
    assert page.text_content('#network [data-value="a[h1]"]') == "0.62…0.71"


def test_a_network_of_one_input_shows_its_curve(opened, tmp_path):
    from backproof import Network
    from backproof.training import Training
    from backproof.worksheet import Worksheet

    x = np.linspace(-2, 2, 5)[:, None]
    network = Network.dense([1, 3, 1], activation=["tanh", "identity"], seed=0)
    path = tmp_path / "curve.html"
    path.write_text(export_page(Worksheet("curve", network, x, np.sin(x), training=Training(0.1)), last=3), "utf-8")
    page = opened(path.as_uri())
    before = page.locator(".fit polyline").get_attribute("points")
    assert page.locator(".fit circle").count() == 5
    page.locator("#time").focus()
    page.keyboard.press("End")
    page.settle()
    assert page.locator(".fit polyline").get_attribute("points") != before


def test_another_browser_shows_the_same(firefox, or_page):
    page = firefox.new_page()
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{or_page.as_uri()}#of=dE/dw1&sample=2")
    page.wait_for_selector("#derivation .tier")
    assert "−0.000278685" in page.inner_text("#derivation h2")
    assert not faults
