"""JSON Lines held against the JSON Schemas of Docs; the package jsonschema does it."""

import itertools
import json

from checks.case import Skipped
from checks.pages import read_page

SHOWN = 10


def validators():
    """A validator for each type of line: much quicker than the whole schema, which asks seven times what a line is."""
    schema = json.loads(read_page("Docs/wsray.schema.json"))
    rules = {"$schema": schema["$schema"], "$defs": schema["$defs"]}
    types = schema["properties"]["type"]["enum"]
    return {name: validator({**rules, "$ref": f"#/$defs/{name}"}) for name in types}


def stats_validators():
    return {"stats": validator(json.loads(read_page("Docs/wsray-stats.schema.json")))}


def validator(schema):
    try:
        from jsonschema import Draft202012Validator
    except ImportError:
        raise Skipped("the python package jsonschema is not installed (pip install jsonschema)") from None
    return Draft202012Validator(schema)


def faults(lines, validators):
    """What is wrong with lines, a few of them; the same line is looked at once."""
    found = [f"{line[:200]!r}: {fault}" for line in dict.fromkeys(lines) for fault in itertools.islice(faults_of(line, validators), 3)]
    return found[:SHOWN] + ([f"{len(found) - SHOWN} more faults"] if len(found) > SHOWN else [])


def faults_of(line, validators):
    try:
        value = json.loads(line.decode("utf-8"), object_pairs_hook=without_repeats)
    except ValueError as error:
        yield f"not JSON in UTF-8: {error}"
        return
    kind = value.get("type") if isinstance(value, dict) else None
    if kind not in validators:
        yield f"unknown type {kind!r}"
        return
    for error in validators[kind].iter_errors(value):
        yield f"{kind} at {error.json_path}: {error.message[:300]}"


def without_repeats(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice: " + ", ".join(sorted({name for name, _ in pairs if [n for n, _ in pairs].count(name) > 1})))
    return members
