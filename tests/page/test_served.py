"""The served page in a browser: numbers are changed, and everything that follows changes with them."""

import re

import pytest

from backproof import load

PHONE = 360


@pytest.fixture(params=[1280, PHONE])
def page(request, served, opened):
    page = opened(served(load("or")).address + "#sample=2", width=request.param)
    page.wait_for_selector(".curve polyline")
    return page


def value_of(page, name):
    return page.locator(f'#network [data-quantity="{name}"]').get_attribute("aria-label").rpartition(": ")[2]


def test_an_edit_changes_and_marks_what_follows_and_is_undone(page):
    page.choose("#network", "E")
    before = page.inner_text("#derivation h2")
    page.fill('[data-edit="w1"]', "0.9")
    page.press('[data-edit="w1"]', "Enter")
    page.locator('#numbers .changed[data-quantity="h[h1]"]').first.wait_for(state="attached")
    assert value_of(page, "w1") == "0.9"
    assert page.inner_text("#derivation h2") != before
    assert page.locator('#numbers .changed[data-quantity="w2"]').count() == 0
    page.wait_for_url(re.compile("edits="))
    page.get_by_role("button", name="Undo").click()
    page.locator('#network [data-quantity="w1"][aria-label$=": 0.1"]').wait_for()
    assert page.inner_text("#derivation h2") == before


def test_inputs_targets_rate_activation_and_cost_are_edited(page):
    page.fill('[data-edit="a[i1]"][data-sample="1"]', "0.5")
    page.press('[data-edit="a[i1]"][data-sample="1"]', "Enter")
    page.locator('#numbers [data-quantity="a[i1]"][data-sample="1"]', has_text="0.5").wait_for(state="attached")
    page.select_option('[data-edit="activation of l1"]', "tanh")
    page.locator('#numbers .changed[data-quantity="a[h1]"]').first.wait_for(state="attached")
    page.select_option('[data-edit="cost"]', "squared_error")
    page.locator('#numbers .changed[data-quantity="E"]').first.wait_for(state="attached")
    page.fill('[data-edit="eta"]', "0.5")
    page.press('[data-edit="eta"]', "Enter")
    page.locator('#numbers .changed[data-quantity="new w1"]').first.wait_for(state="attached")


def test_a_number_that_cannot_be_is_refused_in_words(page):
    page.fill('[data-edit="w1"]', "lots")
    page.press('[data-edit="w1"]', "Enter")
    page.get_by_role("alert").wait_for()
    assert "'lots' is not a number" in page.inner_text('[role="alert"]')
    assert page.get_attribute('[data-edit="w1"]', "aria-invalid") == "true"
    assert value_of(page, "w1") == "0.1"
    page.faults[:] = [each for each in page.faults if "400" not in each]


def test_later_steps_and_their_derivations_come_when_they_are_asked_for(page):
    page.choose("#network", "dE/dw5")
    page.locator("#time").focus()
    page.keyboard.press("End")
    page.locator(".says", has_text="step 100").wait_for()
    page.locator("#derivation .tier.value").wait_for()
    if page.viewport_size["width"] > PHONE:
        page.get_by_role("button", name="Train on").click()
        page.locator(".now", has_text="step 102").wait_for()


def test_an_answer_is_judged_by_check(page):
    page.choose("#network", "dE/dw1")
    page.get_by_role("button", name="Your turn").click()
    page.fill("#answer", "-0.00122")
    page.keyboard.press("Enter")
    page.locator('#verdict[data-verdict="wrong"][data-mistake="sigma_prime_omitted"]').wait_for()


def test_the_address_brings_back_the_edits(page):
    page.fill('[data-edit="w1"]', "0.9")
    page.press('[data-edit="w1"]', "Enter")
    page.locator('#network [data-quantity="w1"][aria-label$=": 0.9"]').wait_for()
    page.wait_for_url(re.compile("edits="))
    page.reload()
    page.locator('#network [data-quantity="w1"][aria-label$=": 0.9"]').wait_for()


