"""The network as a drawing: where everything stands, and how its numbers look, before any target writes it.

`place_network` places the marks of an architecture, `read_marks` says what each shows in one step, and
`render.svg.write_svg` writes both as SVG.
"""

from backproof.drawing.layout import place_network
from backproof.drawing.model import CHANNELS, NUMBERED, Caption, Drawing, Mark, Reading
from backproof.drawing.readings import measure_scales, read_marks

__all__ = [
    "CHANNELS",
    "NUMBERED",
    "Caption",
    "Drawing",
    "Mark",
    "Reading",
    "measure_scales",
    "place_network",
    "read_marks",
]
