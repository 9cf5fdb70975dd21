"""State read back as of one offset, whoever crashed or woke up late, against a reference that knows the whole log."""

from __future__ import annotations

from typing import Final

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.cuts import COMPLETION_KEY, NOTHING_APPLIED, CutReader

KEYS: Final = (b"a", b"b", b"c", b"d")
Changelog = list[tuple[bytes, bytes | int | None]]
"""A number is a tombstone, with its cut."""
Log = list[tuple[bytes, bool]]
"""By offset: whose, and whether they are there after it (else it forgets them)."""


def value(cut: int, content: int) -> bytes:
    return msgspec.msgpack.encode([cut, content])


def completion(cut: int, entries: int) -> tuple[bytes, bytes]:
    return COMPLETION_KEY, msgspec.msgpack.encode({"cut": cut, "entries": entries, "more": [1, 2]})


def state(log: Log, cut: int) -> dict[bytes, int]:
    """The offset that each person's state holds, as of the cut."""
    known: dict[bytes, int] = {}
    for offset, (key, lives) in enumerate(log[: cut + 1]):
        if lives:
            known[key] = offset
        else:
            known.pop(key, None)
    return known


def restored(changelog: Changelog) -> CutReader:
    reader = CutReader()
    for key, each in changelog:
        if isinstance(each, int):
            reader.read(key, None, each)
        else:
            reader.read(key, each)
    reader.finish()
    return reader


def contents(reader: CutReader) -> dict[bytes, int]:
    return {key: msgspec.msgpack.decode(each)[1] for key, each in reader.entries.items()}


def compacted(changelog: Changelog) -> Changelog:
    """Only the newest record of each key, as the broker leaves it; tombstones stay for a while."""
    newest = {key: place for place, (key, _) in enumerate(changelog)}
    return [record for place, record in enumerate(changelog) if newest[record[0]] == place]


class Worker:
    """Applies the log from what it restored and flushes what changed."""

    def __init__(self, log: Log, cut: int, stale: set[bytes] | None = None) -> None:
        self.log = log
        self.cut = cut
        self.dirty = set(stale or ())

    def flush(self, cut: int, data: st.DataObject | None = None, *, entries_at_most: int = 99) -> Changelog:
        """The entries in some order, and the completion unless a crash comes before it."""
        self.dirty |= {key for key, _ in self.log[self.cut + 1 : cut + 1]}
        self.cut = cut
        known = state(self.log, cut)
        order = sorted(self.dirty) if data is None else data.draw(st.permutations(sorted(self.dirty)))
        self.dirty = set()
        records: Changelog = [(key, value(cut, known[key]) if key in known else cut) for key in order]
        return records[:entries_at_most] if entries_at_most < 99 else [*records, completion(cut, len(known))]


logs = st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from((True, True, True, False))), min_size=1, max_size=30)
steps = st.lists(
    st.tuples(st.sampled_from(("flush", "flush", "crash", "zombie")), st.integers(0, 6), st.integers(0, 4)), max_size=14
)


class History:
    """What workers one after the other, and those who lost the partition, leave in one changelog."""

    def __init__(self, log: Log, data: st.DataObject) -> None:
        self.log = log
        self.data = data
        self.changelog: Changelog = []
        self.completed = NOTHING_APPLIED
        self.worker = Worker(log, NOTHING_APPLIED)
        self.zombies: list[Worker] = []

    def flush(self, further: int) -> None:
        """One complete flush."""
        cut = min(self.worker.cut + further, len(self.log) - 1)
        self.changelog += self.worker.flush(cut, self.data)
        self.completed = max(self.completed, cut)

    def crash(self, further: int, entries: int) -> None:
        """A flush of some entries without its completion; another worker takes over, this one may wake up again."""
        cut = min(self.worker.cut + further, len(self.log) - 1)
        last = self.worker.cut
        written = self.worker.flush(cut, self.data, entries_at_most=entries)
        self.changelog += written
        self.zombies.append(Worker(self.log, last))
        reader = restored(self.changelog)
        assert reader.cut == self.completed
        self.worker = Worker(self.log, reader.cut, reader.stale)

    def zombie(self, further: int) -> None:
        """Who lost the partition writes what it still knows, up to a cut that others have completed."""
        if not self.zombies:
            return
        woken = self.zombies.pop()
        cut = min(woken.cut + further, self.completed)
        if cut < woken.cut:
            return
        *records, end = woken.flush(cut, self.data)
        self.changelog += records
        if self.data.draw(st.booleans()):
            self.changelog.append(end)


@settings(max_examples=400)
@given(logs, steps, st.data())
def test_the_state_of_the_largest_completed_cut_comes_back_whatever_was_written_besides(
    log: Log, drawn: list[tuple[str, int, int]], data: st.DataObject
) -> None:
    history = History(log, data)
    for what, further, entries in drawn:
        if what == "flush":
            history.flush(further)
        elif what == "crash":
            history.crash(further, entries)
        else:
            history.zombie(further)
    reader = restored(history.changelog)
    assert reader.cut == history.completed
    assert contents(reader) == state(log, history.completed)


