"""Recorded events in files: JSON lines, one JSON array, or CSV with a header; ``.gz`` too, ``-`` for standard input."""

from __future__ import annotations

import csv
import gzip
import io
import sys
import zlib
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Literal, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

Form = Literal["json", "csv"]
STDIN: Final = "-"
CELL_CHARACTERS: Final = 16 * 1024 * 1024
DAMAGED: Final = (OSError, EOFError, zlib.error)
UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding bytes that are no JSON raises."""

_CUT_SHORT: Final = "Input data was truncated"
_BOM: Final = b"\xef\xbb\xbf"
_members = msgspec.json.Decoder(list[msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode


class Recorded(NamedTuple):
    """One record as it stands in a file; ``line`` counts from 1 and is where the record begins."""

    name: str
    line: int
    value: bytes


class BadLine(NamedTuple):
    """Something in a file that is no record; as text ``file:line: reason``."""

    name: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.name}:{self.line}: {self.reason}"


class RecordingError(ValueError):
    """A file can't be opened; the message names it and what is allowed."""


class Recording:
    """One file, read from its beginning to its end; a context manager that closes it.

    A list at the top of a JSON line, or of the whole file, is as many records as it has members. In CSV each row is an
    object by the header's names, dots in a name make objects within it, cells stay text, empty ones are left out.
    ``form`` is told by the name (``.csv``, ``.csv.gz``) when not given. A damaged end is a BadLine: what came before
    it counts.
    """

    def __init__(self, name: str, form: Form | None = None) -> None:
        self.name = "stdin" if name == STDIN else name
        bare = name.removesuffix(".gz").lower()
        self.form: Form = form or ("csv" if bare.endswith(".csv") else "json")
        self._file, self.size = _opened(name)
        zipped = gzip.GzipFile(fileobj=self._file) if name.endswith(".gz") else None
        self._stream: IO[bytes] = self._file if zipped is None else io.BufferedReader(zipped)

    def __enter__(self) -> Recording:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self.size is not None:
            self._file.close()

    @property
    def position(self) -> int:
        """Bytes of the file read so far; 0 for standard input."""
        return 0 if self.size is None else self._file.tell()

    def __iter__(self) -> Iterator[Recorded | BadLine]:
        line = 0
        try:
            for each in self._rows() if self.form == "csv" else self._json():
                line = each.line
                yield each
        except DAMAGED as error:
            yield BadLine(self.name, line + 1, f"can't be read any further ({error}); allowed: a whole file")

    def _json(self) -> Iterator[Recorded | BadLine]:
        begun = False
        for number, line in enumerate(self._stream, 1):
            value = line.strip()
            if number == 1:
                value = value.removeprefix(_BOM).lstrip()
            if not value:
                continue
            if value[0] != b"["[0]:
                begun = True
                yield Recorded(self.name, number, value)
                continue
            try:
                members = _members(value)
            except UNREADABLE as error:
                if not begun and str(error) == _CUT_SHORT:  # a list over several lines: the whole file
                    yield from self._list(value + b"\n" + self._stream.read(), number)
                    return
                yield BadLine(self.name, number, f"{_why(error)}; allowed: JSON")
                members = []
            begun = True
            for member in members:
                yield Recorded(self.name, number, bytes(member))

    def _list(self, whole: bytes, first: int) -> Iterator[Recorded | BadLine]:
        try:
            members = _members(whole)
        except UNREADABLE as error:
            yield BadLine(self.name, first, f"a list begins here that is no JSON: {_why(error)}; allowed: a JSON array")
            return
        place = 0
        line = first
        for member in members:
            value = bytes(member)
            start = whole.index(value, place)
            line += whole.count(b"\n", place, start)
            yield Recorded(self.name, line, value)
            line += value.count(b"\n")
            place = start + len(value)

    def _rows(self) -> Iterator[Recorded | BadLine]:
        csv.field_size_limit(CELL_CHARACTERS)
        lines = io.TextIOWrapper(self._stream, "utf-8-sig", errors="surrogateescape", newline="")
        try:
            yield from self._table(lines)
        finally:
            lines.detach()  # the file is not the wrapper's to close

    def _table(self, lines: io.TextIOWrapper) -> Iterator[Recorded | BadLine]:
        rows = csv.reader(lines)
        header = next(rows, None)
        fault = None if header is None else _header_fault(header)
        if fault is not None:
            yield BadLine(self.name, 1, fault)
        if header is None or fault is not None:
            return
        begin = rows.line_num + 1
        while True:
            try:
                cells = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                yield BadLine(self.name, begin, f"{error}; allowed: CSV")
            else:
                if cells:
                    yield self._row(header, cells, begin)
            begin = rows.line_num + 1

    def _row(self, header: list[str], cells: list[str], line: int) -> Recorded | BadLine:
        if len(cells) != len(header):
            return BadLine(self.name, line, f"{len(cells)} cells; allowed: {len(header)}, as in the header")
        record: dict[str, Any] = {}
        for name, cell in zip(header, cells, strict=True):
            if cell:
                _put(record, name.strip(), cell)
        try:
            return Recorded(self.name, line, _encode(record))
        except UnicodeEncodeError:
            return BadLine(self.name, line, "not UTF-8; allowed: CSV in UTF-8")


def _why(error: Exception) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)


def _opened(name: str) -> tuple[IO[bytes], int | None]:
    if name == STDIN:
        return _stdin(), None
    path = Path(name)
    try:
        return path.open("rb"), path.stat().st_size
    except OSError as error:
        raise RecordingError(f"{name}: {error.strerror}; allowed: a readable file, or - for standard input") from None


def _stdin() -> IO[bytes]:
    """Standard input under a buffer of our own: a thread that waits in Python's own one can't be left at the end."""
    try:
        return open(sys.stdin.fileno(), "rb", closefd=False)
    except io.UnsupportedOperation:
        return sys.stdin.buffer


def _header_fault(header: list[str]) -> str | None:
    names = [name.strip() for name in header]
    for name in names:
        if not all(name.split(".")):
            return f"the header has the name {name!r}; allowed: names, with dots between the names of nested objects"
        if names.count(name) > 1 or any(other.startswith(name + ".") for other in names):
            return f"the header has {name!r} twice; allowed: each name once, and none that another one extends by a dot"
    return None


def _put(record: dict[str, Any], name: str, cell: str) -> None:
    *parents, last = name.split(".")
    for parent in parents:
        record = record.setdefault(parent, {})
    record[last] = cell
