"""The AsyncAPI 3 document: every topic with its settings, its key, and the schema of its records.

Source: AsyncAPI 3.0.0, with the Kafka bindings 0.5.0. References inside a schema are made absolute in the document, as
parsers of AsyncAPI resolve them there and not by the schema's own ``$id``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sinks.schemas import Schema
    from streams.broker.topics import Topic
    from streams.settings import Settings

SCHEMA_FORMAT: Final = "application/schema+json;version=draft-2020-12"
BINDING_VERSION: Final = "0.5.0"
_NUMBERS: Final = ("retention.ms", "delete.retention.ms", "max.message.bytes")


class _Content(NamedTuple):
    """What a topic holds: its messages as (name, content type, schema), its key, and who writes and reads it.

    ``besides`` says what else is in it, in a sentence.
    """

    messages: tuple[tuple[str, str, str], ...]
    key: str
    is_written: bool
    is_read: bool
    besides: str = ""


_JSON: Final = "application/json"
_ALERT: Final = (("alert", _JSON, "alert.v1.tolerant"),)
_CONTENTS: Final = {
    "interactions": _Content(
        (
            ("interaction", _JSON, "interaction.v1.tolerant"),
            ("interaction_compact", "application/msgpack", "interaction.v1.compact"),
        ),
        "the stakeholder's id",
        is_written=True,
        is_read=True,
        besides="Besides interactions there are ticks, with a null key and a msgpack map as value: skip them.",
    ),
    "alerts": _Content(_ALERT, "the stakeholder's id, or the cohort", is_written=True, is_read=False),
    "alert-state": _Content(_ALERT, "the alert's id", is_written=True, is_read=False),
    "relationships": _Content(
        (("relationship", _JSON, "relationship.v1.tolerant"),), "the stakeholder's id", is_written=True, is_read=False
    ),
    "dead-letters": _Content(
        (("dead_letter", "application/octet-stream", ""),), "the source topic", is_written=True, is_read=True
    ),
}
_INTERNAL: Final = _Content((), "internal", is_written=False, is_read=False)


def document(
    settings: Settings,
    topics: Iterable[Topic],
    schemas: Mapping[str, Schema],
    *,
    sources: Iterable[str],
    version: str,
) -> dict[str, Any]:
    """The document for a cluster with these settings; ``sources`` are the topics whose records have any shape."""
    names = frozenset(sources)
    contents = {topic.name: _content(topic.name, names) for topic in topics}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Rapport",
            "version": version,
            "description": "Source events in, interactions, alerts and relationships out. Internal topics have no"
            " messages here: their form may change.",
        },
        "defaultContentType": _JSON,
        "servers": {"cluster": {"host": settings.broker.address.split(",")[0], "protocol": _protocol(settings)}},
        "channels": {topic.name: _channel(topic, contents[topic.name], settings) for topic in topics},
        "operations": dict(_operations(contents)),
        "components": {
            "messages": dict(_messages(contents)),
            "schemas": {
                _id(name): {"schemaFormat": SCHEMA_FORMAT, "schema": _placed(name, schemas[name])} for name in schemas
            },
        },
    }


def _content(name: str, sources: frozenset[str]) -> _Content:
    if name in sources:
        return _Content(((f"{name}_record", _JSON, ""),), "the source's own", is_written=False, is_read=True)
    return _CONTENTS.get(name, _INTERNAL)


def _protocol(settings: Settings) -> str:
    return "kafka" if settings.broker.security == "PLAINTEXT" else "kafka-secure"


def _channel(topic: Topic, content: _Content, settings: Settings) -> dict[str, Any]:
    configuration: dict[str, Any] = {"cleanup.policy": [topic.settings["cleanup.policy"]]}
    configuration |= {name: int(topic.settings[name]) for name in _NUMBERS if name in topic.settings}
    return {
        "address": settings.topic(topic.name),
        "description": f"{topic.purpose}. {content.besides}" if content.besides else topic.purpose,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name, _, _ in content.messages},
        "bindings": {
            "kafka": {
                "topic": settings.topic(topic.name),
                "partitions": settings.broker.partitions,
                "replicas": settings.broker.replication,
                "topicConfiguration": configuration,
                "bindingVersion": BINDING_VERSION,
            }
        },
    }


def _operations(contents: Mapping[str, _Content]) -> Iterable[tuple[str, dict[str, Any]]]:
    for name, content in contents.items():
        for action, is_done in (("send", content.is_written), ("receive", content.is_read)):
            if is_done:
                yield f"{action}_{name}", {"action": action, "channel": {"$ref": f"#/channels/{name}"}}


def _messages(contents: Mapping[str, _Content]) -> Iterable[tuple[str, dict[str, Any]]]:
    for content in contents.values():
        for name, content_type, schema in content.messages:
            message: dict[str, Any] = {"name": name, "contentType": content_type}
            if schema:
                message["payload"] = {"$ref": f"#/components/schemas/{_id(schema)}"}
            if name == "dead_letter":
                message["headers"] = {"$ref": f"#/components/schemas/{_id('dead_letter_headers.v1.tolerant')}"}
            key = {"type": "string", "description": content.key}
            message["bindings"] = {"kafka": {"key": key, "bindingVersion": BINDING_VERSION}}
            yield name, message


def _id(name: str) -> str:
    """A name as a key of components, which allow no dot everywhere a reference goes."""
    return name.replace(".", "_")


def _placed(name: str, schema: Schema) -> Schema:
    """The schema with its references made absolute in the document; of the compact form its schema alone."""
    inner = schema.get("schema", schema)
    base = f"#/components/schemas/{_id(name)}/schema/"
    moved: Schema = _moved({key: value for key, value in inner.items() if key not in ("$id", "$schema")}, base)
    return moved


def _moved(part: Any, base: str) -> Any:
    if isinstance(part, list):
        return [_moved(each, base) for each in part]
    if not isinstance(part, dict):
        return part
    return {
        key: base + value.removeprefix("#/") if key == "$ref" and isinstance(value, str) else _moved(value, base)
        for key, value in part.items()
    }
