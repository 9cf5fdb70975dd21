import re
import string

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from streams.ingest.complaints import _COMPLAINT, _FOLDS, _NEGATED, _OWN_NEGATION, _PHRASES, complains, folded

PLAIN = re.compile(r"\b(?:" + "|".join(_PHRASES) + ")", re.IGNORECASE)
PLAIN_NEGATED = re.compile(_NEGATED.pattern, re.IGNORECASE)
PLAIN_OWN_NEGATION = re.compile(_OWN_NEGATION.pattern, re.IGNORECASE)
EVERY_CHARACTER = [chr(point) for point in range(0x110000)]

SAID = st.one_of([st.from_regex(re.compile(phrase, re.IGNORECASE), fullmatch=True) for phrase in _PHRASES])
WORDS = sorted(set(re.findall(r"[a-z0-9']+", " ".join(re.sub(r"\\.|\{.*?\}", " ", phrase) for phrase in _PHRASES))))
PIECES = st.one_of(
    SAID,
    st.sampled_from(WORDS),
    st.sampled_from(["no", "not", "n't", "NEVER", "didn\u2019t", "without", "a", "the", "parcel", "my", "is", "was"]),
    st.text(max_size=4),
)
GAPS = st.sampled_from([" ", " ", " ", " ", "", "\n", ", ", "  "])
DISGUISES = st.sampled_from(
    [str, str, str.upper, str.title]
    + [lambda text, plain=plain, other=other: text.replace(plain, other) for other, plain in _FOLDS]
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    pieces = draw(st.lists(st.tuples(PIECES, DISGUISES, GAPS), max_size=8))
    return "".join(disguise(piece) + gap for piece, disguise, gap in pieces)


def plainly_complains(text: str) -> bool:
    """What ``complains`` promises, by every phrase at every place and with case ignored."""
    text = text.replace("\u2019", "'")
    for match in PLAIN.finditer(text):
        before = text[max(0, match.start() - 30) : match.start()]
        if PLAIN_OWN_NEGATION.match(match.group()) or not PLAIN_NEGATED.search(before):
            return True
    return False


@settings(max_examples=300)
@given(texts())
@example("weed refund")  # the first letter of "want", the rest of "need"
def test_phrases_by_their_first_letter_find_what_all_of_them_find_in_their_order(text: str) -> None:
    found = [match.span() for match in PLAIN.finditer(text.replace("\u2019", "'"))]
    assert [match.span() for match in _COMPLAINT.finditer(folded(text))] == found
    assert complains(text) == plainly_complains(text)


@pytest.mark.parametrize("phrase", _PHRASES)
def test_a_phrase_begins_with_letters_or_with_a_group_of_such_beginnings(phrase: str) -> None:
    beginnings = re.match(r"\(\?:([^()]*)\)(?![?*+{])|([a-z])(?![?*+{])", phrase)
    assert beginnings
    assert all(re.match(r"[a-z0-9](?![?*+{])", each) for each in (beginnings[1] or beginnings[2]).split("|"))


def test_folding_does_what_ignoring_case_does() -> None:
    letters = re.findall("[a-z]", "".join(EVERY_CHARACTER), re.IGNORECASE)
    assert set(letters) - set(string.ascii_letters) == {written for written, _ in _FOLDS} - {"\u2019"}
    for letter in letters:
        assert re.fullmatch(folded(letter), letter, re.IGNORECASE)


def test_folding_makes_no_word_and_breaks_none() -> None:
    for character in EVERY_CHARACTER:
        other = folded(character)
        if other != character:
            assert len(other) == 1
            assert [bool(re.match(kind, other)) for kind in (r"\w", r"\d", r"\s")] == [
                bool(re.match(kind, character)) for kind in (r"\w", r"\d", r"\s")
            ]


@given(st.text())
def test_folding_keeps_the_length(text: str) -> None:
    assert len(folded(text)) == len(text)


def test_negation_counts_only_right_before_the_phrase() -> None:
    assert not complains("It was not a fraud")
    assert complains("I did not expect that, but it is a fraud")
    assert complains("No answer for weeks")
