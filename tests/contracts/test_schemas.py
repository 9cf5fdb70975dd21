from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import msgspec
import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary, to_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from detectors.interaction import CHANNELS, KINDS
from detectors.wire import decode, encode_compact, encode_json
from sinks.alert import decode_alert, encode_alert
from sinks.cloud_events import cloud_event_headers
from sinks.dead_letter import DeadLetterHeaders, decode_headers, encode_headers
from sinks.relationship import decode_relationship, encode_relationship
from sinks.schemas import RECORDS, compact_layout, schemas
from tests.contracts.compatibility import GOLDEN, golden_schemas, incompatibilities
from tests.sinks.samples import alert, cohort_alert, private, relationship

if TYPE_CHECKING:
    from collections.abc import Iterator

GOLDEN_RECORDS = sorted((GOLDEN / "records").glob("*.json"))
KINDS_OF_SCHEMA = ("strict", "tolerant")


def validator(name: str, kind: str) -> Any:
    return jsonschema_rs.Draft202012Validator(schemas()[f"{name}.v1.{kind}"])


def record_of(file_stem: str) -> str:
    return next(name for name in RECORDS if file_stem.startswith(name))


def golden(stem: str) -> Any:
    return json.loads((GOLDEN / "records" / f"{stem}.json").read_text())


@pytest.mark.parametrize("name", [name for name in schemas() if not name.endswith("compact")])
def test_every_schema_is_one_by_the_rules_of_2020_12(name: str) -> None:
    schema = schemas()[name]
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema_rs.meta.validate(schema)


def test_every_record_has_both_schemas_and_golden_samples() -> None:
    assert set(schemas()) == {f"{name}.v1.{kind}" for name in RECORDS for kind in KINDS_OF_SCHEMA} | {
        "interaction.v1.compact"
    }
    assert {record_of(path.stem) for path in GOLDEN_RECORDS} == set(RECORDS)
    assert golden_schemas().keys() == schemas().keys()


@pytest.mark.parametrize("kind", KINDS_OF_SCHEMA)
@pytest.mark.parametrize("path", GOLDEN_RECORDS, ids=lambda path: path.stem)
def test_golden_samples_of_version_1_are_still_valid(path: Any, kind: str) -> None:
    validator(record_of(path.stem), kind).validate(json.loads(path.read_text()))


@pytest.mark.parametrize("path", GOLDEN_RECORDS, ids=lambda path: path.stem)
def test_golden_samples_of_version_1_are_still_read_by_the_code_and_lose_nothing(path: Any) -> None:
    sample = json.loads(path.read_text())
    read: Any = msgspec.convert(sample, RECORDS[record_of(path.stem)])
    written = json.loads(msgspec.json.encode(read))
    for field, value in sample.items():
        if field != "occurred_at" and written.get(field) != value:
            assert field == "contact"  # a default that the sample left out
            assert written[field] == value | {"why_not": None}


@pytest.mark.parametrize("kind", KINDS_OF_SCHEMA)
def test_what_the_code_writes_is_valid(kind: str) -> None:
    for written in (alert(), cohort_alert(), private()):
        validator("alert", kind).validate(json.loads(encode_alert(written)))
    validator("relationship", kind).validate(json.loads(encode_relationship(relationship())))
    interaction = decode((GOLDEN / "records" / "interaction_full.json").read_bytes())
    validator("interaction", kind).validate(json.loads(encode_json(interaction)))  # type: ignore[arg-type]


def places(part: Any) -> Iterator[dict[str, Any]]:
    """Every record inside a sample: the maps of free names (scores, segment, where…) hold no fields of ours."""
    free = {"scores", "consent", "identities", "segment", "where"}
    if isinstance(part, dict):
        yield part
        for key, value in part.items():
            if key not in free:
                yield from places(value)
    elif isinstance(part, list):
        for value in part:
            yield from places(value)


@pytest.mark.parametrize("path", GOLDEN_RECORDS, ids=lambda path: path.stem)
def test_an_unknown_field_at_any_depth_is_refused_in_producing_and_skipped_in_consuming(path: Any) -> None:
    sample = json.loads(path.read_text())
    count = len(list(places(sample)))
    for number in range(count):
        changed = copy.deepcopy(sample)
        list(places(changed))[number]["a_field_of_version_2"] = 1
        assert not validator(record_of(path.stem), "strict").is_valid(changed)
        assert validator(record_of(path.stem), "tolerant").is_valid(changed)


@pytest.mark.parametrize(
    ("stem", "field", "value"),
    [
        ("alert_person", "status", "paused"),
        ("alert_person", "severity", "fatal"),
        ("interaction_full", "kind", "hologram_sent"),
        ("interaction_full", "channel", "hologram"),
        ("interaction_full", "party", "alien"),
    ],
)
def test_a_new_member_of_a_closed_set_breaks_no_consumer(stem: str, field: str, value: str) -> None:
    changed = golden(stem) | {field: value}
    assert not validator(record_of(stem), "strict").is_valid(changed)
    assert validator(record_of(stem), "tolerant").is_valid(changed)


