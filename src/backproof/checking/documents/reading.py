"""Reading a document: every equation in it judged, in reading order, and what cannot be read listed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

from backproof.checking.documents import arrays, notebook, prose
from backproof.checking.documents.chain import Chain
from backproof.checking.documents.context import Context
from backproof.checking.documents.equations import Item, Run, equation, items
from backproof.checking.documents.fragments import Fragment, blanked, fragments
from backproof.checking.documents.lexer import Lexer
from backproof.checking.documents.model import Reading
from backproof.checking.documents.scanner import comma_decimals
from backproof.checking.documents.source import Source, load
from backproof.checking.documents.tokens import Token
from backproof.checking.documents.vocabulary import Vocabulary
from backproof.errors import OptionError
from backproof.worksheet import Worksheet


def read_document(
    document: str | os.PathLike[str], worksheet: Worksheet, sample: int | None = None, step: int | None = None
) -> Reading:
    """The claims, arithmetic and formulas of a document, about the numbers of a worksheet.

    `document` is a path, `-` for standard input, or the text itself. Sample and step (from 1) say what it is about;
    left out, the worksheet's [document] says so. Errors: BackproofError where the document cannot be read at all, or
    sample and step do not exist.
    """
    text, kind = load(document)
    chosen = sample if sample is not None else worksheet.document.sample
    at = step if step is not None else worksheet.document.step or 1
    _exist(worksheet, chosen, at)
    context = Context(worksheet, chosen, at)
    sources = notebook.sources(text) if kind == "notebook" else [Source(text, kind)]
    commas = comma_decimals("\n".join(source.text for source in sources))
    add_aliases(context.vocabulary, worksheet)
    for source in sources:
        _Pages(context, commas).read(source)
    return context.found.reading(worksheet.title)


def _exist(worksheet: Worksheet, sample: int | None, step: int) -> None:
    if step < 1:
        raise OptionError(f"step counts from 1, received {step}.")
    if step > 1 and worksheet.training.rate is None:
        raise OptionError(f"step {step} comes after an update; give learning_rate in [training].")
    used = worksheet.training.batch(step, len(worksheet.x))
    if sample is not None and sample not in used:
        shown = ", ".join(map(str, used[:10])) + (", ..." if len(used) > 10 else "")
        raise OptionError(f"sample {sample} is not in step {step}, which uses sample {shown}.")


def add_aliases(vocabulary: Vocabulary, worksheet: Worksheet) -> None:
    """Read the worksheet's aliases as the document would be read; what they stand for is known then."""
    for written, target in worksheet.aliases.items():
        base, _, sub = written.partition("_")
        if written.isidentifier() and written.isascii():
            vocabulary.alias((f"{base}_{sub}" if sub else base,), target)
    for written, target in worksheet.aliases.items():
        plain = written.strip().strip("$")
        lexer = Lexer(plain, 0, len(plain), vocabulary, "\\" in plain or "{" in plain, False)
        vocabulary.alias(tuple(token.canonical for token in lexer.tokens()), target)


class _Pages:
    """Reads one source after the other, remembering which bias a sentence announced."""

    def __init__(self, context: Context, commas: bool) -> None:
        self.context, self.commas = context, commas
        self._bias: str | None = None

    def read(self, source: Source) -> None:
        """Every fragment of a source."""
        if source.printed:
            source = replace(source, text=blanked(source.text, arrays.read(self.context, source)))
        for fragment in fragments(source):
            for paragraph in self._paragraphs(fragment):
                self._paragraph(fragment, paragraph)

    def _paragraphs(self, fragment: Fragment) -> Iterator[list[Item]]:
        """The items of a fragment; in prose line by line, except where an equation goes on."""
        lexer = Lexer(
            fragment.source.text, fragment.start, fragment.end, self.context.vocabulary, fragment.math, self.commas
        )
        current: list[Item] = []
        for item in items(list(lexer.tokens())):
            if isinstance(item, Token) and item.kind == "newline" and not fragment.math:
                if current:
                    yield current
                current = []
            else:
                current.append(item)
        if current:
            yield current

    def _paragraph(self, fragment: Fragment, found: list[Item]) -> None:
        before = len(self.context.found.formulas)
        equations = 0
        row = table_row(found)
        for item in found if row is None else [row]:
            if isinstance(item, Run) and item.related and _is_mathematics(item, fragment.math):
                equations += 1
                Chain(self.context, equation(fragment.source, item)).judge()
        if equations and self._bias is not None:
            prose.announced(self.context, self._bias, before)
        if equations:
            self._bias = None
        if not fragment.math and any(isinstance(item, Token) and item.kind == "word" for item in found):
            sentence = prose.Sentence(self.context, fragment.source, found)
            sentence.read()
            self._bias = sentence.bias()


def table_row(items: list[Item]) -> Run | None:
    """A row `| a_1 | 0.6457 |` of a table, as the equation that it means; None for anything else."""
    runs = [item for item in items if isinstance(item, Run)]
    bars = [item for item in items if isinstance(item, Token)]
    if len(runs) != 2 or not bars or any(bar.text != "|" for bar in bars) or any(run.related for run in runs):
        return None
    name, number = (run.tokens for run in runs)
    if not any(token.kind in ("number", "raised") for token in number) or any(token.name for token in number):
        return None
    sign = Token("relation", "=", name[-1].end, name[-1].end)
    return Run((*name, sign, *number)) if any(token.name for token in name) else None


def _is_mathematics(run: Run, math: bool) -> bool:
    """Whether a run with an equality sign in it is meant as mathematics; in prose it needs something on both sides."""
    first = next(position for position, token in enumerate(run.tokens) if token.kind == "relation")
    if math:
        return True
    right = run.tokens[first + 1 :]
    readable = any(token.kind in ("name", "number", "frac") for token in right)
    arrow = run.tokens[first].text in ("->", "<-") and not any(token.kind == "number" for token in right)
    left = run.tokens[:first]
    return readable and not (arrow and len(left) <= 1 and len(right) <= 1)
