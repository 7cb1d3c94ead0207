"""The tables of the store, for SQLite and PostgreSQL alike.

A crystal is a narrow row that filters and pages read, and a record beside it that holds all of it.
Its place is (workspace, position), which is also the order of the workspace.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.dialects import postgresql

_MARK = "\ufdd0"  # no character of any text
_UNSTORABLE = re.compile(f"[\0\ud800-\udfff{_MARK}]")
_STORED = re.compile(f"{_MARK}([0-9a-f]{{4}})")


def storable(text: str) -> str:
    """A text as databases take it."""
    if text.isascii() and "\0" not in text:
        return text
    return _UNSTORABLE.sub(lambda m: f"{_MARK}{ord(m[0]):04x}", text)


class AnyText(TypeDecorator[str]):
    """Text as Python has it: NUL and lone surrogates, which databases refuse, are written apart.

    Compared by code points everywhere.
    """

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.TEXT(collation="C"))
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        return None if value is None else storable(value)

    def process_result_value(self, value: Any | None, dialect: Any) -> str | None:
        if value is None or _MARK not in value:
            return value
        return _STORED.sub(lambda m: chr(int(m[1], 16)), value)


metadata = MetaData()


def _workspace(**options: Any) -> Column[int]:
    parent = ForeignKey("workspaces.id", ondelete="CASCADE")
    return Column("workspace_id", Integer, parent, nullable=False, **options)


versions = Table(
    "store_version", metadata,
    Column("version", Integer, nullable=False),
)  # fmt: skip

workspaces = Table(
    "workspaces", metadata,
    Column("id", Integer, primary_key=True),
    Column("uid", String(32), nullable=False, unique=True),
    Column("name", AnyText, unique=True),  # NULL while it is being filled
    Column("created", Double, nullable=False),  # seconds since 1970
    Column("touched", Double, nullable=False),
    Column("revision", Integer, nullable=False),  # rises with every change
    Column("next_position", Integer, nullable=False),
    Column("n_crystals", Integer, nullable=False),
    Column("n_failures", Integer, nullable=False),
    Column("notes", Text, nullable=False),  # JSON
    sqlite_autoincrement=True,  # the number of a removed workspace is never given again
)  # fmt: skip

crystals = Table(
    "crystals", metadata,
    _workspace(primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("id", AnyText, nullable=False),
    Column("id_folded", AnyText, nullable=False),
    Column("formula", AnyText, nullable=False),
    Column("formula_key", AnyText, nullable=False),
    Column("elements_low", BigInteger, nullable=False),  # bit z for atomic numbers 1 to 59
    Column("elements_high", BigInteger, nullable=False),  # bit z - 60 for the others
    Column("n_sites", Integer, nullable=False),
    Column("density", Double, nullable=False),  # g/cm³
    Column("ordered", Boolean, nullable=False),
    Column("examined", Boolean, nullable=False),
    Column("verdict", AnyText, nullable=False),
    Column("space_group", Integer, nullable=False),  # 0 where not known
    Column("space_group_found", AnyText, nullable=False),
    Column("space_group_stated", AnyText, nullable=False),
    Column("source", AnyText, nullable=False),
    UniqueConstraint("workspace_id", "id"),
    Index("ix_crystals_formula_key", "workspace_id", "formula_key"),
    sqlite_with_rowid=False,  # clustered in the order of the workspace
)  # fmt: skip

records = Table(
    "records", metadata,
    _workspace(primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("digest", String(64), nullable=False),  # of the structure
    Column("structure", LargeBinary, nullable=False),  # of core.store.packing
    Column("details", LargeBinary, nullable=False),
)  # fmt: skip

property_keys = Table(
    "property_keys", metadata,
    Column("id", Integer, primary_key=True),
    _workspace(),
    Column("key", AnyText, nullable=False),
    Column("n_texts", Integer, nullable=False),  # values that are neither number nor absent
    UniqueConstraint("workspace_id", "key"),
    sqlite_autoincrement=True,
)  # fmt: skip

property_values = Table(
    "property_values", metadata,
    Column("key_id", Integer, ForeignKey("property_keys.id", ondelete="CASCADE"),
           primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("number", Double),  # NULL for texts and NaN
    Column("text", AnyText, nullable=False),
    sqlite_with_rowid=False,
)  # fmt: skip

failures = Table(
    "failures", metadata,
    _workspace(primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    *(Column(name, AnyText, nullable=False)
      for name in ("id", "stage", "code", "message", "hint", "source")),
)  # fmt: skip

results = Table(
    "results", metadata,
    _workspace(primary_key=True),
    Column("key", String(128), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("label", AnyText, nullable=False),
    Column("created", Double, nullable=False),
    Column("imported", Boolean, nullable=False),
    Column("spec", Text, nullable=False),  # JSON
    Column("files", Text, nullable=False),  # JSON: name, sha256, bytes
    Index("ix_results_key", "key"),
)  # fmt: skip

jobs = Table(
    "jobs", metadata,
    _workspace(primary_key=True),
    Column("id", String(64), primary_key=True),
    Column("created", Double, nullable=False),
    Column("record", Text, nullable=False),  # JSON
)  # fmt: skip