@pytest.mark.parametrize(
    ("stem", "field", "value"),
    [
        ("alert_person", "version", 0),
        ("alert_person", "started_at", "2026-03-01T10:15:00Z"),
        ("alert_person", "evidence", None),
        ("relationship_full", "owned_share", 1.01),
        ("interaction_full", "tone", -2),
        ("interaction_full", "id", ""),
        ("dead_letter_headers_one", "offset", "-1"),
        ("dead_letter_headers_one", "reason", "Not a word"),
    ],
)
def test_a_wrong_value_is_refused_by_both_schemas(stem: str, field: str, value: Any) -> None:
    for kind in KINDS_OF_SCHEMA:
        assert not validator(record_of(stem), kind).is_valid(golden(stem) | {field: value})


@pytest.mark.parametrize("path", GOLDEN_RECORDS, ids=lambda path: path.stem)
def test_a_missing_required_field_is_refused_by_both_schemas(path: Any) -> None:
    sample = json.loads(path.read_text())
    name = record_of(path.stem)
    required = schemas()[f"{name}.v1.strict"]["$defs"][RECORDS[name].__name__]["required"]
    for field in required:
        less = {key: value for key, value in sample.items() if key != field}
        for kind in KINDS_OF_SCHEMA:
            assert not validator(name, kind).is_valid(less)


def test_known_reasons_close_the_dead_letters_for_producers_only() -> None:
    documents = schemas(["not_json", "in_the_future"])
    other = golden("dead_letter_headers_one") | {"reason": "too_green"}
    strict = jsonschema_rs.Draft202012Validator(documents["dead_letter_headers.v1.strict"])
    assert strict.is_valid(golden("dead_letter_headers_one"))
    assert not strict.is_valid(other)
    assert jsonschema_rs.is_valid(documents["dead_letter_headers.v1.tolerant"], other)


@pytest.mark.parametrize("name", sorted(golden_schemas()))
def test_nothing_that_was_published_is_gone_or_changed(name: str) -> None:
    assert incompatibilities(golden_schemas()[name], schemas()[name], name) == []


def removals(document: Any) -> Iterator[tuple[str, Any]]:
    """Copies of the document, each with one field, one value of a closed set, or one code taken away."""
    for path in paths(document):
        changed = copy.deepcopy(document)
        holder = changed
        for step in path[:-1]:
            holder = holder[step]
        del holder[path[-1]]
        yield ".".join(map(str, path)), changed


def paths(part: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(part, dict):
        for key, value in part.items():
            if way and way[-1] in ("properties", "kind", "channel", "party", "direction") and "enum" not in part:
                yield (*way, key)
            yield from paths(value, (*way, key))
    elif isinstance(part, list):
        for position, value in enumerate(part):
            if way[-1] in ("enum", "examples", "fields", "prefixItems", "required"):
                yield (*way, position)
            yield from paths(value, (*way, position))


@pytest.mark.parametrize("name", sorted(golden_schemas()))
def test_taking_away_any_field_value_or_code_is_noticed(name: str) -> None:
    published = golden_schemas()[name]
    tried = list(removals(published))
    assert len(tried) >= 6
    unnoticed = [path for path, changed in tried if not incompatibilities(published, changed)]
    assert unnoticed == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ({"type": "string"}, {"type": "integer"}, "'string' became 'integer'"),
        ({"type": "string"}, {"type": "string", "maxLength": 9}, "maxLength is new"),
        ({"required": ["a"]}, {"required": ["a", "b"]}, "'b' is newly required"),
        ({"exclusiveMaximum": 46}, {"exclusiveMaximum": 45}, "46 became 45"),
        ({"anyOf": [{}]}, {"anyOf": [{}, {}]}, "1 parts became 2"),
        ({"codes": {"kind": {"a": 0}}}, {"codes": {"kind": {"b": 0, "a": 1}}}, "0 became 1"),
    ],
)
def test_a_changed_promise_is_named(old: Any, new: Any, words: str) -> None:
    (line,) = incompatibilities({"x": old}, {"x": new})
    assert words in line


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"properties": {"a": {}}}, {"properties": {"a": {}, "b": {"type": "string"}}}),
        ({"enum": ["a"]}, {"enum": ["b", "a"]}),
        ({"codes": {"kind": {"a": 0}}}, {"codes": {"kind": {"a": 0, "b": 1}}}),
        ({"fields": [{"name": "a"}]}, {"fields": [{"name": "a"}, {"name": "b"}]}),
        ({"exclusiveMaximum": 46}, {"exclusiveMaximum": 47}),
        ({"description": "x"}, {"description": "y"}),
        ({"properties": {"title": {}}}, {"properties": {"title": {}}}),
    ],
)
def test_additions_are_no_incompatibility(old: Any, new: Any) -> None:
    assert incompatibilities({"x": old}, {"x": new}) == []


