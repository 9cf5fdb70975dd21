"""The promises of every source mapping, over every mapping found and its fixtures."""

import copy
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.interaction import Interaction
from detectors.wire import decode, encode_compact, encode_json
from streams.ingest.mapper import DEEPEST, Mapped, Mapper
from streams.ingest.mappings import found, mapping_for
from streams.ingest.refusal import DETAIL_CHARACTERS, RefusalReason
from streams.ingest.settings import IngestSettings

FIXTURES = Path(__file__).parent / "mappings" / "fixtures"
SETTINGS = IngestSettings(own_handles=("@Acme",))
NOW = 1_800_000_000_000  # later than every fixture
SOURCES = list(found())
RECORDS = {source: json.loads((FIXTURES / f"{source}.json").read_text(encoding="utf-8")) for source in SOURCES}
CASES = [(source, index) for source in SOURCES for index in range(len(RECORDS[source]))]

NESTED = json.loads("[" * 50 + '{"a": 1}' + "]" * 50)

HOSTILE = st.sampled_from(
    [
        *(None, True, False, 0, -1, 1.5, 10**25, -(10**25), 1e300, 253402300800000, "", " ", "x" * 5000),
        *("\x00", "a\x00b", "\u202e", "NaN", "-inf", "1e999", "null", "undefined", "١٢٣", "9" * 300, "2024-02-30"),
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "@", "@@", "a@b", "://", "http://[", "\ufffd"),
        *([], {}, [[]], [None], [1, "a", {}], {"": ""}, {"id": {}}, {"users": 1}, NESTED, [{"id": []}] * 3),
    ]
)


def run(source: str, record: Any, now: int = NOW) -> Mapped:
    return Mapper(source, SETTINGS).map(msgspec.json.encode(record), now)


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for name, child in children for path in paths(child, (*at, name)))]


