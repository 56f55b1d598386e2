"""What only the complainant knows: who writes to whom, about what, and what is asked for."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ...errors import InputError

Remedy = Literal[
    "refund", "replacement", "repair", "cancellation", "correction", "apology", "other"
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Sender(_Strict):
    """The complainant."""

    name: str = ""
    address: list[str] = Field(default_factory=list)
    phone: str = ""
    email: str = ""


class Addressee(_Strict):
    """The organisation that is written to."""

    organisation: str = ""
    department: str = ""
    address: list[str] = Field(default_factory=list)


class Purchase(_Strict):
    """What was bought, and when."""

    what: str = ""
    when: str = ""
    price: str = ""
    account: str = ""


class Wanted(_Strict):
    """What is asked for."""

    remedy: Remedy = "apology"
    what: str = Field(default="", description="In words; needed for `other`")
    amount: str = ""
    by: str = Field(default="", description="The date by which an answer is asked for")


class Facts(_Strict):
    """A `facts.toml`."""

    sender: Sender = Field(default_factory=Sender)
    to: Addressee = Field(default_factory=Addressee)
    purchase: Purchase = Field(default_factory=Purchase)
    wanted: Wanted = Field(default_factory=Wanted)
    date: str = ""
    why: str = Field(default="", description="Why the call was made: `about a late refund`")


QUESTIONS: tuple[tuple[str, str], ...] = (
    ("sender.name", "Your full name"),
    ("sender.address", "Your address (separate the lines with ;)"),
    ("sender.email", "Your e-mail address"),
    ("sender.phone", "Your telephone number"),
    ("to.organisation", "Which organisation do you write to?"),
    ("to.address", "Its address (separate the lines with ;)"),
    ("date", "Date of the letter"),
    ("purchase.what", "What did you buy or sign up for?"),
    ("purchase.when", "When?"),
    ("purchase.account", "Your account, order or reference number"),
    ("why", "Why did you call? (I called about …)"),
    ("wanted.remedy", "What do you ask for? (refund, replacement, repair, cancellation, "
                      "correction, apology, other)"),
    ("wanted.amount", "Amount, if it is about money"),
    ("wanted.by", "By which date do you ask for an answer?"),
)  # fmt: skip
"""Every fact that can be asked for in the terminal: its place in `facts.toml`, and the question."""

NEEDED = ("sender.name", "to.organisation", "date", "why", "wanted.by")


def get(facts: Facts, key: str) -> str:
    """A fact by its dotted name, lists joined by `;`."""
    value: object = facts
    for part in key.split("."):
        value = getattr(value, part)
    return "; ".join(value) if isinstance(value, list) else str(value)


def answered(facts: Facts, key: str, answer: str) -> Facts:
    """The facts with one answer filled in; `InputError` where it cannot be taken."""
    data = facts.model_dump()
    place = data
    *path, last = key.split(".")
    for part in path:
        place = place[part]
    if isinstance(place[last], list):
        place[last] = [line.strip() for line in answer.split(";") if line.strip()]
    else:
        place[last] = answer.strip()
    try:
        return Facts.model_validate(data)
    except ValidationError as error:
        raise InputError(f"{key}: {error.errors()[0]['msg']}.") from error


def missing(facts: Facts) -> tuple[tuple[str, str], ...]:
    """Questions that are still open."""
    return tuple((key, question) for key, question in QUESTIONS if not get(facts, key))


def load_facts(path: Path) -> Facts:
    """Read `facts.toml`.

    Raises:
        InputError: it cannot be read, or holds something unknown.
    """
    try:
        return Facts.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{path}: {where}: {first['msg']}.") from error
    except ValueError as error:
        raise InputError(f"{path} is not TOML: {error}.") from error


def as_toml(facts: Facts) -> str:
    """The facts as a `facts.toml` that `load_facts` reads back the same."""
    import json

    def quoted(value: object) -> str:
        # JSON's strings and lists of strings are TOML's, but for one control character.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")

    data = facts.model_dump()
    lines = [f"{key} = {quoted(value)}" for key, value in data.items() if isinstance(value, str)]
    for table, values in data.items():
        if isinstance(values, dict):
            lines += ["", f"[{table}]", *(f"{key} = {quoted(v)}" for key, v in values.items())]
    return "\n".join(lines) + "\n"
