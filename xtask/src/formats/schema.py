"""Holds JSON and NDJSON against gopeek's schema: SCHEMA DOCUMENT LINES."""

import json
import sys

from jsonschema import Draft202012Validator

SHOWN = 5


def complaints(validator, value):
    for error in validator.iter_errors(value):
        yield f"{error.json_path}: {error.message[:200]}"


schema_path, document_path, lines_path = sys.argv[1:]
with open(schema_path, encoding="utf-8") as file:
    schema = json.load(file)
Draft202012Validator.check_schema(schema)
of_a_line = {"$ref": "#/$defs/line", "$defs": schema["$defs"]}

with open(document_path, encoding="utf-8") as file:
    found = list(complaints(Draft202012Validator(schema), json.load(file)))
line_validator = Draft202012Validator(of_a_line)
with open(lines_path, encoding="utf-8") as file:
    for line in file:
        found.extend(complaints(line_validator, json.loads(line)))
if found:
    sys.exit("\n".join(found[:SHOWN]))
