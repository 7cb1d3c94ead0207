"""Mending CIF text before any parser sees it. The user's file is never touched.

Each repair is known from real deposits; each is reported as a Finding.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from core.io.cif.tags import OPERATOR_TAGS, canonical_tag, joined_tag
from core.types import Finding

_SPACED_HEADER = re.compile(r"^\s*data[ \t]+(\S.*?)\s*$", re.IGNORECASE)
_HEADER = re.compile(r"^\s*data_", re.IGNORECASE)
_OPERATION = r"[^,'\"#]*[xyzXYZ][^,'\"#]*"
_OPERATOR_LINE = re.compile(rf"^\s*(\d+\s+)?(['\"]?)({_OPERATION},{_OPERATION},{_OPERATION})\2\s*$")
_LOOP_CATEGORIES = ("_atom_site_", "_symmetry_equiv_pos_", "_space_group_symop_", "_atom_type_")
_LOOK_ALIKES = {"\u2212": "-", "\u2013": "-", "\u00a0": " ", "\u2018": "'", "\u2019": "'",
                "\u201c": '"', "\u201d": '"'}  # fmt: skip

_WORDS: dict[str, tuple[str, str]] = {
    "malformed_data_block": ("warning", "The block starts with {example!r} instead of `data_`."),
    "leading_blanks": ("info", "Blanks stand before `data_`."),
    "missing_data_block": ("warning", "No line starts with `data_`; one was put first."),
    "malformed_tag": ("warning", "Tags hold blanks, as in {example!r}; underscores were put in."),
    "tag_spelling": ("info", "Tags are spelled unusually, as in {example!r}."),
    "missing_loop": ("warning", "A list has no `loop_` before {example!r}; one was put in."),
    "unquoted_operator": ("info", "Symmetry operators hold blanks without quotes: {example!r}."),
    "missing_value": ("info", "Tags have no value, as {example!r}; `?` was put in."),
    "look_alike_characters": ("info", "Typographic signs stand for plain ones: {example!r}."),
    "line_ends": ("info", "Lines end in a lone carriage return."),
}


@dataclass(slots=True)
class _Repairs:
    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def note(self, code: str, example: str = "") -> None:
        self.counts[code] += 1
        self.examples.setdefault(code, example.strip()[:60])

    def findings(self) -> tuple[Finding, ...]:
        found = []
        for code, count in self.counts.items():
            severity, words = _WORDS[code]
            message = words.format(example=self.examples[code])
            if count > 1:
                message += f" ({count} times)"
            found.append(Finding(code, message, severity, repaired=True))  # type: ignore[arg-type]
        return tuple(found)


def mend(text: str, stem: str) -> tuple[str, tuple[Finding, ...]]:
    """Text that parsers accept, and each repair that was needed.

    Args:
        text: decoded content of a CIF.
        stem: file name to call the block by when the file names none.
    """
    repairs = _Repairs()
    if "\r" in text:
        if re.search(r"\r(?!\n)", text):
            repairs.note("line_ends")
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    for sign, plain in _LOOK_ALIKES.items():
        if sign in text:
            repairs.note("look_alike_characters", sign)
            text = text.replace(sign, plain)
    lines = text.split("\n")
    inside = _text_field_mask(lines)
    lines = [
        line if hidden else _mend_line(line, repairs)
        for line, hidden in zip(lines, inside, strict=True)
    ]
    _give_header(lines, inside, stem, repairs)
    return "\n".join(_mend_loops(lines, inside, repairs)), repairs.findings()


def _text_field_mask(lines: list[str]) -> list[bool]:
    """Which lines lie in a semicolon text field, delimiters included."""
    mask, open_ = [], False
    for line in lines:
        delimiter = line.startswith(";")
        mask.append(open_ or delimiter)
        if delimiter:
            open_ = not open_
    # A field that never closes would hide the rest of the file: treat nothing as hidden then.
    return [False] * len(lines) if open_ else mask


def _mend_line(line: str, repairs: _Repairs) -> str:
    stripped = line.lstrip()
    first = stripped[:1]
    if first in "dD" and stripped[:4].lower() == "data":
        if spaced := _SPACED_HEADER.match(line):
            repairs.note("malformed_data_block", line)
            return "data_" + re.sub(r"\s+", "_", spaced[1])
        if _HEADER.match(line) and stripped != line:
            repairs.note("leading_blanks", line)
            return stripped
    if first != "_":
        return line
    words = stripped.split()
    if joined := joined_tag(words):
        repairs.note("malformed_tag", " ".join(words[: joined[1]]))
        rest = stripped.split(None, joined[1])[joined[1] :]
        return " ".join([joined[0], *rest])
    known = canonical_tag(words[0])
    if known is not None and known != words[0]:
        repairs.note("tag_spelling", words[0])
        return known + stripped[len(words[0]) :]
    return line


def _give_header(lines: list[str], inside: list[bool], stem: str, repairs: _Repairs) -> None:
    if any(_HEADER.match(line) for line, hidden in zip(lines, inside, strict=True) if not hidden):
        return
    if any(line.lstrip().startswith("_cell_length") for line in lines):
        repairs.note("missing_data_block")
        lines.insert(0, "data_" + (re.sub(r"\W+", "_", stem) or "block"))
        inside.insert(0, False)


def _mend_loops(lines: list[str], inside: list[bool], repairs: _Repairs) -> list[str]:
    """Put in missing `loop_`, `?` for missing values, quotes around symmetry operators."""
    out: list[str] = []
    in_header = in_operators = False
    at = 0
    while at < len(lines):
        line, word = lines[at], (lines[at].split() or [""])[0]
        if inside[at] or not word or word.startswith("#"):
            out.append(line)
            at += 1
            continue
        if word.startswith("_") and not in_header:
            run = _bare_tags(lines, inside, at)
            if _needs_loop(lines, inside, at, run):
                repairs.note("missing_loop", word)
                out.append("loop_")
                in_header = True
                continue
            in_operators = False
            if run and not _value_follows(lines, inside, at + 1):
                repairs.note("missing_value", word)
                line = f"{word} ?"
        elif word.startswith("_"):
            in_operators = in_operators or word in OPERATOR_TAGS
        elif word.lower() == "loop_":
            in_header, in_operators = True, any(tag in line for tag in OPERATOR_TAGS)
        else:
            in_header = False
            if in_operators and (quoted := _quoted_operator(line)):
                repairs.note("unquoted_operator", line)
                line = quoted
        if word.startswith("_") and in_header and len(line.split()) > 1 and run_value(line):
            in_header = False
        out.append(line)
        at += 1
    return out


def run_value(line: str) -> bool:
    """Whether a line holds something after its tag that is neither tag nor comment."""
    words = line.split()
    return not words[1].startswith(("_", "#"))


def _bare_tags(lines: list[str], inside: list[bool], at: int) -> int:
    """How many lines from `at` on hold a tag and nothing else."""
    count = 0
    while at + count < len(lines) and not inside[at + count]:
        words = lines[at + count].split("#")[0].split()
        if len(words) != 1 or not words[0].startswith("_"):
            break
        count += 1
    return count


def _value_follows(lines: list[str], inside: list[bool], at: int) -> bool:
    """Whether the next line with content is a value, not a tag or a keyword."""
    while at < len(lines) and not inside[at]:
        words = lines[at].split()
        if words and not words[0].startswith("#"):
            return not (words[0].startswith("_") or words[0].lower().startswith(("loop_", "data_")))
        at += 1
    return at < len(lines)


def _needs_loop(lines: list[str], inside: list[bool], at: int, run: int) -> bool:
    tag = lines[at].split()[0]
    if run >= 2:
        tags = [lines[at + k].split()[0] for k in range(run)]
        same = any(all(t.startswith(c) for t in tags) for c in _LOOP_CATEGORIES)
        return same and _value_follows(lines, inside, at + run)
    if tag not in OPERATOR_TAGS:
        return False
    # One operator is a legal single value; two need a loop.
    first = at + 1 if run else at
    needed = 2 if run else 1
    following = lines[first + (0 if run else 1) : first + needed + (0 if run else 1)]
    return len(following) == needed and all(_OPERATOR_LINE.match(text) for text in following)


def _quoted_operator(line: str) -> str | None:
    match = _OPERATOR_LINE.match(line)
    if match is None or match[2] or (" " not in match[3].strip() and "\t" not in match[3].strip()):
        return None
    return f"{match[1] or ''}'{match[3].strip()}'"
