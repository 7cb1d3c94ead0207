"""Options of the right type: a spec file may say 2.5 neighbours, or "false" for false."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from core.errors import InvalidSpecError
from core.registry import Spec

_RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "bool": (lambda v: isinstance(v, bool), "true or false"),
    "int": (lambda v: isinstance(v, int) and not isinstance(v, bool), "a whole number"),
    "float": (lambda v: isinstance(v, (int, float)) and not isinstance(v, bool), "a number"),
    "str": (lambda v: isinstance(v, str), "text"),
}


def require_types(spec: Spec) -> None:
    """Raises: InvalidSpecError for an option that is not of the type it is declared with."""
    for field in fields(spec):
        fits, words = _RULES.get(str(field.type), (lambda _: True, ""))
        value = getattr(spec, field.name)
        if not fits(value):
            raise InvalidSpecError(
                f"{type(spec).__name__}.{field.name} is {value!r}; it must be {words}."
            )