def test_a_field_named_like_prose_is_still_a_field() -> None:
    old: Any = {"x": {"properties": {"title": {}}}}
    assert incompatibilities(old, {"x": {"properties": {}}}) == ["document.x.properties: title is gone"]


@pytest.mark.parametrize("name", ["full", "least"])
def test_golden_compact_records_are_read_as_ever(name: str) -> None:
    packed = bytes.fromhex((GOLDEN / "records" / f"interaction_{name}.msgpack.hex").read_text())
    interaction = decode(packed)
    assert interaction == decode((GOLDEN / "records" / f"interaction_{name}.json").read_bytes())
    assert decode(encode_compact(interaction)) == interaction  # type: ignore[arg-type]


def test_a_compact_record_is_written_as_ever() -> None:
    packed = bytes.fromhex((GOLDEN / "records" / "interaction_full.msgpack.hex").read_text())
    assert encode_compact(decode(packed)) == packed  # type: ignore[arg-type]


def test_the_compact_layout_suffices_to_read_a_record_without_our_code() -> None:
    packed = bytes.fromhex((GOLDEN / "records" / "interaction_full.msgpack.hex").read_text())
    layout = compact_layout()
    fields = dict(zip([field["name"] for field in layout["fields"]], msgspec.msgpack.decode(packed), strict=False))
    for field in layout["fields"]:
        if "codes" in field:
            words = {code: word for word, code in layout["codes"][field["codes"]].items()}
            fields[field["name"]] = words[fields[field["name"]]]
    expected = golden("interaction_full")
    assert fields.pop("occurred_at") == 1772360100250
    assert (fields.pop("amount"), fields.pop("currency")) == (19.9, "EUR")
    assert fields == {key: value for key, value in expected.items() if key not in ("occurred_at", "amount")}


def test_the_compact_codes_are_whole_and_dense() -> None:
    codes = compact_layout()["codes"]
    assert list(codes["kind"]) == [str(kind) for kind in KINDS]
    assert list(codes["channel"]) == [str(channel) for channel in CHANNELS]
    for members in codes.values():
        assert list(members.values()) == list(range(len(members)))


def test_every_document_is_plain_json_and_the_same_each_time() -> None:
    assert json.loads(json.dumps(schemas())) == schemas()


def test_dead_letter_headers_survive_their_wire_form_among_foreign_ones() -> None:
    headers = msgspec.convert(golden("dead_letter_headers_one"), DeadLetterHeaders)
    wire = encode_headers(headers)
    assert dict(wire)["partition"] == b"3"
    assert decode_headers([("traceparent", b"\xff"), *wire]) == headers
    with pytest.raises(msgspec.ValidationError, match="reason"):
        decode_headers([header for header in wire if header[0] != "reason"])


def test_our_headers_are_a_cloud_event_to_the_sdk() -> None:
    record = alert()
    message = KafkaMessage(headers=dict(cloud_event_headers(record, "/rapport")), key=None, value=encode_alert(record))
    event = from_binary(message, JSONFormat(), CloudEvent)
    assert event.get_specversion() == "1.0"
    assert event.get_type() == "rapport.alert.open.v1"
    assert event.get_source() == "/rapport"
    assert event.get_subject() == record.alert_id
    assert event.get_datacontenttype() == "application/json"
    time = event.get_time()
    assert time is not None
    assert time.isoformat(timespec="milliseconds") == "2026-03-01T10:15:02.250+00:00"
    assert event.get_data() == json.loads(encode_alert(record))


def test_the_sdk_writes_the_same_headers_as_we_do() -> None:
    ours = dict(cloud_event_headers(alert(detected_at="2026-03-01T10:15:02.000Z"), "/rapport"))
    message = KafkaMessage(headers=ours, key=None, value=encode_alert(alert()))
    theirs = to_binary(from_binary(message, JSONFormat(), CloudEvent), JSONFormat())
    normal = {"ce_time": b"2026-03-01T10:15:02Z"}  # the SDK drops a zero fraction of a second
    assert theirs.headers == ours | normal


def test_an_event_id_is_one_for_each_version_and_names_no_person() -> None:
    first, again, second = (dict(cloud_event_headers(alert(version=version), "/rapport")) for version in (1, 1, 2))
    assert first["ce_id"] == again["ce_id"] != second["ce_id"]
    assert b"c-1042" not in b"".join(first.values())


def test_the_decoders_skip_what_a_later_version_adds() -> None:
    assert decode_alert(json.dumps(json.loads(encode_alert(alert())) | {"later": 1})) == alert()
    assert decode_relationship(json.dumps(golden("relationship_full") | {"later": 1})).version == 17
