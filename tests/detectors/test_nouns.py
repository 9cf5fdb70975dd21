from __future__ import annotations

from detectors.interaction import KIND_CODES, Kind
from detectors.nouns import noun, plural


def test_every_kind_is_a_noun_of_its_own() -> None:
    nouns = [noun(code) for code in KIND_CODES.values()]
    assert len(set(nouns)) == len(Kind)
    assert all(each == each.lower().strip() for each in nouns)


def test_several_of_a_noun() -> None:
    assert plural(noun(KIND_CODES[Kind.ENQUIRY_MADE])) == "enquiries"
    assert plural(noun(KIND_CODES[Kind.SURVEY_SENT])) == "surveys"
    assert plural("complaint") == "complaints"
    odd = [noun(code) for code in KIND_CODES.values() if noun(code).endswith("y") and not noun(code).endswith("ey")]
    assert all(plural(each).endswith("ies") for each in odd)
