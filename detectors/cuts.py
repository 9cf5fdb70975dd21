"""State read back from a changelog as of one offset, never half a flush.

Every value names the ``cut``, the offset up to which its flush had applied the log. The completion is written last,
after all other values of the flush are acknowledged. A value counts only if some completion says that its cut was
reached: whoever crashed, and whatever a worker wrote that had long lost the partition (the largest cut wins).
"""

from __future__ import annotations

from typing import Final

import msgspec

COMPLETION_KEY: Final = b"\0completion"
NOTHING_APPLIED: Final = -1


class _Head(msgspec.Struct, array_like=True, gc=False):
    cut: int


class _Completion(msgspec.Struct, gc=False):
    cut: int
    entries: int


_head = msgspec.msgpack.Decoder(_Head).decode
_completion = msgspec.msgpack.Decoder(_Completion).decode


class CutReader:
    """Sorts the records of one changelog partition, given in their order.

    A value is a msgpack array that begins with its cut, a completion a msgpack map with ``cut`` and ``entries``, the
    number of keys there are. Afterwards ``entries`` and ``completion`` hold the state at ``cut``.
    """

    def __init__(self) -> None:
        self.cut = NOTHING_APPLIED
        self.completion: bytes | None = None
        self.entries: dict[bytes, bytes] = {}
        self._expected = 0
        self._ahead: dict[bytes, list[bytes]] = {}

    def read(self, key: bytes, value: bytes | None) -> None:
        """Take in one record; raises msgspec.DecodeError on a value that is none of ours."""
        if key == COMPLETION_KEY:
            if value is not None:
                self._complete(value)
        elif value is None:
            self.entries.pop(key, None)
            self._ahead.pop(key, None)
        elif _head(value).cut > self.cut:
            self._ahead.setdefault(key, []).append(value)
        else:
            self._prefer(key, value)

    def finish(self) -> None:
        """Settle what is left: nothing counts without a completion; else gaps that compaction tore are filled.

        Where the value before an unfinished flush is already compacted away, the one of that flush is taken: what it
        says beyond ``cut`` is not counted twice, as each person holds the offset that they have applied.
        """
        if self.completion is None:
            self.entries.clear()
        elif len(self.entries) < self._expected:
            for key, values in self._ahead.items():
                self.entries.setdefault(key, values[-1])
        self._ahead.clear()

    def _complete(self, value: bytes) -> None:
        completion = _completion(value)
        if completion.cut < self.cut:
            return
        self.cut = completion.cut
        self._expected = completion.entries
        self.completion = value
        for key in list(self._ahead):
            waiting = []
            for each in self._ahead.pop(key):
                if _head(each).cut <= self.cut:
                    self._prefer(key, each)
                else:
                    waiting.append(each)
            if waiting:
                self._ahead[key] = waiting

    def _prefer(self, key: bytes, value: bytes) -> None:
        known = self.entries.get(key)
        if known is None or _head(known).cut <= _head(value).cut:
            self.entries[key] = value
