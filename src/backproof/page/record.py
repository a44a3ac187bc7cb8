"""Everything that a page shows of a worksheet without computing: steps, views, numbers, derivations, the drawing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from backproof.architecture import Architecture
from backproof.drawing import Drawing, measure_scales, place_network, read_marks
from backproof.errors import BackproofError
from backproof.page.curve import draw_curve
from backproof.page.incoming import list_maps, paint_maps
from backproof.page.moment import Table, find_names, list_views, see, write_derivations, write_numbers, write_ranges
from backproof.page.sentences import describe_quantity
from backproof.page.slopes import find_flat_units, find_vanished_errors
from backproof.page.surface import measure_fit, measure_surface
from backproof.page.targets import Group, list_groups, list_stages
from backproof.page.turns import list_answers
from backproof.page.writing import Pool, Writer
from backproof.paths import list_way
from backproof.quantity import Kind, Quantity
from backproof.render.svg import DIGITS, write_svg
from backproof.trace import Trace, trace_steps
from backproof.worksheet import Worksheet

#: Steps whose numbers are recorded: the first ones, then ever fewer.
MOMENTS = (1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000)
#: Number of derivations that are recorded, over all steps and views.
MOST_DERIVATIONS = 3500
#: Names that have a derivation, and samples that are a view, at most.
MOST_NAMES, MOST_SAMPLES = 320, 12
#: A network of more parameters, or of more units, has fewer derivations recorded, and no answers.
LARGE, MANY_UNITS, FEW_NAMES = 2000, 500, 60


def make_record(sheet: Worksheet, *, last: int = 1000, served: bool = False) -> dict[str, Any]:
    """The record of a worksheet; of one that is served, the first step alone, for what follows is computed when asked.

    Parameters
    ----------
    sheet : Worksheet
    last : int, default 1000
        The last step that is recorded.
    served : bool, default False
        Whether a server will compute what is not recorded.
    """
    first, view, drawings, groups = _lay_out(sheet)
    names = _collect_names(first, view, drawings["wide"], groups)
    traces = [first] if served else _choose_moments(sheet, last, len(names))
    table = _scale_table(drawings["wide"], groups, names, traces)
    pool = Pool()
    writer = Writer.of(first)
    moments = [write_moment(trace, table, pool, writer) for trace in traces]
    return {
        "format": 1,
        "title": sheet.title,
        "source": sheet.source,
        "warnings": list(sheet.warnings),
        "served": served,
        "trains": sheet.training.rate is not None and not sheet.training.optimiser.searches,
        "several": len(list_views(first, MOST_SAMPLES)) > 1,
        "drawing": {key: _write_drawing(each, view, table, writer) for key, each in drawings.items()},
        "scales": {
            channel: replace(writer.text, digits=DIGITS).number(value)
            for channel, value in sorted(table.scales.items())
        },
        "groups": [[group.phase, group.title, list(group.names), group.common] for group in groups],
        "stages": list_stages(groups, first),
        "maps": list_maps(sheet.network.architecture),
        "epoch": len(sheet.training.batches) or 1,
        "names": list(table.names),
        "targets": {name: write_target(name, first, writer) for name in table.names},
        "steps": [trace.step for trace in traces],
        "moments": moments,
        "curve": draw_curve([trace.of_sample(None)["E"] for trace in traces], writer.text),
        "answers": {} if served or is_large(sheet.network.architecture) else list_answers(sheet, groups),
        "edits": list_edits(sheet),
        "choices": [],
        "lessons": [[each.of, each.says, each.sample or 0, each.step, each.ask] for each in sheet.lessons],
        "pool": list(pool.templates),
    }


def _collect_names(first: Trace, view: Trace, drawing: Drawing, groups: Sequence[Group]) -> tuple[str, ...]:
    """The names that can be selected: those of the table and the drawing, and what their derivations lead to."""
    listed = [name for group in groups for name in group.names]
    small = [name for name in drawing.names if len(drawing.names) <= MOST_NAMES]
    found = dict.fromkeys([*listed, *small])
    for trace in dict.fromkeys((first.sample, view.sample)):
        found |= dict.fromkeys(find_names(first.of_sample(trace), listed, MOST_NAMES))
    return tuple(found)


def _lay_out(sheet: Worksheet) -> tuple[Trace, Trace, dict[str, Drawing], tuple[Group, ...]]:
    """The first step, a view of it that has every number of a sample, its drawings, and the table's groups."""
    first = sheet.trace()
    views = list_views(first, MOST_SAMPLES)
    view = see(first, views[min(1, len(views) - 1)])
    drawings = {"wide": place_network(view), "tall": place_network(view, upright=True)}
    return first, view, drawings, list_groups(first, drawings["wide"])


def make_table(sheet: Worksheet) -> Table:
    """The names whose numbers a moment of a worksheet holds, as in its record when it is served."""
    first, view, drawings, groups = _lay_out(sheet)
    return _scale_table(drawings["wide"], groups, _collect_names(first, view, drawings["wide"], groups), [first])


