"""The report of a run: docs/benchmarks.md with tables and plots, and every sample as JSON beside it."""

from __future__ import annotations

import json
import os
import textwrap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks import tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benchmarks.charts import Chart
    from benchmarks.comparison import Figure

_FINDINGS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "findings")
_HOW_TO_READ = """\
Made and written by `make bench`; do not edit. In each part parl and its peers take turns, in one run on the same
machine, so that what disturbs one disturbs all: **compare within a table; the ratios, of the medians, tell more than
the milliseconds.** The ratio is to the line that has 1; "max" stands where there are too few runs for a 95th
percentile. Bold lines are parl's that have a target. Every sample is in [results.json](benchmarks/results.json).
`make bench` repeats it all, `make bench PARTS="abort sources"` some parts of it, `python -m benchmarks.NAME` shows one.
"""


@dataclass(frozen=True)
class Section:
    """What one benchmark has to show. *name*: its module's; *words*: what it does; *appendix*: text as it is."""

    name: str
    title: str
    words: str
    figures: Sequence[Figure]
    charts: Sequence[Chart] = ()
    appendix: str = ""
    left_out: Sequence[str] = ()
    trouble: str = ""
    when: str = ""
    """The day, and the parl, that it is about."""


@dataclass(frozen=True)
class Run:
    """All that was measured, where, when, and beside whom."""

    date: str
    machine: Mapping[str, str]
    versions: Mapping[str, str]
    missing: Sequence[str]
    sections: list[Section] = field(default_factory=list)
    _drawn: set[str] = field(default_factory=set)

    def write(self, folder: str) -> None:
        """Write benchmarks.md to *folder*, and to its folder benchmarks all samples and the new sections' pictures.

        Call it after each section: what has been measured is then safe, whatever happens to the next.
        """
        beside = os.path.join(folder, "benchmarks")
        os.makedirs(beside, exist_ok=True)
        with open(os.path.join(beside, "results.json"), "w", encoding="utf-8") as file:
            json.dump(self._as_json(), file, separators=(",", ":"))
            file.write("\n")
        with open(os.path.join(folder, "benchmarks.md"), "w", encoding="utf-8") as file:
            file.write("\n\n".join(self._paragraphs()) + "\n")
        for section in (section for section in self.sections if section.name not in self._drawn):
            self._drawn.add(section.name)
            for chart, path in zip(section.charts, _picture_names(section), strict=True):
                chart.draw(section.figures, os.path.join(beside, path))

    def _paragraphs(self) -> Iterator[str]:
        yield "# parl beside its peers"
        yield _HOW_TO_READ.strip()
        facts = {"date": self.date, **self.machine}
        yield "\n".join(["| | |", "|---|---|", *(f"| {name} | {fact} |" for name, fact in facts.items())])
        versions = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        yield f"Beside: {versions}. Missing here: {', '.join(self.missing) or 'none'}."
        yield "## The targets"
        yield "\n".join(self._target_lines())
        for section in self.sections:
            yield from _section_paragraphs(section)

    def _target_lines(self) -> Iterator[str]:
        """Yield a table of all that have a target, the missed ones with what is missed."""
        yield "| | | median | p95 | ratio | target | |"
        yield "|---|---|--:|--:|--:|---|---|"
        for section in self.sections:
            for figure in section.figures:
                if figure.target is not None:
                    median, p95, _, ratio, target, verdict = tables.cells(figure)
                    title = f"[{tables.title(figure)}](#{_anchor(section.title)})"
                    yield f"| {title} | {figure.who} | {median} | {p95} | {ratio} | {target} | {verdict} |"

    def _as_json(self) -> dict[str, object]:
        return {
            "date": self.date,
            "machine": self.machine,
            "versions": self.versions,
            "missing": self.missing,
            "sections": {
                section.name: {"measured": section.when, "figures": [figure.as_json() for figure in section.figures]}
                for section in self.sections
            },
        }


def _section_paragraphs(section: Section) -> Iterator[str]:
    yield f"## {section.title}"
    yield section.words
    if section.when:
        yield f"Measured {section.when}."
    if section.trouble:
        yield f"**Not measured:** {section.trouble}"
        return
    for chart, path in zip(section.charts, _picture_names(section), strict=True):
        yield f"![{chart.what}](benchmarks/{path})"
    yield tables.markdown(section.figures)
    if section.left_out:
        yield f"Left out: {'; '.join(section.left_out)}."
    if section.appendix:
        yield f"```text\n{section.appendix}\n```"
    if findings := _findings_about(section.name):
        yield "### What was found"
        yield findings


def _picture_names(section: Section) -> list[str]:
    return [f"{section.name.replace('_', '-')}-{number}.svg" for number, _ in enumerate(section.charts, start=1)]


def _findings_about(name: str) -> str:
    """Return what was found out about a benchmark's figures, by hand, and above all about missed targets."""
    path = os.path.join(_FINDINGS, f"{name}.md")
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8") as file:
        return file.read().strip()


def _anchor(title: str) -> str:
    kept = "".join(letter for letter in title.lower() if letter.isalnum() or letter in " -_")
    return kept.replace(" ", "-")


def words_of(docstring: str | None) -> str:
    """Return a module's docstring as Markdown."""
    return textwrap.dedent(docstring or "").strip().replace("``", "`")
