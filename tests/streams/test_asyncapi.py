from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest

from detectors.interaction import Interaction
from detectors.wire import encode_json
from sinks.alert import encode_alert
from sinks.relationship import encode_relationship
from sinks.schemas import schemas
from streams.asyncapi import document
from streams.broker import topics
from streams.settings import Broker, Settings
from tests.sinks.samples import alert, relationship

if TYPE_CHECKING:
    from collections.abc import Iterator

SETTINGS = Settings(broker=Broker(topic_prefix="acme-", partitions=7))
NEEDED = topics.needed(30)
MADE = document(SETTINGS, NEEDED, schemas(), sources=topics.SOURCE_TOPICS, version="1.0.0")


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "$ref" and isinstance(value, str):
                yield value
            else:
                yield from references(value)
    elif isinstance(part, list):
        for each in part:
            yield from references(each)


def found(reference: str) -> Any:
    place: Any = MADE
    for name in reference.removeprefix("#/").split("/"):
        place = place[name.replace("~1", "/").replace("~0", "~")]
    return place


def test_every_reference_leads_somewhere_in_the_document() -> None:
    everywhere = list(references(MADE))
    assert len(everywhere) > 30
    for reference in everywhere:
        assert reference.startswith("#/")
        assert found(reference) is not None


def test_every_topic_is_a_channel_under_its_name_on_the_cluster() -> None:
    assert {channel["address"] for channel in MADE["channels"].values()} == {f"acme-{t.name}" for t in NEEDED}
    assert all(c["bindings"]["kafka"]["partitions"] == 7 for c in MADE["channels"].values())


def test_interactions_are_said_to_come_with_ticks() -> None:
    said = MADE["channels"]["interactions"]["description"]
    assert said.endswith("Besides interactions there are ticks, with a null key and a msgpack map as value: skip them.")


def test_it_is_plain_json() -> None:
    assert json.loads(json.dumps(MADE)) == MADE


@pytest.mark.parametrize(
    ("topic", "value"),
    [
        ("alerts", encode_alert(alert())),
        ("relationships", encode_relationship(relationship())),
        (
            "interactions",
            encode_json(Interaction(kind=0, occurred_at=0, id="i", source="s", channel=0, stakeholder="c")),
        ),
    ],
)
def test_a_record_meets_the_schema_that_its_channel_leads_to(topic: str, value: bytes) -> None:
    message = found(next(iter(MADE["channels"][topic]["messages"].values()))["$ref"])
    schema = {"$ref": message["payload"]["$ref"] + "/schema", "components": MADE["components"]}
    validator = jsonschema_rs.Draft202012Validator(schema)
    validator.validate(json.loads(value))
    assert not validator.is_valid({"alert_id": 3, "stakeholder": 3, "id": 3})


def test_sources_are_received_and_results_are_sent() -> None:
    actions = {name: operation["action"] for name, operation in MADE["operations"].items()}
    assert actions["receive_purchases"] == "receive"
    assert actions["send_alerts"] == "send"
    assert not any("changelog" in name for name in actions)
