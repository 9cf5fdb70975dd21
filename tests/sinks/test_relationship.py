from __future__ import annotations

import json

import msgspec
import pytest

from sinks.relationship import decode_relationship, encode_relationship
from tests.sinks.samples import relationship


def test_a_relationship_survives_its_wire_form() -> None:
    assert decode_relationship(encode_relationship(relationship())) == relationship()


def test_what_is_unknown_is_null_on_the_wire_and_not_left_out() -> None:
    record = relationship(since=None, owned_share=None, reachable=None, next_deadline=None)
    fields = json.loads(encode_relationship(record))
    assert [fields[name] for name in ("since", "owned_share", "reachable", "next_deadline")] == [None] * 4
    assert decode_relationship(encode_relationship(record)) == record


def test_fields_of_a_later_version_are_skipped() -> None:
    fields = json.loads(encode_relationship(relationship())) | {"mood": "fine"}
    assert decode_relationship(json.dumps(fields)) == relationship()


@pytest.mark.parametrize(
    ("field", "value"),
    [("version", -1), ("owned_share", 1.5), ("purchases", -1), ("last_seen", "yesterday"), ("scores", None)],
)
def test_a_value_out_of_range_is_refused_by_name(field: str, value: object) -> None:
    fields = json.loads(encode_relationship(relationship())) | {field: value}
    with pytest.raises(msgspec.ValidationError, match=field):
        decode_relationship(json.dumps(fields))
