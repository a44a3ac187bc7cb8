"""`[[lesson]]`: read as strictly as the rest of a worksheet, and written so that it is read again."""

import pytest

from backproof import examples, load
from backproof.errors import WorksheetError
from backproof.worksheet import loads
from backproof.worksheet.model import Lesson
from backproof.worksheet.writer import dumps

OR = examples.text("or").partition("[[lesson]]")[0]


def test_the_lesson_of_the_or_gate_walks_through_the_article():
    sheet = load("or")
    assert len(sheet.lessons) >= 8
    for lesson in sheet.lessons:
        assert sheet.trace(step=lesson.step, sample=lesson.sample)[lesson.of] == pytest.approx(0, abs=2)


def test_a_lesson_is_written_and_read_again():
    text = f'{OR}\n[[lesson]]\nsays = "Look."\nof = "dE/dw1"\nsample = 2\nstep = 3\nask = true\n'
    sheet = loads(text)
    assert sheet.lessons == (Lesson("dE/dw1", "Look.", 2, 3, True),)
    assert loads(dumps(sheet)) == sheet
    assert loads(dumps(load("or"))) == load("or")


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ('of = "w1"', "'says'"),
        ('says = "a"', "'of'"),
        ('says = "a"\nof = "w99"', "w99"),
        ('says = "a"\nof = "h[h1]"', "belongs to one sample"),
        ('says = "a"\nof = "w1"\nsample = 9', "from 1 to 4"),
        ('says = "a"\nof = "w1"\nstep = 0', "from 1"),
        ('says = "a"\nof = "w1"\nask = 1', "true or false"),
        ('says = 3\nof = "w1"', "a string"),
        ('says = "a"\nof = "w1"\nsay = "b"', "did you mean"),
        (f'says = "{"a" * 1001}"\nof = "w1"', "at most 1000"),
    ],
)
def test_a_bad_lesson_is_one_clear_message(lines, says):
    with pytest.raises(WorksheetError) as raised:
        loads(f"{OR}\n[[lesson]]\n{lines}\n")
    assert says.lower() in str(raised.value).lower()
    assert "lesson" in str(raised.value)
