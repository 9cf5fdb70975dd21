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
    number of keys there are; a tombstone's cut stands beside it. Afterwards ``entries`` and
    ``completion`` hold the state at ``cut``, and ``stale`` the keys whose newest record is older than what counts:
    they must be written again before compaction leaves only that.
    """

    def __init__(self) -> None:
        self.cut = NOTHING_APPLIED
        self.completion: bytes | None = None
        self.entries: dict[bytes, bytes] = {}
        self.stale: set[bytes] = set()
        self._expected = 0
        self._ahead: dict[bytes, list[tuple[int, bytes | None]]] = {}
        self._gone: dict[bytes, int] = {}

    def read(self, key: bytes, value: bytes | None, grave_cut: int = NOTHING_APPLIED) -> None:
        """Take in one record, a tombstone with its cut; raises msgspec.DecodeError on a value that is none of ours."""
        if key == COMPLETION_KEY:
            if value is not None:
                self._complete(value)
            return
        cut = grave_cut if value is None else _head(value).cut
        if cut > self.cut:
            self._ahead.setdefault(key, []).append((cut, value))
        else:
            self._prefer(key, cut, value)

    def finish(self) -> None:
        """Settle what is left: nothing counts without a completion; else gaps that compaction tore are filled.

        Where the value before an unfinished flush is already compacted away, the one of that flush is taken: what it
        says beyond ``cut`` is not counted twice, as each person holds the offset that they have applied.
        """
        if self.completion is None:
            self.entries.clear()
        elif len(self.entries) < self._expected:
            for key, values in self._ahead.items():
                newest = values[-1][1]
                if newest is not None:
                    self.entries.setdefault(key, newest)
        self._ahead.clear()

    def _complete(self, value: bytes) -> None:
        completion = _completion(value)
        if completion.cut < self.cut:
            return
        self.cut = completion.cut
        self._expected = completion.entries
        self.completion = value
        ahead, self._ahead = self._ahead, {}
        for key, values in ahead.items():
            waiting = [each for each in values if each[0] > self.cut]
            for each_cut, each in values:
                if each_cut <= self.cut:
                    self._prefer(key, each_cut, each)
            if waiting:
                self._ahead[key] = waiting

    def _prefer(self, key: bytes, cut: int, value: bytes | None) -> None:
        """Let the record count unless one of a larger cut does; then that must be written again."""
        known = self.entries.get(key)
        if cut < (self._gone.get(key, NOTHING_APPLIED) if known is None else _head(known).cut):
            self.stale.add(key)
            return
        self.stale.discard(key)
        if value is None:
            self.entries.pop(key, None)
            self._gone[key] = cut
        else:
            self.entries[key] = value
            self._gone.pop(key, None)
