"""A rubric: what a call is held against, as a person can write it down in TOML.

An item asks for something (`look_for`) of one side (`by`), always or only where something else
happened (`called_for`), in a part of the call, so often. What can be looked for is a label of the
conduct model, a moment, a phrase, a meaning, or something measured: talking over, silence, hold,
the share of the talk, a raised voice.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from ...errors import InputError
from ...models.conduct.labels import CONDUCT, KINDS, MOMENTS, RUDE

Side = Literal["agent", "customer", "anyone"]

DEFAULT = Path(__file__).parent / "rubrics" / "default.toml"
"""The rubric that ships, written from published guides to customer care on the telephone."""

LOOKED_FOR = (
    "label", "moment", "phrase", "meaning", "interruption", "silence", "hold", "talk_share",
    "raised_voice", "introduction",
)  # fmt: skip

MOMENT_KINDS = (RUDE, *MOMENTS)
TURN_LABELS = (RUDE, *KINDS, *MOMENTS, *CONDUCT)

PHRASE_GAP = 3
"""Words that a `*` in a phrase may stand for at most."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Texts = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class Extent(_Strict):
    """A length: so many seconds, or a share of the call."""

    seconds: float = 0.0
    share: float = 0.0

    def of(self, duration: float) -> float:
        """In seconds, for a call of this length."""
        return self.seconds + self.share * duration


def _extent(value: object) -> object:
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(s|min|%)\s*", value)
    if not match:
        raise ValueError("write a length as `30 s`, `2 min` or `10 %`")
    number = float(match[1])
    if match[2] == "%":
        return {"share": number / 100}
    return {"seconds": number * (60 if match[2] == "min" else 1)}


Length = Annotated[Extent, BeforeValidator(_extent)]


class Look(_Strict):
    """One thing to look for; exactly one of `LOOKED_FOR`."""

    label: str | None = Field(default=None, description="A label of the conduct model on a turn")
    moment: str | None = Field(default=None, description="A kind of moment in the record")
    phrase: Texts | None = Field(
        default=None, description="Words in a row, in any of these wordings; * for up to 3 words"
    )
    meaning: Texts | None = Field(
        default=None, description="Sentences; a turn close to one of them counts"
    )
    interruption: float | None = Field(
        default=None, ge=0, description="Took the floor, talking over for this many seconds"
    )
    silence: float | None = Field(
        default=None, ge=0, description="A silence this long, after the side's own words"
    )
    hold: float | None = Field(default=None, ge=0, description="A hold this many seconds long")
    talk_share: float | None = Field(
        default=None, ge=0, le=1, description="This share of the talk or more"
    )
    raised_voice: bool | None = Field(default=None, description="Said with a raised voice")
    introduction: Literal["name and department"] | None = Field(
        default=None, description="An introduction that gives a name and a firm or department"
    )
    least: float | None = Field(
        default=None, ge=0, le=1,
        description="Smallest probability of a label or moment, or closeness of a meaning",
    )  # fmt: skip
    unless: Texts = Field(default=(), description="Phrases in the same turn that rule it out")
    by: Side | None = Field(default=None, description="Another side than the item's")

    @model_validator(mode="after")
    def _one(self) -> Look:
        given = [name for name in LOOKED_FOR if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"name exactly one of {', '.join(LOOKED_FOR)}")
        if self.label is not None and self.label not in TURN_LABELS:
            raise ValueError(f"{self.label!r} is no label; there are {', '.join(TURN_LABELS)}")
        if self.moment is not None and self.moment not in MOMENT_KINDS:
            raise ValueError(f"{self.moment!r} is no moment; there are {', '.join(MOMENT_KINDS)}")
        for texts in (self.phrase, self.meaning):
            if texts is not None and not any(text.strip() for text in texts):
                raise ValueError("phrases and meanings need words")
        return self

    @property
    def what(self) -> str:
        """Which of `LOOKED_FOR` it is."""
        return next(name for name in LOOKED_FOR if getattr(self, name) is not None)


class Part(_Strict):
    """Where in the call to look. Several limits narrow each other."""

    first: Length | None = Field(default=None, description="From the first words of a person")
    last: Length | None = Field(default=None, description="Before the last words of a person")
    after: bool = Field(default=False, description="After what called for it")
    before: bool = Field(default=False, description="Before what called for it")
    near: Length | None = Field(
        default=None, description="With after or before: within so much of it"
    )

    @model_validator(mode="after")
    def _fits(self) -> Part:
        if self.near is not None and not (self.after or self.before):
            raise ValueError("near needs after or before")
        return self


