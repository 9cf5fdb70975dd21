import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.ingest.reading import content_id, identifier, joined, label, number, text
from streams.ingest.refusal import DETAIL_CHARACTERS, RefusalReason, Refused, shown


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (None, None),
        ("", None),
        (" ", None),
        (12, 12.0),
        (1.5, 1.5),
        ("12", 12.0),
        ("-3.25", -3.25),
        ("1,234.50", 1234.5),
        ("1,234", 1234.0),
        ("1,234,567", 1234567.0),
        ("1.234,50", 1234.5),
        ("1.234.567", 1234567.0),
        ("12,5", 12.5),
        ("1 234,50", 1234.5),
        ("1'234.50", 1234.5),
        ("$1,234.50", 1234.5),
        ("12.50 EUR", 12.5),
        ("€ 12", 12.0),
    ],
)
def test_numbers_are_read_as_sources_write_them(value: object, read: float | None) -> None:
    assert number(value, "total") == read


@pytest.mark.parametrize("value", [True, [], {}, "abc", "NaN", "inf", "1,2,3", "12,3456", "1e5", "١٢", "--1", "1" * 70])
def test_what_is_no_number_is_refused_naming_it(value: object) -> None:
    with pytest.raises(Refused) as refused:
        number(value, "total")
    assert refused.value.reason == RefusalReason.BAD_VALUE
    assert refused.value.detail.startswith("total is ")


@pytest.mark.parametrize("value", [10**16, -(10**16), 1e300, 10**400, "9" * 40])
def test_absurd_amounts_are_out_of_range(value: object) -> None:
    with pytest.raises(Refused) as refused:
        number(value, "total")
    assert refused.value.reason == RefusalReason.OUT_OF_RANGE


@given(st.floats(-1e12, 1e12).map(lambda value: round(value, 2)))
def test_thousands_separators_change_no_number(value: float) -> None:
    assert number(f"{value:,.2f}", "total") == pytest.approx(value, abs=0.005)


@pytest.mark.parametrize(("value", "read"), [(None, None), (" ", None), (" a ", "a"), (7, "7"), (7.0, "7"), ("é", "é")])
def test_ids_are_texts(value: object, read: str | None) -> None:
    assert identifier(value, "id") == read


@pytest.mark.parametrize("value", [True, 1.5, [], {}, "a\x00", "a\nb", "\u200b", "x" * 513, 10**40])
def test_what_is_no_id_is_refused(value: object) -> None:
    with pytest.raises(Refused) as refused:
        identifier(value, "id")
    assert refused.value.reason == RefusalReason.BAD_VALUE


def test_text_is_clipped_and_keeps_its_lines() -> None:
    assert text("  a\x00b\nc\td\x9b  ", 100) == "ab\nc\td"
    assert text("x" * 50, 10) == "x" * 10
    assert text("\x00\x01", 10) is None
    assert text(5, 10) is None


def test_label_is_one_printable_line() -> None:
    assert label(" a\n b\u200b ") == "a b"
    assert label(12) == "12"
    assert label([]) is None
    assert label("x" * 300) == "x" * 200


def test_content_id_does_not_depend_on_the_order_of_keys() -> None:
    assert content_id({"a": 1, "b": [{"c": 2, "d": 3}]}) == content_id({"b": [{"d": 3, "c": 2}], "a": 1})
    assert content_id({"a": 1}) != content_id({"a": 2})


def test_joined_ids_never_get_too_long() -> None:
    assert joined("a", "b") == "a:b"
    assert len(joined("x" * 500, "y" * 500)) < 100
    assert joined("x" * 500, "y" * 500) != joined("x" * 500, "z" * 500)


def test_detail_is_clipped_and_printable() -> None:
    refused = Refused(RefusalReason.BAD_VALUE, "a\x00\n" + "b" * 1000)
    assert len(refused.detail) == DETAIL_CHARACTERS
    assert refused.detail.startswith("a  bb")
    assert str(refused).startswith("bad_value: a  bb")


def test_values_are_shown_short() -> None:
    assert len(shown("x" * 10_000)) < 100
    assert shown({"secret": 1}) == "an object"
    assert shown([1]) == "a list"
    assert shown(10**100_000) == "a huge integer"
    assert shown(None) == "None"
