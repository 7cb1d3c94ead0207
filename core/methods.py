"""Formula, options, reference and limits of everything offered, gathered from where it is computed.

Registries say it of descriptors, distances, models, splits and data sets, `procedures` of the rest.
The Methods page and docs/methods.md are made from this; nothing is written twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, Literal

import core.evaluation.procedures as evaluation
import core.explain.procedures as explain
import core.metrics.procedures as metrics
import core.models.procedures as models
import core.screening.procedures_of_candidates as candidates
import core.screening.procedures_of_discovery as discovery
import core.screening.procedures_of_filters as filters
import core.uncertainty.procedures as uncertainty
import core.verification.procedures as verification
from core.citations import bibtex, dois_in
from core.data import EMBEDDED, DataCard
from core.descriptors import DESCRIPTORS, Descriptor
from core.distances import DISTANCES, Distance
from core.evaluation import SPLITS, Split
from core.models import MODELS, Model
from core.procedure import Procedure
from core.registry import Spec

Kind = Literal[
    "descriptor", "distance", "model", "split", "uncertainty", "explanation", "screening",
    "data set",
]  # fmt: skip
PLURALS: dict[Kind, str] = {
    "descriptor": "Descriptors", "distance": "Distances", "model": "Models", "split": "Splits",
    "uncertainty": "Errors and uncertainty", "explanation": "Explanations",
    "screening": "Screening", "data set": "Data sets",
}  # fmt: skip
KINDS: tuple[Kind, ...] = tuple(PLURALS)
PROCEDURES: tuple[Procedure, ...] = (
    *evaluation.PROCEDURES, *metrics.scores(), *uncertainty.PROCEDURES, *models.PROCEDURES,
    *explain.PROCEDURES, *candidates.PROCEDURES, *filters.PROCEDURES, *discovery.PROCEDURES,
    *verification.PROCEDURES,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a spec, in words."""

    name: str
    label: str
    default: str
    unit: str
    allowed: str
    help: str

    @property
    def cells(self) -> tuple[str, str, str, str, str]:
        """A row of a table: name, label with unit, default, what is allowed, effect."""
        label = f"{self.label} [{self.unit}]" if self.unit else self.label
        return self.name, label, self.default, self.allowed, self.help


@dataclass(frozen=True, slots=True)
class Method:
    """What can be said of one registered thing.

    Attributes:
        kind, key, title, summary, formula, symbols, limits, version: as registered.
        unit: of its values; '' for none.
        options: of its spec; none for a data set.
        reference: citation, or the source of a data set.
        dois: of the works to cite.
        facts: name and value of what else matters: invariances, metric or not, licence.
    """

    kind: Kind
    key: str
    title: str
    summary: str
    formula: str
    symbols: str
    unit: str
    options: tuple[Option, ...]
    reference: str
    dois: tuple[str, ...]
    limits: str
    facts: tuple[tuple[str, str], ...]
    version: int | None

    @property
    def anchor(self) -> str:
        """Name of its place on the page: unique, as keys of two registries may agree."""
        return f"{self.kind}-{self.key}".replace(" ", "-").replace("_", "-")

    def mentions(self, words: str) -> bool:
        """Whether each of the words occurs somewhere in its text."""
        text = " ".join(
            (
                self.kind, self.key, self.title, self.summary, self.reference, self.limits,
                *(f"{o.name} {o.label} {o.help}" for o in self.options),
                *(f"{name} {value}" for name, value in self.facts),
            )
        ).lower()  # fmt: skip
        return all(word in text for word in words.lower().split())


def methods() -> tuple[Method, ...]:
    """Everything that can be described, by kind in the order of `KINDS`."""
    found = (
        *(_descriptor(DESCRIPTORS[key]) for key in DESCRIPTORS),
        *(_distance(DISTANCES[key]) for key in DISTANCES),
        *(_model(MODELS[key]) for key in MODELS),
        *(_split(SPLITS[key]) for key in SPLITS),
        *(_procedure(procedure) for procedure in PROCEDURES),
        *(_data_set(key, EMBEDDED[key].card) for key in EMBEDDED),
    )
    return tuple(sorted(found, key=lambda method: KINDS.index(method.kind)))


def references() -> str:
    """BibTeX of every work that a method or data set rests on, each once."""
    dois = [doi for method in methods() for doi in method.dois]
    cards = [entry for key in EMBEDDED for entry in _entries(EMBEDDED[key].card.bibtex)]
    by_doi = {doi: entry for entry in cards for doi in dois if f"{{{doi}}}" in entry}
    own = [doi for doi in dict.fromkeys(dois) if doi not in by_doi]
    return "\n\n".join((bibtex(own), *dict.fromkeys(by_doi.values()))) + "\n"


