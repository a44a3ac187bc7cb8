"""One file for each kind of layer, found by its name: what tests try it on, and how PyTorch computes it.

`CASES` are pairs of options and received shapes, `BAD_SHAPES` such pairs that are refused, `BAD_OPTIONS` options that
are. `draw_case(rng)` is a random case, `compute(torch, kind, received, parameters)` what PyTorch makes of one. For
random graphs `draw_options(rng, shapes)` gives options for known shapes, and `senders` the number of layers that it
receives from; a choice that does not fit is drawn again. Without `draw_options` a kind is not put into random graphs.
`draw_received(rng, shape)` draws activations for a kind that does not take any numbers.
"""

from importlib import import_module
from pkgutil import iter_modules

KINDS = {each.name: import_module(f"{__name__}.{each.name}") for each in iter_modules(__path__)}
