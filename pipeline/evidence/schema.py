"""The JSON Schema of `call.json`, as it is published in `docs/call.schema.json`.

`python -m earwitness.pipeline.evidence.schema PATH` writes it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ..call import SCHEMA_VERSION, Call
from .text import json_safe


def call_schema() -> dict[str, object]:
    """The schema of the record as it is written (computed fields included)."""
    schema = Call.model_json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"earwitness call record, version {SCHEMA_VERSION}",
        **{key: value for key, value in schema.items() if key != "title"},
    }


def schema_text() -> str:
    """The schema as it is stored: indented, keys in a fixed order."""
    return json.dumps(call_schema(), indent=2, ensure_ascii=False) + "\n"


def call_text(call: Call) -> str:
    """`call.json`: indented, in the order of the schema, safe to display."""
    data = call.model_dump(mode="json")
    return json_safe(json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False)) + "\n"


def settled(call: Call) -> Call:
    """The call as it reads back from `call.json`: times rounded as they are written.

    Documents are made from this, so that they can be made again from the file, byte for byte.
    """
    return Call.model_validate_json(call_text(call))


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(schema_text(), encoding="utf-8")
