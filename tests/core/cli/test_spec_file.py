"""Options of a job out of a file: JSON or TOML, and what is no such file."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.cli.spec_file import read_spec
from core.errors import InvalidSpecError

KNOWN = ("seed", "count")


def test_json_and_toml_give_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"seed": 4, "count": 2}')
    (tmp_path / "a.toml").write_text("seed = 4\ncount = 2\n")
    for name in ("a.json", "a.toml"):
        assert read_spec(str(tmp_path / name), KNOWN) == {"seed": 4, "count": 2}


def test_no_file_gives_nothing() -> None:
    assert read_spec("", KNOWN) == {}


@pytest.mark.parametrize(
    ("name", "content", "message", "hint"),
    [
        ("a.json", "{", "can't be read", "JSON or TOML"),
        ("a.toml", "seed = ", "can't be read", "JSON or TOML"),
        ("a.json", "[" * 100_000, "can't be read", "JSON or TOML"),
        ("a.json", "[1, 2]", "holds '[1, 2]', no options", "seed, count"),
        ("a.json", '{"sed": 1}', "no use for 'sed'", "seed, count"),
    ],
)
def test_what_is_wrong_is_quoted(tmp_path, name, content, message, hint) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(InvalidSpecError) as caught:
        read_spec(str(tmp_path / name), KNOWN)
    assert message in caught.value.message
    assert str(tmp_path / name) in caught.value.message
    assert hint in caught.value.hint


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidSpecError, match=r"absent\.json"):
        read_spec(str(tmp_path / "absent.json"), KNOWN)