def replaced(record: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    record = copy.deepcopy(record)
    holder = record
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = value
    return record


def check(source: str, mapped: Mapped) -> None:
    """What comes out can be published and read again; what is refused says why in bounds."""
    for interaction in mapped.interactions:
        assert interaction.stakeholder
        assert interaction.stakeholder.isprintable()
        assert interaction.id.isprintable()
        assert decode(encode_compact(interaction)) == interaction
        assert isinstance(decode(encode_json(interaction)), Interaction)
        assert interaction.text is None or 0 < len(interaction.text) <= SETTINGS.text_limit
        assert interaction.occurred_at <= NOW + 5 * 60_000
        assert source in {"interactions", interaction.source}
    for refused in mapped.refusals:
        assert isinstance(refused.reason, RefusalReason)
        assert 0 < len(refused.detail) <= DETAIL_CHARACTERS
        assert refused.detail.isprintable()
    assert mapped.ignored >= 0


def test_every_file_among_the_mappings_is_found_by_its_source() -> None:
    folder = Path(__file__).parents[3] / "streams" / "ingest" / "mappings"
    assert len(SOURCES) == len([path for path in folder.glob("*.py") if path.name != "__init__.py"])
    with pytest.raises(ValueError, match=r"'pigeons' has no mapping; allowed: interactions, page-views"):
        mapping_for("pigeons")


@pytest.mark.parametrize("source", SOURCES)
def test_fixtures_map_without_any_refusal(source: str) -> None:
    for record in RECORDS[source]:
        mapped = run(source, record)
        assert mapped.refusals == []
        check(source, mapped)


@pytest.mark.parametrize("source", SOURCES)
def test_ids_are_unique_over_the_fixtures(source: str) -> None:
    ids = [interaction.id for record in RECORDS[source] for interaction in run(source, record).interactions]
    assert len(ids) > 1
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(("source", "index"), CASES)
def test_redelivery_gives_equal_interactions_whatever_the_order_of_keys_and_the_time(source: str, index: int) -> None:
    record = RECORDS[source][index]
    again = msgspec.json.encode(record, order="sorted")
    first = run(source, record).interactions
    assert Mapper(source, SETTINGS).map(again, NOW + 86_400_000).interactions == first


@pytest.mark.parametrize("source", SOURCES)
def test_ids_stay_stable_and_differ_without_any_id_given(source: str) -> None:
    bare = [without_ids(record) for record in RECORDS[source] if source in ("purchases", "page-views", "interactions")]
    ids = [[i.id for i in run(source, record).interactions] for record in bare]
    assert ids == [[i.id for i in run(source, record).interactions] for record in bare]
    flat = [id_ for some in ids for id_ in some]
    assert len(flat) == len(set(flat))


@pytest.mark.parametrize(("source", "index"), CASES)
def test_unknown_fields_change_nothing_but_ids_made_of_content(source: str, index: int) -> None:
    record = RECORDS[source][index]
    extended = with_extra(record)
    names = ("kind", "occurred_at", "identities", "direction", "text", "amount", "step")
    told = [[getattr(i, name) for name in names] for i in run(source, record).interactions]
    assert [[getattr(i, name) for name in names] for i in run(source, extended).interactions] == told


@pytest.mark.parametrize("source", SOURCES)
def test_one_bad_member_of_a_list_is_refused_alone(source: str) -> None:
    good = RECORDS[source]
    alone = [interaction for record in good for interaction in run(source, record).interactions]
    mapped = run(source, [7, *good, None])
    assert mapped.interactions == alone
    assert [refused.reason for refused in mapped.refusals] == [RefusalReason.NOT_AN_OBJECT] * 2


@pytest.mark.parametrize(("source", "index"), CASES)
def test_keys_are_short_texts_or_none(source: str, index: int) -> None:
    key = mapping_for(source).key(RECORDS[source][index])
    assert key is None or (0 < len(key) <= 512 and key.isprintable())


@pytest.mark.parametrize("source", SOURCES)
@given(data=st.data())
@settings(max_examples=250, deadline=None)
def test_any_value_at_any_place_is_mapped_or_refused(source: str, data: st.DataObject) -> None:
    record = data.draw(st.sampled_from(RECORDS[source]))
    for _ in range(data.draw(st.integers(1, 3))):
        record = replaced(record, data.draw(st.sampled_from(paths(record))), data.draw(HOSTILE))
    check(source, run(source, record))
    if isinstance(record, dict):
        key = mapping_for(source).key(record)
        assert key is None or len(key) <= 512


@pytest.mark.parametrize(("source", "index"), CASES)
@pytest.mark.parametrize("value", [{}, [], None, 1, "x", True, {"a": []}, [[]], 10**25], ids=repr)
def test_wrong_type_at_every_place_is_mapped_or_refused(source: str, index: int, value: Any) -> None:
    record = RECORDS[source][index]
    for path in paths(record):
        check(source, run(source, replaced(record, path, value)))


@pytest.mark.parametrize("source", SOURCES)
@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_removing_any_field_is_mapped_or_refused(source: str, data: st.DataObject) -> None:
    record = copy.deepcopy(data.draw(st.sampled_from(RECORDS[source])))
    path = data.draw(st.sampled_from([path for path in paths(record) if path]))
    holder = record
    for name in path[:-1]:
        holder = holder[name]
    del holder[path[-1]]
    check(source, run(source, record))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("source", SOURCES)
@given(value=JSON)
@settings(max_examples=60, deadline=None)
def test_any_json_is_mapped_or_refused(source: str, value: Any) -> None:
    check(source, run(source, value))


@pytest.mark.parametrize("source", SOURCES)
@given(value=st.binary(max_size=200))
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_mapped_or_refused(source: str, value: bytes) -> None:
    check(source, Mapper(source, SETTINGS).map(value, NOW))


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("depth", [DEEPEST + 1, 900, 200_000])
@pytest.mark.parametrize("opener", [b"[", b'{"data":', b'{"batch":[', b'{"tickets":['])
def test_deep_nesting_is_refused_as_too_deep(source: str, depth: int, opener: bytes) -> None:
    closer = b"".join({b"[": b"]", b"{": b"}"}[opener[i : i + 1]] for i in range(len(opener)) if opener[i] in b"[{")
    value = opener * depth + b"1" + closer[::-1] * depth
    if len(value) <= SETTINGS.max_bytes:
        refusals = Mapper(source, SETTINGS).map(value, NOW).refusals
        assert [refused.reason for refused in refusals] == [RefusalReason.TOO_DEEP]


def without_ids(record: Any) -> Any:
    if isinstance(record, list):
        return [without_ids(item) for item in record]
    if isinstance(record, dict):
        gone = ("id", "messageId", "order_id", "refund_id")
        return {name: without_ids(value) for name, value in record.items() if name not in gone}
    return record


def with_extra(record: Any) -> Any:
    if isinstance(record, list):
        return [with_extra(item) for item in record]
    if isinstance(record, dict):
        kept = ("identities", "segment")
        more = {name: value if name in kept else with_extra(value) for name, value in record.items()}
        return {**more, "x_unheard_of": {"deep": [1, None]}}
    return record
