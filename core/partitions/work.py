"""What is done to each partition: a value that travels to any worker and is built there once.

A work turns into a function of a partition's bytes (an Arrow stream) that gives the bytes of its
result (a parquet file). The function is pure: the same bytes in, the same bytes out, whichever
process runs it, so a partition that was lost with its worker is simply done again.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

Part = Callable[[bytes], bytes]
MARK = b"gridscope.partition"
START = b"gridscope.start"
_BUILT: dict[str, Part] = {}
_KEPT = 2  # works whose models and references a process holds


class Work(Protocol):
    """A request that can be pickled.

    Attributes:
        digest: of all that decides the results.
    """

    @property
    def digest(self) -> str: ...

    def to_dict(self) -> dict[str, Any]:
        """JSON-able, with defaults and versions."""
        ...

    def build(self) -> Part:
        """Load what it takes; the function of a partition."""
        ...


def run_part(work: Work, payload: bytes) -> bytes:
    """Do a partition here; a work is built once in a process. Raises what the work raises."""
    from core.models.base import pinned

    function = _BUILT.get(work.digest)
    if function is None:
        while len(_BUILT) >= _KEPT:
            _BUILT.pop(next(iter(_BUILT)))
        function = _BUILT[work.digest] = work.build()
    with pinned(1):  # as many processes as processors: more threads would wait for one another
        return function(payload)


def pack(table: pa.Table, about: Mapping[bytes, bytes]) -> bytes:
    """A table as an Arrow stream, with what the worker must know of it."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    marked = table.replace_schema_metadata(dict(about))
    with pa.ipc.new_stream(sink, marked.schema) as writer:
        writer.write_table(marked)
    return sink.getvalue().to_pybytes()


def unpack(payload: bytes) -> tuple[pa.Table, Mapping[bytes, bytes]]:
    """The table and what is said of it."""
    import pyarrow as pa

    with pa.ipc.open_stream(payload) as reader:
        table = reader.read_all()
    return table, table.schema.metadata or {}


def to_parquet(table: pa.Table, mark: bytes) -> bytes:
    """The file of a partition. Vectors are stored bare: they hardly compress."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    wide = [f.name for f in table.schema if pa.types.is_fixed_size_list(f.type)]
    plain = [f.name for f in table.schema if f.name not in wide]
    compression = dict.fromkeys(plain, "zstd") | {f"{name}.list.element": "none" for name in wide}
    sink = io.BytesIO()
    pq.write_table(
        table.replace_schema_metadata({MARK: mark}), sink, compression=compression,
        use_dictionary=[n for n in plain if pa.types.is_string(table.schema.field(n).type)],
    )  # fmt: skip
    return sink.getvalue()
