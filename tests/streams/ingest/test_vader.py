import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vaderSentiment import vaderSentiment

from streams.ingest.vader import _NAMED, NEUTRAL, Scores, Vader

LIBRARY = vaderSentiment.SentimentIntensityAnalyzer()
OURS = Vader()
LEFT_OUT = frozenset({"great", "no", "kind", "good", "shit", "doubt"})
POORER = Vader(without=LEFT_OUT)
POORER_LIBRARY = vaderSentiment.SentimentIntensityAnalyzer()
for left_out in LEFT_OUT:
    del POORER_LIBRARY.lexicon[left_out]

TEXTS = [
    "",
    " \n ",
    "ok",
    "The parcel is on the table.",
    "I love it",
    "I LOVE it",
    "I LOVE IT",
    "I HATE it",
    "I hate it! I really hate it!!! Why? Why? Why??",
    "good!!!!!! good? good??",
    "a really good day, a REALLY good day, a really bad day, a REALLY bad day",
    "really so very good, really so very bad, very slightly good",
    "hardly good, marginally bad, good really",
    "not good, not very good, not the most good, isn't good, ain't all that good, NOT good, can't be not good",
    "never so good, never this good, never so very good, so good for so good this bad this time so bad",
    "never was so good, never was this good, he said this good thing, a fine this good",
    "without doubt joy, without doubt good, without doubt a good one",
    "without a doubt good, without any good, without good",
    "no good, no very good, no bad or good, no love nor hate, no joy and hope, no parcel, no",
    "No good NO GOOD no",
    "NO good parcel, THIS and NO good or BAD parcel",
    "joy and cruel!!, hope and weak?? and more",
    "least good, at least good, very least good, the least good, least good least good",
    "kind of good, a kind man, kind, kind of, it is kind of a good thing, sort of a good thing, a sort of good thing",
    "just enough good, this is just enough of good",
    "the shit, that was the shit, what a bad ass, he is such a bad ass thing, badass, he is the badass one",
    "a kind of badass thing, not doubt good, never any doubt good",
    "yeah right, oh yeah right then, he said yeah right good, the kiss of death for love, a kiss of death",
    "things to die for good, beating heart, with a beating heart, a bus stop, at the bus stop here, the bomb",
    "Good but bad, bad but good but good, but good, good but, BUT good, good good good but good good good",
    "hope hope but great great but good good hope hope",
    "cut the mustard, under the weather, hand to mouth",
    ":) :( :D ;-) <3 (good) 'good' \"good\" -- !! ... :)) x:) I'm (:",
    "good-bad n't goodn't don't's",
    "😀 good😀 😀😀bad 😀\n😀 é 👍🏽 ❤️ 🔛good 😂but love",
    "GREAT café, naïve ÉTÉ good ΣΑΣ \u017fad good",
]


def expected(text: str, library: vaderSentiment.SentimentIntensityAnalyzer = LIBRARY) -> Scores:
    scores = library.polarity_scores(text)
    return Scores(scores["neg"], scores["pos"], scores["compound"])


FEW = ("good", "bad", "great", "hate", "kind", "parcel")
WORDS = st.one_of(
    st.sampled_from(FEW),
    st.sampled_from(sorted(_NAMED)),
    st.sampled_from(sorted(LIBRARY.lexicon)),
    st.sampled_from(sorted({*vaderSentiment.BOOSTER_DICT, *vaderSentiment.SPECIAL_CASES})),
    st.sampled_from(sorted({*vaderSentiment.NEGATE, *vaderSentiment.SENTIMENT_LADEN_IDIOMS})),
    st.sampled_from(sorted(LIBRARY.emojis)),
    st.text(max_size=6),
)
CASES = st.sampled_from([str, str, str, str, str.upper, str.title])
MARKS = st.sampled_from(["", "", "", "", ",", ".", "!", "?", "!!", "'", '"', ":)", "-"])
GAPS = st.sampled_from([" ", " ", " ", " ", "  ", "\n", ""])


@st.composite
def texts(draw: st.DrawFn) -> str:
    pieces = draw(st.lists(st.tuples(MARKS, WORDS, CASES, MARKS, GAPS), max_size=14))
    return "".join(before + case(word) + after + gap for before, word, case, after, gap in pieces)


@pytest.mark.parametrize("text", TEXTS)
def test_scores_are_those_of_the_library(text: str) -> None:
    assert OURS.score(text) == expected(text)
    for part in text.split(","):
        assert OURS.score(part) == expected(part)
        assert POORER.score(part) == expected(part, POORER_LIBRARY)


@settings(max_examples=1000)
@given(texts())
def test_scores_of_any_text_are_those_of_the_library(text: str) -> None:
    assert OURS.score(text) == expected(text)


@given(texts())
def test_words_left_out_are_left_out_of_the_library_too(text: str) -> None:
    assert POORER.score(text) == expected(text, POORER_LIBRARY)


def test_a_text_of_words_left_out_is_neutral() -> None:
    assert POORER.score("a good day") is NEUTRAL
    assert OURS.score("a good day") != NEUTRAL


def test_no_booster_is_in_the_lexicon() -> None:
    assert not LIBRARY.lexicon.keys() & vaderSentiment.BOOSTER_DICT.keys()  # else the order of asking would matter


def test_a_repeated_word_is_read_once() -> None:
    scorer = Vader()
    assert scorer.score("good good good") == scorer.score("good good good")
    assert scorer._word.cache_info().misses == 1
