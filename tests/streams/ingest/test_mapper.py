import json
from typing import Any

import pytest

from streams.ingest.mapper import DEEPEST, REFUSALS_KEPT, Mapper
from streams.ingest.refusal import RefusalReason
from streams.ingest.settings import IngestSettings

NOW = 1_800_000_000_000
ORDER = {"order_id": "o-1", "total": 5, "currency": "EUR", "created_at": "2024-03-05T10:00:00Z", "customer_id": "c-1"}
POST = {"id": "1346889436626259968", "author_id": "11", "lang": "en", "text": "@acme hello"}


def reasons(value: bytes, source: str = "purchases", **settings: Any) -> list[RefusalReason]:
    return [r.reason for r in Mapper(source, IngestSettings(**settings)).map(value, NOW).refusals]


def test_unknown_source_is_an_error_naming_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"'pigeons' has no mapping; allowed: .*purchases.*tweets"):
        Mapper("pigeons", IngestSettings())


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", RefusalReason.NOT_JSON),
        (b"{", RefusalReason.NOT_JSON),
        (b'{"total": NaN}', RefusalReason.NOT_JSON),
        (b'{"total": Infinity}', RefusalReason.NOT_JSON),
        (b'{"total": 1e999}', RefusalReason.NOT_JSON),
        (b'{"total": "\xff"}', RefusalReason.NOT_JSON),
        (b"3", RefusalReason.NOT_AN_OBJECT),
        (b"null", RefusalReason.NOT_AN_OBJECT),
        (b'"x"', RefusalReason.NOT_AN_OBJECT),
        (b"{}", RefusalReason.MISSING_FIELD),
    ],
)
def test_bytes_that_are_no_record_are_refused_with_their_reason(value: bytes, reason: RefusalReason) -> None:
    assert reasons(value) == [reason]


def test_record_over_the_limit_is_refused_unread() -> None:
    value = json.dumps(ORDER | {"note": "x" * 2000}).encode()
    assert reasons(value, max_bytes=len(value)) == []
    assert reasons(value, max_bytes=len(value) - 1) == [RefusalReason.TOO_LARGE]


def test_nesting_up_to_the_limit_is_taken() -> None:
    def nested(levels: int) -> bytes:
        return json.dumps(ORDER)[:-1].encode() + b', "x": ' + b"[" * levels + b"]" * levels + b"}"

    assert reasons(nested(DEEPEST - 1)) == []
    assert reasons(nested(DEEPEST)) == [RefusalReason.TOO_DEEP]


def test_many_brackets_side_by_side_are_not_deep() -> None:
    assert reasons(json.dumps(ORDER | {"x": [[]] * 1000, "y": "{" * 1000}).encode()) == []


def test_byte_order_mark_is_no_hindrance() -> None:
    assert reasons(b"\xef\xbb\xbf" + json.dumps(ORDER).encode()) == []


@pytest.mark.parametrize("half", ["\\ud83d", "\\udE00", "\\ud83d\\ud83d"])
def test_half_an_emoji_costs_a_character_not_the_record(half: str) -> None:
    value = json.dumps(POST | {"text": "@acme #"}).replace("#", half + "!").encode()
    (post,) = Mapper("tweets", IngestSettings()).map(value, NOW).interactions
    assert post.text is not None
    assert post.text.replace("\ufffd", "") == "@acme !"


def test_whole_emoji_beside_half_of_one_survives() -> None:
    value = json.dumps(POST | {"text": "@acme #"}).replace("#", "\\ud83d\\ude00\\ud83d").encode()
    assert Mapper("tweets", IngestSettings()).map(value, NOW).interactions[0].text == "@acme \U0001f600\ufffd"


def test_control_characters_are_stripped_from_texts_and_texts_clipped() -> None:
    value = json.dumps(POST | {"text": "@acme\x00 one\ntwo\x1b[31m\x85 three"}).encode()
    assert Mapper("tweets", IngestSettings()).map(value, NOW).interactions[0].text == "@acme one\ntwo[31m three"
    assert Mapper("tweets", IngestSettings(text_limit=8)).map(value, NOW).interactions[0].text == "@acme o"


def test_empty_list_counts_as_nothing_and_empty_batch_as_ignored() -> None:
    mapper = Mapper("purchases", IngestSettings())
    assert mapper.map(b"[]", NOW).refusals == []
    assert mapper.map(b'{"batch": []}', NOW).ignored == 1
    assert reasons(b'{"batch": 5}') == [RefusalReason.BAD_VALUE]


def test_stakeholder_is_the_first_identity_by_the_configured_order() -> None:
    value = json.dumps(ORDER | {"email": "A@b.example"}).encode()
    assert Mapper("purchases", IngestSettings()).map(value, NOW).interactions[0].stakeholder == "c-1"
    by_mail = Mapper("purchases", IngestSettings(identity_order=("email",))).map(value, NOW)
    assert by_mail.interactions[0].stakeholder == "email:a@b.example"
    by_cookie = Mapper("purchases", IngestSettings(identity_order=("cookie",))).map(value, NOW)
    assert by_cookie.interactions[0].stakeholder == "c-1"


def test_item_with_one_interaction_in_the_future_is_refused_whole() -> None:
    ticket = {
        "id": 1,
        "requester_id": 5,
        "subject": "x",
        "status": "solved",
        "created_at": NOW,
        "updated_at": NOW + 600_000,
    }
    mapped = Mapper("tickets", IngestSettings()).map(json.dumps(ticket).encode(), NOW)
    assert mapped.interactions == []
    assert [r.reason for r in mapped.refusals] == [RefusalReason.IN_THE_FUTURE]
    assert "600000 ms after its receipt; allowed: at most 300000 ms" in mapped.refusals[0].detail


def test_record_of_countless_bad_items_keeps_a_bounded_number_of_refusals() -> None:
    mapped = Mapper("purchases", IngestSettings()).map(json.dumps([{}] * 5000 + [ORDER]).encode(), NOW)
    assert (mapped.refused, len(mapped.refusals), len(mapped.interactions)) == (5000, REFUSALS_KEPT, 1)
