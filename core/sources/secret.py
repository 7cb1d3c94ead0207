"""A key that is used and never shown: not in a message, a log, a file, a digest or an address."""

from __future__ import annotations

import re
from typing import NoReturn

_MASK = "***"


class Secret:
    """A text that does not show itself.

    `repr`, `str` and `format` give `***`; it can't be pickled, copied or turned into JSON, so that
    it never becomes part of a spec, a job's record or a session's file.

    Args:
        value: the text; blanks around it are dropped, as they come with copying.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value.strip()

    def reveal(self) -> str:
        """The text itself, for the one place that sends it."""
        return self._value

    def matches(self, pattern: re.Pattern[str]) -> bool:
        """Whether it has this form. Asked here, so that no frame of a traceback holds it."""
        return pattern.fullmatch(self._value) is not None

    def scrub(self, text: str) -> str:
        """The text of others with this secret masked."""
        return text.replace(self._value, _MASK) if self._value else text

    def scrub_bytes(self, data: bytes) -> bytes:
        """The same for what a server sent: some quote the key they refuse."""
        return data.replace(self._value.encode(), _MASK.encode()) if self._value else data

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return _MASK

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(_MASK, spec)

    def __reduce__(self) -> NoReturn:
        raise TypeError("A secret is not written down: pass it where it is used.")