def _scale_table(drawing: Drawing, groups: Sequence[Group], names: Sequence[str], traces: Sequence[Trace]) -> Table:
    """A table with the scale of each channel over all steps and views."""
    derived = names[:MOST_NAMES]
    if is_large(traces[0].architecture):
        derived = [name for group in groups if group.title in ("Gradients", "Cost") for name in reversed(group.names)]
        derived = derived[:FEW_NAMES]
    channels = {mark.name: mark.channel for mark in drawing.marks if mark.name}
    seen = [see(trace, view) for trace in (traces[0], traces[-1]) for view in list_views(trace, MOST_SAMPLES)]
    small = frozenset(caption.name for caption in drawing.captions if caption.quiet)
    everything = tuple(dict.fromkeys([*names, *drawing.names]))
    given = (Kind.PARAMETER, Kind.RATE)
    common = frozenset(name for name in derived if _find_kind(name, traces[0]) in given)
    return Table(everything, tuple(derived), channels, measure_scales(drawing, seen), small, common)


def is_large(architecture: Architecture) -> bool:
    """Whether working out all its numbers would take long: each of them goes through all layers."""
    return architecture.wiring.count > LARGE or sum(layer.size for layer in architecture.layers[1:]) > MANY_UNITS


def _find_kind(name: str, trace: Trace) -> Kind | None:
    formula = trace.read_name(name)
    return formula.kind if isinstance(formula, Quantity) else None


def _choose_moments(sheet: Worksheet, last: int, names: int) -> list[Trace]:
    """The steps that are recorded: as many as the limit on derivations allows, as far as training goes."""
    if sheet.training.rate is None or sheet.training.optimiser.searches:
        return [sheet.trace()]
    most = max(1, MOST_DERIVATIONS // (max(1, names) * (1 + min(MOST_SAMPLES, len(sheet.x)))))
    chosen = [step for step in MOMENTS if step <= last]
    if len(chosen) > most:
        chosen = [chosen[round(at * (len(chosen) - 1) / max(1, most - 1))] for at in range(most)]
    taught = (lesson.step for lesson in sheet.lessons if lesson.step <= last)
    return list(_follow_steps(sheet, sorted({*chosen, *taught})))


def _follow_steps(sheet: Worksheet, chosen: Sequence[int]) -> Iterator[Trace]:
    """The traces of chosen steps, up to where training runs beyond all numbers."""
    steps = trace_steps(sheet.network, sheet.x, sheet.y, sheet.training)
    try:
        yield from (trace for trace in islice(steps, chosen[-1]) if trace.step in chosen)
    except BackproofError:
        return


def write_moment(trace: Trace, table: Table, pool: Pool, writer: Writer, *, derive: bool = True) -> dict[str, Any]:
    """One step: its views, each with its numbers and, with `derive`, its derivations."""
    views: dict[str, Any] = {}
    samples: list[Trace] = []
    for view in list_views(trace, MOST_SAMPLES):  # the batch first: the samples' views take over what it worked out
        seen = see(trace, view)
        samples += [seen] if view else []
        numbers = write_numbers(seen, table, writer)
        known = {name for name, text in zip(table.names, numbers["texts"], strict=True) if text is not None}
        wanted = (name for name in table.derived if name in known and not (view and name in table.common))
        views[str(view)] = {
            **numbers,
            "flat": find_flat_units(seen, table.slopes) | find_vanished_errors(seen, table.errors),
            "lines": write_derivations(seen, wanted, pool, writer) if derive else {},
        }
    write_ranges(samples, table, writer, views["0"])
    return {
        "step": trace.step,
        "views": views,
        "surface": measure_surface(trace),
        "fit": measure_fit(trace),
        "maps": paint_maps(trace, replace(writer.text, digits=DIGITS)),
    }


def write_target(name: str, trace: Trace, writer: Writer) -> dict[str, Any]:
    """What the page says of a number: its symbol, a sentence, and the marks on its way to the cost."""
    formula = trace.read_name(name)
    assert isinstance(formula, Quantity)
    return {
        "symbol": writer.write_symbol(name),
        "text": writer.write_plain(formula),
        "says": describe_quantity(formula, trace.architecture),
        "way": list_way(formula, trace.architecture),
    }


def _write_drawing(drawing: Drawing, trace: Trace, table: Table, writer: Writer) -> str:
    return write_svg(drawing, trace, read_marks(drawing, [trace], table.scales), writer.text)


def list_edits(sheet: Worksheet) -> list[list[Any]]:
    """The numbers that can be edited, each with its sample or None and its digits as they are."""
    architecture, trace = sheet.network.architecture, sheet.trace()
    found: list[list[Any]] = []
    if architecture.wiring.count <= MOST_NAMES:
        found += [[name, None, repr(trace[name])] for name in architecture.wiring.names()]
    if architecture.layers[0].size <= MOST_SAMPLES:
        for row, (x, y) in enumerate(zip(sheet.x[:MOST_SAMPLES], sheet.y[:MOST_SAMPLES], strict=True), start=1):
            units = architecture.layers[0].units
            found += [[f"a[{unit}]", row, repr(float(value))] for unit, value in zip(units, x.reshape(-1), strict=True)]
            outputs = architecture.output_units
            found += [[f"y[{unit}]", row, repr(float(value))] for unit, value in zip(outputs, y, strict=True)]
    if sheet.training.rate is not None:
        found.append(["eta0" if sheet.training.scheduled else "eta", None, repr(float(sheet.training.rate))])
    return found
