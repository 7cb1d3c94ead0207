"""What is asked of many crystals: which features are kept, which model is applied, who is near."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from core.descriptors import DESCRIPTORS
from core.distances.base import Metric, parse_metric
from core.errors import InvalidSpecError
from core.geometry import prototype_label
from core.hashing import bytes_digest, mapping_digest
from core.models.base import check_levels
from core.models.feature_sets import FeatureTerm, parse_features
from core.models.persistence import read_manifest
from core.partitions.crystals import to_table
from core.partitions.work import Part, pack
from core.types import Crystal

VERSION = 1  # raised whenever the columns or their values change
FEATURES = "grid(mode=quantile)+composition_statistics"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What becomes of each crystal: one row, whatever happens.

    Attributes:
        features: descriptors kept as columns, as a sum; '' for none.
        prototype: whether the canonical prototype label is found.
        symprec: its tolerance, angstrom.
        levels: shares that intervals of the predictions are to cover.
        applicability: whether the model says where it is outside its training data.
        metric: distance to the reference, and of duplicates; '' for neither. L1 metrics only
            where `keep_vectors` is asked.
        k: nearest crystals of the reference that are named.
        keep_vectors: whether the vectors under the metric are kept: duplicates need them.
    """

    features: str = FEATURES
    prototype: bool = True
    symprec: float = prototype_label.SYMPREC
    levels: tuple[float, ...] = ()
    applicability: bool = True
    metric: str = ""
    k: int = 1
    keep_vectors: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "levels", tuple(check_levels(self.levels).tolist()))
        for term in self.terms:
            if term.is_given or term.transforms:
                raise InvalidSpecError(
                    f"{term} is no descriptor alone.", hint="Transforms are fitted by a model."
                )
        if not 0 < self.symprec < 1:
            raise InvalidSpecError(f"symprec is {self.symprec!r} Å.", hint="Give 0.001 to 0.5.")
        if not 1 <= self.k <= 100:
            raise InvalidSpecError(f"{self.k!r} nearest crystals.", hint="Choose 1 to 100.")
        metric = self.parsed
        if self.keep_vectors and (metric is None or not metric.is_l1):
            raise InvalidSpecError(
                f"Vectors of {self.metric or 'no metric'} can't be kept.",
                hint="Choose one whose vectors are compared by their L1 distance, as grid-emd.",
            )

    @property
    def terms(self) -> tuple[FeatureTerm, ...]:
        return parse_features(self.features)

    @property
    def parsed(self) -> Metric | None:
        """The metric; None without one."""
        return parse_metric(self.metric) if self.metric else None

    def to_dict(self) -> dict[str, Any]:
        """JSON-able, with the versions of all algorithms."""
        metric = self.parsed
        return {
            "version": VERSION,
            "features": [
                {"descriptor": t.key, "spec": t.spec.to_dict(),
                 "version": DESCRIPTORS[t.key].version}
                for t in self.terms
            ],
            "prototype": {"symprec": self.symprec, "version": prototype_label.VERSION}
            if self.prototype
            else None,
            "levels": list(self.levels), "applicability": self.applicability,
            "metric": metric.to_dict() if metric else None, "k": self.k,
            "keep_vectors": self.keep_vectors,
        }  # fmt: skip


@dataclass(frozen=True)
class Describing:
    """The work of a request, with the models and the reference it takes.

    Attributes:
        request: what is asked.
        models: bytes of model files, one for each target.
        reference: crystals that the nearest are sought among, as an Arrow stream; b"" for none.

    Raises: InvalidSpecError on creation for two models of a target, levels without a model or of
        one without intervals, or a reference without a metric; ModelFileError.
    """

    request: Request
    models: tuple[bytes, ...] = field(default=(), repr=False)
    reference: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        manifests = [read_manifest(model) for model in self.models]
        targets = [str(manifest["model"]["target"]) for manifest in manifests]
        if len(set(targets)) < len(targets):
            raise InvalidSpecError(
                f"Two models predict one property: {', '.join(targets)}.", hint="Choose one."
            )
        conformal = [manifest["conformal"] is not None for manifest in manifests]
        if self.request.levels and not (conformal and all(conformal)):
            raise InvalidSpecError(
                "Intervals are asked for without a model that was trained with them.",
                hint="Train it with conformal intervals, or ask for none.",
            )
        if self.reference and not self.request.metric:
            raise InvalidSpecError("There is no metric to find the nearest crystals by.")

    @classmethod
    def of(
        cls,
        request: Request,
        *,
        models: Sequence[Path | bytes] = (),
        reference: Sequence[Crystal] = (),
    ) -> Describing:
        """From model files, or their bytes, and crystals."""
        data = tuple(m if isinstance(m, bytes) else m.read_bytes() for m in models)
        return cls(request, data, pack(to_table(reference), {}) if reference else b"")

    def to_dict(self) -> dict[str, Any]:
        """JSON-able: what decides the results."""
        named = {
            "request": self.request.to_dict(),
            "models": [mapping_digest(read_manifest(model)) for model in self.models],
            "reference": bytes_digest(self.reference) if self.reference else "",
        }
        plain: dict[str, Any] = json.loads(json.dumps(named))
        return plain

    @cached_property
    def digest(self) -> str:
        return mapping_digest(self.to_dict())

    def build(self) -> Part:
        """Load the model, describe the reference."""
        from core.partitions.describing import Describer

        return Describer(self)