def options_of(spec_type: type[Spec], names: tuple[str, ...] = ()) -> tuple[Option, ...]:
    """Label, default, bounds and help of each option of a spec, or of those named."""
    return tuple(
        Option(
            f.name, f.metadata["label"], _words(f.default), f.metadata["unit"],
            _allowed(f.metadata), f.metadata["help"],
        )
        for f in fields(spec_type)
        if not names or f.name in names
    )  # fmt: skip


def markdown(every: Iterable[Method] | None = None) -> str:
    """docs/methods.md: the same content as the page."""
    chosen = tuple(every) if every is not None else methods()
    out = [
        "# Methods", "",
        "Written by `python -m core methods -o docs/methods.md`; do not edit.",
    ]  # fmt: skip
    for kind in KINDS:
        found = [m for m in chosen if m.kind == kind]
        if found:
            out += ["", f"## {PLURALS[kind]}"]
        for method in found:
            out += ["", *_section(method)]
    return "\n".join(out) + "\n"


def _section(method: Method) -> list[str]:
    lines = [f"### {method.title} (`{method.key}`)", "", method.summary]
    if method.formula:
        lines += ["", "```math", method.formula, "```", "", method.symbols]
    lines += ["", f"- Limits: {method.limits}", f"- Reference: {method.reference}"]
    lines += [f"- {name}: {value}" for name, value in method.facts]
    if method.options:
        lines += ["", "| option | meaning | default | allowed | effect |", "|---|---|---|---|---|"]
        lines += [
            "| " + " | ".join(cell.replace("|", "\\|") for cell in o.cells) + " |"
            for o in method.options
        ]
    return lines


def _descriptor(d: Descriptor) -> Method:
    facts = (
        ("Unit", d.unit or "none"),
        ("Unchanged by", ", ".join(sorted(d.invariances)).replace("_", " ")),
        ("Continuous under small displacements", "yes" if d.continuous else "no"),
        ("Version", str(d.version)),
    )
    return Method(
        "descriptor", d.key, d.title, d.summary, d.formula, d.symbols, d.unit,
        options_of(d.spec_type), d.reference, dois_in(d.reference), d.limits, facts, d.version,
    )  # fmt: skip


def _distance(d: Distance) -> Method:
    facts = (
        ("Unit", d.unit or "none"),
        ("A metric", "yes" if d.is_metric else f"no: {d.why_not_metric.rstrip('.')}"),
        ("Version", str(d.version)),
    )
    return Method(
        "distance", d.key, d.title, d.summary, d.formula, d.symbols, d.unit,
        options_of(d.spec_type), d.reference, dois_in(d.reference), d.limits, facts, d.version,
    )  # fmt: skip


def _model(m: Model) -> Method:
    facts = (("Standard deviation", m.meaning_of_std), ("Version", str(m.version)))
    return Method(
        "model", m.key, m.title, m.summary, m.formula, m.symbols, "", options_of(m.spec_type),
        m.reference, dois_in(m.reference), m.limits, facts, m.version,
    )  # fmt: skip


def _split(s: Split) -> Method:
    return Method(
        "split", s.key, s.title, s.summary, s.formula, s.symbols, "", options_of(s.spec_type),
        s.reference, dois_in(s.reference), s.limits, s.facts, None,
    )  # fmt: skip


def _procedure(p: Procedure) -> Method:
    unit = (("Unit", p.unit),) if p.unit else ()
    options = options_of(p.spec_type, p.options) if p.spec_type is not None else ()
    return Method(
        p.kind, p.key, p.title, p.summary, p.display, p.symbols, p.unit, options, p.reference,
        dois_in(p.reference), p.limits, (*unit, *p.facts), None,
    )  # fmt: skip


def _data_set(key: str, card: DataCard) -> Method:
    names = ", ".join(q.axis_title for q in card.properties)
    facts = (
        ("Crystals", f"{card.n_crystals:,}"),
        ("Properties", names or "none"),
        ("Licence", card.licence),
    )
    return Method(
        "data set", key, card.title, card.summary, "", "", "", (), card.source, card.dois,
        card.limits, facts, None,
    )  # fmt: skip


def _entries(text: str) -> list[str]:
    return [f"@{part.strip()}" for part in f"\n{text}".split("\n@") if part.strip()]


def _words(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "all"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _allowed(meta: Any) -> str:
    if meta["choices"]:
        return ", ".join(map(str, meta["choices"]))
    low = f"≥ {meta['ge']:g}" if meta["ge"] is not None else ""
    low = f"> {meta['gt']:g}" if meta["gt"] is not None else low
    high = f"≤ {meta['le']:g}" if meta["le"] is not None else ""
    return ", ".join(filter(None, (low, high))) or "any"
