"""Trails against naive models."""

from __future__ import annotations

from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from detectors.interaction import Interaction, Kind
from detectors.past import text_of
from detectors.seen import Seen, of
from detectors.stakeholder import Stakeholder
from detectors.trails import (
    EXCERPT_CHARACTERS,
    Mark,
    add_mark,
    holds,
    is_quoted,
    marks,
    marks_backwards,
    newest_at,
    newest_channels,
    newest_marks,
    quote,
    times_of,
)
from detectors.windows import Catalogue, Trail
from detectors.wire import decode
from tests.detectors.lives import event

KINDS: Final = (Kind.PAGE_VIEWED, Kind.TICKET_OPENED, Kind.POST_PUBLISHED)
CHANNELS: Final = {"page_viewed": "site", "ticket_opened": "mail", "post_published": "twitter"}


def a_page(at: int, number: int, text: str | None = None, kind: str = "page_viewed") -> Seen:
    page = decode(event(number, at, kind, channel=CHANNELS[kind], text=text).value or b"")
    assert isinstance(page, Interaction)
    return of(page, page)


texts = st.none() | st.text(max_size=130)
lives = st.lists(st.tuples(st.integers(0, 12), st.sampled_from(sorted(CHANNELS)), texts), max_size=20)


@given(st.integers(1, 6), st.booleans(), st.lists(st.tuples(st.integers(0, 12), texts), max_size=20))
def test_a_trail_holds_the_newest_in_their_order(keep: int, excerpt: bool, drawn: list[tuple[int, str | None]]) -> None:
    window = Trail("pages", KINDS, keep=keep, quotes=text_of if excerpt else None)
    trail, model = b"", list[Mark]()
    for offset, (at, text) in enumerate(drawn):
        page = a_page(at, offset, text)
        trail = add_mark(trail, window, page, offset)
        quote = (text or "")[:120] or None
        model.append(Mark(at, offset, page.kind, page.channel, f"i{offset}", quote if excerpt else None))
        model.sort(key=lambda mark: (mark.at, mark.offset))
        del model[: max(0, len(model) - keep)]
        assert list(marks(trail)) == model


@given(st.integers(1, 6), lives, st.integers(1, 14), st.integers(0, 14))
def test_what_is_read_without_making_marks_is_what_the_marks_say(
    keep: int, drawn: list[tuple[int, str, str | None]], length: int, until: int
) -> None:
    window = Trail("pages", KINDS, keep=keep, quotes=text_of)
    trail = b""
    for offset, (at, kind, text) in enumerate(drawn):
        trail = add_mark(trail, window, a_page(at, offset, text, kind), offset)
    held = list(marks(trail))
    assert list(marks_backwards(trail)) == held[::-1]
    assert times_of(trail) == [mark.at for mark in held]
    newest = [mark for mark in held if mark.at > held[-1].at - length]
    assert newest_marks(trail, length) == newest
    assert newest_channels(trail, length) == sum(1 << channel for channel in {mark.channel for mark in newest})
    assert not held or newest_at(trail) == held[-1].at
    kinds = {a_page(0, 0, None, kind).kind for kind in CHANNELS}
    assert {kind for kind in kinds if holds(trail, kind)} == {mark.kind for mark in held}
    words = {(text or "")[:EXCERPT_CHARACTERS] for _, _, text in drawn} | {"never said"}
    for kind in kinds:
        for said in words:
            expected = any(
                mark.kind == kind and (mark.excerpt or "") == said and until - length < mark.at <= until
                for mark in held
            )
            assert is_quoted(trail, kind, quote(said), until - length, until) == expected


def test_a_trail_may_quote_something_else_than_the_text() -> None:
    window = Trail("pages", KINDS, keep=2, quotes=lambda interaction: interaction.id if interaction.text else None)
    assert not window.reads_head
    trail = add_mark(add_mark(b"", window, a_page(1, 1), 1), window, a_page(2, 2, "seen"), 2)
    assert [mark.excerpt for mark in marks(trail)] == [None, "i2"]


def test_an_empty_trail_has_no_marks() -> None:
    assert list(marks(b"")) == []


def test_a_stretch_of_a_trail_is_open_at_its_start_and_ends_with_the_newest() -> None:
    window = Trail("pages", KINDS, keep=5)
    Catalogue([window])
    who = Stakeholder(-1, 0)
    assert who.newest(window, 5) == who.all_marks(window) == []
    who.trails.append(b"")
    assert who.newest(window, 5) == []
    for at in (5, 6, 10, 11):
        who.trails[0] = add_mark(who.trails[0], window, a_page(at, at), at)
    assert [mark.at for mark in who.newest(window, 5)] == [10, 11]
    assert [mark.at for mark in who.newest(window, 6)] == [6, 10, 11]
    assert [mark.at for mark in who.newest(window, 100)] == [5, 6, 10, 11]
    assert [mark.at for mark in who.all_marks(window)] == [5, 6, 10, 11]
