"""Random right workings in everyday styles: every number is read, none is accused, a planted slip is found."""

import numpy as np
import pytest

from documents.measure import measure
from documents.styles import STYLES


@pytest.mark.parametrize("style", STYLES)
def test_a_style_is_read_and_no_right_number_is_accused(style, tmp_path):
    found = sum((measure(style, seed, tmp_path) for seed in (0, 1)), np.zeros(6, int))
    read, there, accused, slips, seen, named = found
    assert accused == 0
    assert read >= 0.95 * there
    assert seen == slips
    assert named == slips