def test_a_worksheet_is_saved_and_opened(page, tmp_path):
    with page.expect_download() as started:
        page.get_by_role("button", name="Save worksheet").click()
    saved = tmp_path / "saved.toml"
    started.value.save_as(saved)
    assert load(saved) == load("or")
    saved.write_text(saved.read_text("utf-8").replace("OR gate", "A gate that was opened"), "utf-8")
    page.set_input_files('input[type="file"]', saved)
    page.locator("h1", has_text="A gate that was opened").wait_for()


def change_later(page, step, value):
    """Change w5 at a step of the scrubber."""
    page.evaluate(
        """step => { const time = document.querySelector("#time"); time.value = 4 * step - 1;
                    time.dispatchEvent(new Event("input", {bubbles: true})); }""",
        step,
    )
    page.locator(".now", has_text=f"step {step}").wait_for()
    page.get_by_role("button", name=f"from step {step} on").click()
    page.fill('[data-edit="w5"]', value)
    page.press('[data-edit="w5"]', "Enter")


def test_several_futures_stand_side_by_side_and_each_can_be_shown_and_removed(page):
    page.locator(".now", has_text="step 1").wait_for()
    change_later(page, 100, "3")
    page.locator(".curve .other").wait_for(state="attached")
    change_later(page, 40, "-2")
    page.locator(".futures li:nth-child(2)").wait_for()
    assert page.locator(".curve .other").count() == 2
    texts = page.locator(".futures li button:first-child").all_inner_texts()
    assert texts == ["A nothing changed", "B w5 = 3 from step 100"]
    assert page.locator(".letters b").all_inner_texts() == ["A", "B"]
    page.wait_for_url(re.compile("step%22%3A40%7D.*futures="))
    kept = page.evaluate("JSON.parse(new URLSearchParams(location.hash.slice(1)).get('edits'))")
    assert [(each["name"], each["step"]) for each in kept] == [("w5", 100), ("w5", 40)]
    if page.viewport_size["width"] == PHONE:
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    page.get_by_role("button", name="Show future A: nothing changed").click()
    page.locator(".futures li", has_text="w5 = -2 from step 40").wait_for()
    page.locator('[data-edit="w5"]').wait_for()
    page.wait_for_url(re.compile("step=40&futures="))
    page.get_by_role("button", name="Remove future B").click()
    page.locator(".futures li:nth-child(2)").wait_for(state="detached")
    page.wait_for_url(re.compile("futures=((?!letter).)*letter((?!letter).)*$"))
    page.reload()
    page.locator(".futures li", has_text="w5 = -2 from step 40").wait_for()
    assert page.locator(".curve .other").count() == 1


def test_an_edit_at_the_start_shows_the_curve_without_it(page):
    for value in ("0.9", "0.7"):
        page.fill('[data-edit="w1"]', value)
        page.press('[data-edit="w1"]', "Enter")
        page.locator(f'#network [data-quantity="w1"][aria-label$=": {value}"]').wait_for()
    assert page.locator(".futures li").all_inner_texts() == ["A without the last edit\n×"]
    page.get_by_role("button", name="Undo").click()
    page.locator(".futures").wait_for(state="detached")


def test_units_samples_and_the_optimiser_are_edited_and_undone(page):
    page.select_option('[data-edit="units of l1"]', "3")
    page.locator('#network [data-quantity="h[h3]"]').first.wait_for()
    page.choose("#network", "dE/dh[h3]")
    page.locator("#derivation .tier.value").wait_for()
    page.select_option('[data-edit="samples"]', "5")
    page.get_by_role("button", name="sample 5", exact=True).wait_for()
    page.select_option('[data-edit="optimiser"]', "adam")
    page.locator('#numbers [data-quantity="new w1"]').first.wait_for(state="attached")
    for _ in range(3):
        page.get_by_role("button", name="Undo").click()
    page.locator('#network [data-quantity="h[h3]"]').wait_for(state="detached")
    assert page.locator('[data-edit="samples"]').input_value() == "4"


def test_a_formula_is_judged_too(page):
    page.choose("#network", "dE/dw1")
    page.get_by_role("button", name="Your turn").click()
    page.fill("#answer", "dE/dh[o] * w5 * a[h1] * (1 - a[h1]) * i1")
    page.keyboard.press("Enter")
    page.locator('#verdict[data-verdict="right"]').wait_for()