class Item(_Strict):
    """One line of the rubric."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    title: str = Field(min_length=1, max_length=120)
    by: Side
    weight: float = Field(default=1.0, ge=0, description="0: shown, and not part of the score")
    pass_mark: float | None = Field(
        default=None, ge=0, le=1, description="Share of calls in which it should be given"
    )
    essential: bool = Field(default=False, description="Missing it, a call does not pass")
    called_for: tuple[Look, ...] = Field(
        default=(), description="Any of these calls for it; nothing: every call does"
    )
    excused_by: tuple[Look, ...] = Field(
        default=(), description="Any of these, and the call does not call for it after all"
    )
    look_for: tuple[Look, ...] = Field(min_length=1, description="Any of these counts")
    part: Part = Part()
    at_least: int | None = Field(default=None, ge=1)
    at_most: int | None = Field(default=None, ge=0, description="0: it must not be there")
    every: bool = Field(
        default=False, description="Wanted for each thing that called for it, not just once"
    )

    @model_validator(mode="after")
    def _fits(self) -> Item:
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("at_least is more than at_most")
        if (self.part.after or self.part.before or self.every) and not self.called_for:
            raise ValueError("after, before and every need called_for")
        return self

    @property
    def least(self) -> int:
        """How often it is wanted at least."""
        if self.at_least is not None:
            return self.at_least
        return 0 if self.at_most is not None else 1

    @property
    def forbids(self) -> bool:
        """It asks for something not to be there, or not too often."""
        return self.at_most is not None

    @property
    def side(self) -> Literal["agent", "customer"]:
        """Whose score it is part of."""
        return "customer" if self.by == "customer" else "agent"


class Needs(_Strict):
    """What a record must offer before a call is held against the rubric at all."""

    languages: tuple[str, ...] = Field(default=("en",), description="Empty: any")
    seconds: float = Field(default=20.0, ge=0)
    turns: int = Field(default=4, ge=0)
    transcribed: float = Field(default=0.6, ge=0, le=1, description="Share of the speech")
    role_confidence: float = Field(default=0.6, ge=0, le=1)


class Rubric(_Strict):
    """A rubric as a whole."""

    name: str = Field(min_length=1, max_length=120)
    version: str = ""
    pass_mark: float = Field(
        default=0.7, ge=0, le=1, description="Share of the weight called for that a call must give"
    )
    needs: Needs = Needs()
    items: tuple[Item, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _distinct(self) -> Rubric:
        seen: set[str] = set()
        for item in self.items:
            if item.id in seen:
                raise ValueError(f"two items have the id {item.id!r}")
            seen.add(item.id)
        return self

    @property
    def sentences(self) -> tuple[str, ...]:
        """Every sentence whose meaning is looked for, once each, in order."""
        found = [
            text
            for item in self.items
            for look in (*item.look_for, *item.called_for, *item.excused_by)
            for text in look.meaning or ()
        ]
        return tuple(dict.fromkeys(found))


def parse(text: str, name: str) -> Rubric:
    """A rubric from TOML; `name` stands in messages.

    Raises:
        InputError: it is not TOML, or not a rubric; the message names the place.
    """
    try:
        data = tomllib.loads(text)
    except ValueError as error:
        raise InputError(f"{name} is not TOML: {error}.") from error
    try:
        return Rubric.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = _place(data, first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise InputError(f"{name}: {where}: {message}.") from error


def load(path: Path) -> tuple[Rubric, str]:
    """A rubric's file, and its text as it stands. Raises InputError."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise InputError(f"There is no rubric {path}: check the name.") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8.") from error
    return parse(text, str(path)), text


def fingerprint(text: str) -> str:
    """SHA-256 of a rubric's text."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _place(data: object, loc: tuple[int | str, ...]) -> str:
    """`items.2.part.first` with the item named by its id where it has one."""
    parts = [str(part) for part in loc]
    if len(loc) > 1 and loc[0] == "items" and isinstance(loc[1], int) and isinstance(data, dict):
        items = data.get("items")
        item = items[loc[1]] if isinstance(items, list) and loc[1] < len(items) else None
        if isinstance(item, dict) and isinstance(item.get("id"), str):
            parts[:2] = [f"item {item['id']!r}"]
    return " ".join(parts) or "the file"
