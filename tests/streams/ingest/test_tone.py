import time

import pytest

from streams.ingest.tone import UNSURE, judge

COMPLAINTS = [
    "I am still waiting for my parcel after three weeks",
    "The app keeps crashing and nobody answers my emails",
    "I was charged twice and want my money back",
    "Worst customer service ever, cancel my subscription",
    "The blender arrived broken",
    "This is unacceptable",
    "My luggage was lost again, no response from your team",
    "my printer won\u2019t connect",
    "These accounts do not belong to me",
]
HARMLESS = [
    "No complaints at all, a wonderful shop, I love it",
    "What are your opening hours on Sunday?",
    "Do you ship to Norway?",
    "Thank you so much, you are the best and I am very happy",
    "I can't wait to see the new collection, so happy and excited!",
]
NOT_COMPLAINTS = ["It is not a scam, honest", "I hate mondays", "never disappointed by you", "What a sad film"]


@pytest.mark.parametrize("text", COMPLAINTS)
def test_what_went_wrong_is_a_complaint(text: str) -> None:
    assert judge(text, "en").complaint is True


@pytest.mark.parametrize("text", HARMLESS)
def test_praise_and_questions_are_no_complaints(text: str) -> None:
    assert judge(text, "en").complaint is False


@pytest.mark.parametrize("text", NOT_COMPLAINTS)
def test_negative_or_negated_is_not_complaint(text: str) -> None:
    assert judge(text, "en").complaint is not True


def test_tone_is_given_where_it_is_clear_and_never_zero_for_unknown() -> None:
    assert (judge("I love this, wonderful and amazing!", "en").tone or 0) > 0.6
    assert (judge("I hate this horrible, awful thing", "en").tone or 0) < -0.6
    assert judge("The parcel is on the table in the kitchen", "en").tone is None
    assert judge("I love the horrible film", "en").tone is None


def test_politeness_is_no_joy() -> None:
    assert judge("Please help me, thanks for your support", "en").tone is None


@pytest.mark.parametrize(
    "text",
    [
        "Happy birthday, you wonderful people, tell me why",
        "Will it stop raining?",
        "Could this not be quicker?",
        "Are you the ugly ones in the photo?",
        "Do you ship " + "to Norway and " * 30 + "to Sweden?",
        "I ordered on Monday",
    ],
)
def test_trouble_doubt_and_length_leave_it_open_whether_somebody_complains(text: str) -> None:
    assert judge(text, "en").complaint is None


def test_praise_may_hold_a_negation_and_two_words_suffice() -> None:
    assert judge("I have never been so happy, what a wonderful lovely shop", "en").complaint is False
    assert judge("Excellent, wonderful", "en").complaint is False
    assert judge("Wonderful", "en") == UNSURE


@pytest.mark.parametrize("text", [None, "", "ok", "!!!", "👍", "@acme", "https://example.com/a", "a " * 3])
def test_too_short_is_unsure(text: str | None) -> None:
    assert judge(text) == UNSURE


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("This is horrible, I hate it", "de"),
        ("Das ist schrecklich, ich hasse es", None),
        ("C'est horrible, je suis en colère", None),
        ("Esto es terrible, no funciona", None),
        ("это ужасно", None),
    ],
)
def test_other_languages_are_unsure(text: str, language: str | None) -> None:
    assert judge(text, language) == UNSURE


def test_english_is_recognised_when_nobody_says_so() -> None:
    assert judge("I am still waiting for my parcel and nobody answers").complaint is True
    assert judge("I am still waiting for my parcel", "en-GB").complaint is True


@pytest.mark.parametrize(
    "unit", ["no ", "not " + "a" * 500 + " ", "a", "still ", "the issue with ", "have a b c ", "😀", "\n"]
)
def test_a_megabyte_costs_bounded_time(unit: str) -> None:
    start = time.perf_counter()
    judge(unit * (1_000_000 // len(unit)), "en")
    assert time.perf_counter() - start < 1  # about 20 ms; seconds would mean that cost grows with length
