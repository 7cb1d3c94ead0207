"""Named entries found by name, and specs that know the label, unit and bounds of each option.

Forms, command-line options and provenance are built from the metadata that `option` stores, so a
new option needs no code elsewhere.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from math import isfinite
from typing import Any, Protocol, Self, TypeVar

from core.errors import InvalidSpecError, UnknownNameError
from core.hashing import mapping_digest


def option(
    default: Any,
    *,
    label: str,
    help: str = "",
    unit: str = "",
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    choices: tuple[Any, ...] | None = None,
) -> Any:
    """A field of a `Spec` with what a form needs to show it and a check needs to refuse it."""
    metadata = {
        "label": label, "help": help, "unit": unit,
        "ge": ge, "gt": gt, "le": le, "choices": choices,
    }  # fmt: skip
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """Base of all option sets: frozen, validated on creation, with a digest."""

    def __post_init__(self) -> None:
        for spec_field in fields(self):
            self._check(spec_field.name, getattr(self, spec_field.name), spec_field.metadata)

    def _check(self, name: str, value: Any, meta: Mapping[str, Any]) -> None:
        def refuse(rule: str) -> None:
            raise InvalidSpecError(f"{type(self).__name__}.{name} is {value!r}; it must be {rule}.")

        choices = meta.get("choices")
        if choices is not None and value not in choices:
            refuse("one of " + ", ".join(map(repr, choices)))
        bounds = [meta.get(key) for key in ("ge", "gt", "le")]
        if all(bound is None for bound in bounds):
            return
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
            refuse("a finite number")
        ge, gt, le = bounds
        if ge is not None and value < ge:
            refuse(f"at least {ge:g}")
        if gt is not None and value <= gt:
            refuse(f"above {gt:g}")
        if le is not None and value > le:
            refuse(f"at most {le:g}")

    def to_dict(self) -> dict[str, Any]:
        """JSON-able values of all options (tuples become lists)."""
        return {f.name: _plain(getattr(self, f.name)) for f in fields(self)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The spec with these options; lists become tuples.

        Raises: InvalidSpecError for an unknown option or a value out of bounds.
        """
        known = {f.name for f in fields(cls)}
        for name in values:
            if name not in known:
                raise InvalidSpecError(
                    f"{cls.__name__} has no option {name!r}.",
                    hint="Options: " + ", ".join(sorted(known)) + ".",
                )
        return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})

    @property
    def digest(self) -> str:
        return mapping_digest({"spec": type(self).__name__, **self.to_dict()})


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value.to_dict() if isinstance(value, Spec) else value


class Entry(Protocol):
    """What a registry holds: anything with a unique key."""

    @property
    def key(self) -> str: ...


E = TypeVar("E", bound=Entry)


class Registry(Mapping[str, E]):
    """Entries of one kind by key; their modules are imported on the first look-up.

    Args:
        kind: what an entry is, for messages ("descriptor").
        package: package whose modules register entries when imported.
    """

    def __init__(self, kind: str, package: str) -> None:
        self.kind = kind
        self._package = package
        self._entries: dict[str, E] = {}
        self._loaded = False

    def register(self, entry: E) -> E:
        """Add an entry. Raises: ValueError when the key is taken by another entry."""
        if entry.key in self._entries:
            raise ValueError(f"{self.kind} {entry.key!r} is registered twice")
        self._entries[entry.key] = entry
        return entry

    def _load(self) -> None:
        if self._loaded:
            return
        package = importlib.import_module(self._package)
        for module in pkgutil.iter_modules(package.__path__, f"{self._package}."):
            importlib.import_module(module.name)
        self._loaded = True

    def __getitem__(self, key: str) -> E:
        self._load()
        try:
            return self._entries[key]
        except KeyError:
            near = get_close_matches(key, self._entries, n=1)
            guess = f"Did you mean {near[0]!r}? " if near else ""
            raise UnknownNameError(
                f"There is no {self.kind} {key!r}.",
                hint=guess + "Known: " + ", ".join(sorted(self._entries)) + ".",
            ) from None

    def __contains__(self, key: object) -> bool:
        self._load()
        return key in self._entries

    def __iter__(self) -> Iterator[str]:
        self._load()
        return iter(sorted(self._entries))

    def __len__(self) -> int:
        self._load()
        return len(self._entries)
