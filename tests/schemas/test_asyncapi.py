"""The contract for machines: one AsyncAPI 3.0 document (contract §6, §9)."""

import json
from functools import cache
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from schemas.asyncapi import document, json_schemas
from schemas.events import IN, OUT
from schemas.topics import OUTCOMES, TYPE_TOPIC

STANDARD = Path(__file__).parent / "data" / "asyncapi-3.0.0.json"
MESSAGES = [(name, name.removeprefix("guichet."), TYPE_TOPIC[name], "receive") for name in IN]
MESSAGES += [(name, f"{name.removeprefix('guichet.')}.fact", OUTCOMES, "send") for name in OUT]
EACH = pytest.mark.parametrize(("event_type", "name", "topic", "action"), MESSAGES)


@cache
def standard():
    return Draft7Validator(json.loads(STANDARD.read_text(encoding="utf-8")))


def at(reference):
    """Follow a reference within the document."""
    place = document()
    for part in reference.removeprefix("#/").split("/"):
        place = place[part.replace("~1", "/").replace("~0", "~")]
    return place


def references(node):
    if isinstance(node, dict):
        yield from [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        node = list(node.values())
    for inner in node if isinstance(node, list) else ():
        yield from references(inner)


def resolved(node, definitions):
    """Put what references name in their place, and leave out titles, which differ with it."""
    if isinstance(node, list):
        return [resolved(inner, definitions) for inner in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return resolved(definitions[node["$ref"].rpartition("/")[2]], definitions)
    return {name: resolved(inner, definitions) for name, inner in node.items() if name not in {"title", "$schema"}}


def test_the_document_is_as_the_standard_wants():
    assert [error.message for error in standard().iter_errors(document())] == []


def test_a_document_that_is_not_is_seen():
    assert list(standard().iter_errors(document() | {"channels": []}))


def test_every_reference_leads_somewhere():
    assert [reference for reference in references(document()) if not at(reference)] == []


@EACH
def test_each_type_is_a_message_on_its_topic(event_type, name, topic, action):
    (reference,) = document()["channels"][topic]["messages"][name].values()
    assert at(reference)["name"] == event_type


@EACH
def test_guichet_receives_what_is_sent_to_it_and_sends_facts(event_type, name, topic, action):
    operation = document()["operations"][f"{action}.{topic}"]
    assert operation["action"] == action
    assert {"$ref": f"#/channels/{topic}/messages/{name}"} in operation["messages"]


def test_nothing_else_is_promised():
    assert len(document()["components"]["messages"]) == len(MESSAGES)
    assert sum(len(channel["messages"]) for channel in document()["channels"].values()) == len(MESSAGES)


@EACH
def test_a_message_is_what_its_json_schema_says(event_type, name, topic, action):
    file_name = f"{event_type}.fact.json" if action == "send" and event_type in IN else f"{event_type}.json"
    alone = json_schemas()[file_name]
    payload = document()["components"]["messages"][name]["payload"]
    definitions = document()["components"]["schemas"]
    expected = resolved({key: value for key, value in alone.items() if key != "$defs"}, alone.get("$defs", {}))
    assert resolved(payload, definitions) == expected
