"""The contract for machines: a JSON Schema for each event type, and one AsyncAPI 3.0 document (contract §6, §9)."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from schemas.events import IN, OUT
from schemas.topics import OUTCOMES, TYPE_TOPIC

VERSION = "1.0.0"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
CONTENT_TYPE = "application/cloudevents+json"
UUID_SCHEMA = {"type": "string", "format": "uuid"}
TEXT_SCHEMA = {"type": "string", "minLength": 1, "maxLength": 300}
OPTIONAL_TEXT = {"type": ["string", "null"], "maxLength": 300}
ATTRIBUTES: Mapping[str, Any] = {
    "specversion": {"const": "1.0"},
    "id": UUID_SCHEMA,
    "source": TEXT_SCHEMA | {"format": "uri-reference"},
    "time": {"type": "string", "format": "date-time"},
    "datacontenttype": OPTIONAL_TEXT,
    "subject": OPTIONAL_TEXT,
    "correlationid": UUID_SCHEMA | {"type": ["string", "null"]},
    "causationid": OPTIONAL_TEXT,
    "traceparent": OPTIONAL_TEXT,
}
FACT_ATTRIBUTES: Mapping[str, Any] = {"aggregate": TEXT_SCHEMA, "version": {"type": "integer", "minimum": 1}}
REQUIRED = ["specversion", "id", "source", "type", "time", "data"]


@cache
def json_schemas() -> dict[str, dict[str, Any]]:
    """Give a JSON Schema (draft 2020-12) of each type's whole event in structured mode, by file name.

    A type that is both an input and a fact has two: `<type>.json` and `<type>.fact.json`.
    """
    schemas = {f"{name}.json": _standalone(name, model, {}) for name, model in IN.items()}
    for name, model in OUT.items():
        file_name = f"{name}.fact.json" if name in IN else f"{name}.json"
        schemas[file_name] = _standalone(name, model, FACT_ATTRIBUTES)
    return schemas


def _standalone(event_type: str, model: type[BaseModel], more: Mapping[str, Any]) -> dict[str, Any]:
    data = model.model_json_schema(by_alias=True)
    definitions = data.pop("$defs", {})
    return {"$schema": DIALECT} | _event(event_type, data, more) | ({"$defs": definitions} if definitions else {})


def _event(event_type: str, data: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Give the schema of a structured CloudEvent around a schema of its data."""
    return {
        "title": event_type,
        "type": "object",
        "properties": {**ATTRIBUTES, "type": {"const": event_type}, **more, "data": data},
        "required": REQUIRED + sorted(more),
    }


@cache
def document() -> dict[str, Any]:
    """Give the AsyncAPI document: a channel for each topic that carries a type served, what Guichet does there."""
    inputs = {_name(event_type): (event_type, model, TYPE_TOPIC[event_type]) for event_type, model in IN.items()}
    facts = {f"{_name(event_type)}.fact": (event_type, model, OUTCOMES) for event_type, model in OUT.items()}
    models = [(model, "validation") for _, model, _ in (*inputs.values(), *facts.values())]
    references, definitions = models_json_schema(models, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    messages = {
        name: _message(event_type, references[model, "validation"], FACT_ATTRIBUTES if name in facts else {})
        for name, (event_type, model, _) in (inputs | facts).items()
    }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Guichet", "version": VERSION, "description": "What Guichet takes and tells."},
        "defaultContentType": CONTENT_TYPE,
        "channels": _channels(inputs | facts),
        "operations": _operations(inputs, "receive") | _operations(facts, "send"),
        "components": {"messages": messages, "schemas": definitions.get("$defs", {})},
    }


Messages = Mapping[str, tuple[str, type[BaseModel], str]]
"""By message name: the event type, the model of its data, its topic."""


def _name(event_type: str) -> str:
    return event_type.removeprefix("guichet.")


def _message(event_type: str, data: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": event_type, "contentType": CONTENT_TYPE, "payload": _event(event_type, data, more)}


def _by_topic(messages: Messages) -> dict[str, list[str]]:
    topics: dict[str, list[str]] = {}
    for name, (_, _, topic) in messages.items():
        topics.setdefault(topic, []).append(name)
    return topics


def _channels(messages: Messages) -> dict[str, Any]:
    return {
        topic: {
            "address": topic,
            "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        }
        for topic, names in _by_topic(messages).items()
    }


def _operations(messages: Messages, action: str) -> dict[str, Any]:
    return {
        f"{action}.{topic}": {
            "action": action,
            "channel": {"$ref": f"#/channels/{topic}"},
            "messages": [{"$ref": f"#/channels/{topic}/messages/{name}"} for name in names],
        }
        for topic, names in _by_topic(messages).items()
    }