@settings(max_examples=300)
@given(logs, st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=8), st.integers(0, 6), st.data())
def test_after_compaction_replay_leads_to_the_same_state(
    log: Log, flushes: list[tuple[int, bool]], further: int, data: st.DataObject
) -> None:
    worker, changelog = Worker(log, NOTHING_APPLIED), Changelog()
    for more, compacts in flushes:
        changelog += worker.flush(min(worker.cut + more, len(log) - 1), data)
        changelog = compacted(changelog) if compacts else changelog
    completed = worker.cut
    unfinished = min(completed + further, len(log) - 1)
    changelog += worker.flush(unfinished, data, entries_at_most=data.draw(st.integers(0, 4)))
    reader = restored(compacted(changelog))
    assert reader.cut == completed
    found = contents(reader)
    as_of, ahead = state(log, completed), state(log, unfinished)
    assert all(each in {as_of.get(key), ahead.get(key)} for key, each in found.items())
    for offset in range(completed + 1, len(log)):
        key, lives = log[offset]
        if lives:
            found[key] = max(offset, found.get(key, 0))
        elif found.get(key, 0) <= offset:
            found.pop(key, None)
    assert found == state(log, len(log) - 1)


@given(logs, st.lists(st.integers(1, 6), min_size=1, max_size=6), st.data())
def test_complete_flushes_come_back_exactly_from_a_compacted_changelog(
    log: Log, flushes: list[int], data: st.DataObject
) -> None:
    worker, changelog = Worker(log, NOTHING_APPLIED), Changelog()
    for further in flushes:
        changelog = compacted(changelog + worker.flush(min(worker.cut + further, len(log) - 1), data))
    assert contents(restored(changelog)) == state(log, worker.cut)


def test_without_a_completion_nothing_counts() -> None:
    reader = restored([(b"a", value(3, 1)), (b"b", value(-1, 1)), (b"c", 3)])
    assert (reader.cut, reader.entries, reader.completion) == (NOTHING_APPLIED, {}, None)


def test_a_tombstone_of_the_completion_says_nothing() -> None:
    reader = restored([(b"a", value(3, 1)), completion(3, 1), (COMPLETION_KEY, None)])
    assert (reader.cut, contents(reader)) == (3, {b"a": 1})


def test_the_completion_itself_is_kept_as_it_was_written() -> None:
    _, written = completion(3, 0)
    assert restored([(COMPLETION_KEY, written)]).completion == written


def test_a_tombstone_of_an_unfinished_flush_forgets_nobody() -> None:
    reader = restored([(b"a", value(3, 1)), completion(3, 1), (b"a", 4)])
    assert contents(reader) == {b"a": 1}


def test_a_tombstone_counts_once_its_flush_is_complete() -> None:
    reader = restored([(b"a", value(3, 1)), completion(3, 1), (b"a", 4), completion(4, 0)])
    assert contents(reader) == {}
    assert reader.stale == set()


def test_who_comes_back_after_a_tombstone_is_there_again() -> None:
    changelog: Changelog = [(b"a", 4), completion(4, 0), (b"a", value(6, 5)), completion(6, 1)]
    assert contents(restored(changelog)) == {b"a": 5}
    assert contents(restored([(b"a", 4), (b"a", value(6, 5)), completion(6, 1)])) == {b"a": 5}


def test_a_value_older_than_what_counts_marks_its_key_for_rewriting() -> None:
    changelog: Changelog = [(b"a", value(9, 9)), completion(9, 1), (b"a", value(5, 2)), completion(5, 1)]
    reader = restored(changelog)
    assert (reader.cut, contents(reader), reader.stale) == (9, {b"a": 9}, {b"a"})
    again = restored([*changelog, (b"a", value(12, 9)), completion(12, 1)])
    assert (contents(again), again.stale) == ({b"a": 9}, set())


def test_a_value_older_than_a_tombstone_does_not_bring_the_forgotten_back() -> None:
    changelog: Changelog = [(b"a", value(3, 1)), completion(3, 1), (b"a", 9), completion(9, 0), (b"a", value(5, 2))]
    reader = restored(changelog)
    assert (contents(reader), reader.stale) == ({}, {b"a"})
    again = restored([*changelog, (b"a", 12), completion(12, 0)])
    assert (contents(again), again.stale) == ({}, set())


def test_a_value_torn_out_by_compaction_is_taken_from_the_unfinished_flush() -> None:
    reader = restored([(b"b", value(3, 2)), completion(3, 2), (b"a", value(5, 4)), (b"c", value(5, 5)), (b"c", 5)])
    assert contents(reader) == {b"a": 4, b"b": 2}


def test_a_value_that_is_none_of_ours_is_an_error() -> None:
    with pytest.raises(msgspec.DecodeError):
        CutReader().read(b"a", b"\xc1")
    with pytest.raises(msgspec.DecodeError):
        CutReader().read(COMPLETION_KEY, b"\x80")
