import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from detectors.interaction import KINDS
from streams.ingest.mapper import Mapped, Mapper
from streams.ingest.mappings.interactions import key
from streams.ingest.refusal import RefusalReason
from streams.ingest.settings import IngestSettings

RECORDS = json.loads((Path(__file__).parent / "fixtures" / "interactions.json").read_text(encoding="utf-8"))
ONE = {"id": "x", "occurred_at": 1709633472345, "kind": "login_made", "channel": "app", "stakeholder": "c-1"}


def run(record: Any, **settings: Any) -> Mapped:
    return Mapper("interactions", IngestSettings(**settings)).map(msgspec.json.encode(record), 1_800_000_000_000)


def test_canonical_record_is_kept_with_its_identities_made_comparable_and_its_text_judged() -> None:
    (made,) = run(RECORDS[0]).interactions
    assert (KINDS[made.kind], made.source, made.score_scale) == ("review_written", "reviews", (1, 5))
    assert made.identities == {"email": "ada@example.com", "handle:twitter": "adal"}
    assert made.stakeholder == "email:ada@example.com"
    assert made.occurred_at == 1709629872000
    assert made.complaint is True


def test_resolved_stakeholder_is_kept_and_a_missing_id_is_made_of_the_content() -> None:
    (made,) = run(RECORDS[1]).interactions
    assert (made.stakeholder, made.source, made.amount, made.currency) == ("c-1", "interactions", 12.5, "EUR")
    assert made.id.startswith("content:")


def test_given_tone_and_complaint_are_never_overruled() -> None:
    (made,) = run(ONE | {"text": "this is unacceptable, I hate it", "complaint": False}).interactions
    assert (made.tone, made.complaint) == (None, False)


def test_list_of_interactions_is_taken_apart_and_naive_times_take_the_zone() -> None:
    login, consent = run(RECORDS[2], naive_zone="Asia/Tokyo").interactions
    assert login.occurred_at == 1709601072000
    assert login.identities == {"customer_id": "7", "device": "d-1"}
    assert consent.stakeholder == "phone:+442079460018"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"kind": "sneezed"}, RefusalReason.UNKNOWN_EVENT),
        ({"channel": "pigeon"}, RefusalReason.UNKNOWN_EVENT),
        ({"kind": None}, RefusalReason.MISSING_FIELD),
        ({"occurred_at": None}, RefusalReason.MISSING_FIELD),
        ({"tone": 2}, RefusalReason.BAD_VALUE),
        ({"amount": {"value": 1, "currency": "euro"}}, RefusalReason.BAD_VALUE),
        ({"identities": ["a"]}, RefusalReason.BAD_VALUE),
        ({"stakeholder": "a\x00"}, RefusalReason.BAD_VALUE),
        ({"stakeholder": None, "identities": {"shoe_size": "44"}}, RefusalReason.NO_IDENTITY),
        ({"occurred_at": 12}, RefusalReason.OUT_OF_RANGE),
    ],
)
def test_malformed_interaction_is_refused_with_its_reason(change: dict[str, Any], reason: RefusalReason) -> None:
    refusals = run(ONE | change).refusals
    assert [r.reason for r in refusals] == [reason]
    assert "allowed" in refusals[0].detail


def test_key_is_the_stakeholder_else_the_strongest_identity() -> None:
    assert key(ONE) == "c-1"
    assert key(RECORDS[0]) == "Ada@Example.com"
    assert key({"identities": 3}) is None
