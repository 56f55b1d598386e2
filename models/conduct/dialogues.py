"""The in-domain dialogues: text files of support calls, each turn labelled, as typed rows.

A file holds dialogues. A header `## id | industry | asr=no | scenario` opens one; a turn is
`A: words {label label}`. A is the agent, B a second agent, C the customer, D somebody else on the
customer's side. Run as a module it checks the files and prints counts.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import CheckFailed, InputError
from .labels import CONDUCT, HARD_NEGATIVES, KINDS, MOMENTS, RUDE

FOLDER = Path(__file__).parent / "data" / "dialogues"

CIVIL_FOLDER = FOLDER.with_name("civil")
"""Calls in which nobody is rude, to be spoken and heard: no part of training."""

ROLE_OF = {"A": "agent", "B": "agent", "C": "customer", "D": "customer"}

SHARED_LIMIT = 0.05
"""Largest share of turns that may have five words in a row in common with another turn."""

TEST_BRIEFS = (
    "bank_cards",
    "health_clinic",
    "telecom_us",
    "ride_food_delivery",
    "uk_household",
    "shops_online",
)
"""Whole briefs that no training run or threshold sees. What was chosen when their figures were
known is told in docs/measurements.md."""

DEVELOPMENT_BRIEFS = (
    "public_office",
    "software_saas",
    "parcel_delivery",
    "utilities_us",
    "travel_changes",
    "electricals_and_repairs",
    "tickets_and_holidays",
)
"""Briefs on which recipes are compared, probabilities calibrated and thresholds set."""

CIVIL_DEVELOPMENT = ("isles", "america", "harbour", "prairie", "orchard", "meadow")
"""Civil calls by which it was decided what it takes to accuse a speaker at all."""

CIVIL_TEST = ("lantern", "cedar")
"""Civil calls that were heard after everything was decided."""

_TURN = re.compile(r"([ABCD]): (.+?) ?\{([^{}]*)\}")
_WORD = re.compile(r"[a-z0-9']+")
_KNOWN = {*KINDS, *MOMENTS, *CONDUCT, *(f"hn.{name}" for name in HARD_NEGATIVES)}


@dataclass(frozen=True)
class DialogueTurn:
    """One labelled turn of a written dialogue."""

    id: str
    """Dialogue id and position: `collections-01.3`."""
    brief: str
    """Name of the file: one writer's brief, the unit of held-out splits."""
    dialogue: str
    industry: str
    asr: bool
    """Written as a speech recogniser would print it."""
    role: str
    """`agent` or `customer`."""
    text: str
    context: str
    """The other side's last turn before this one, or empty."""
    history: tuple[str, ...]
    """Every earlier turn of the dialogue, in order."""
    labels: frozenset[str]
    """Kinds, moments and conduct that hold; all others do not. `rude` when a kind does."""
    hard_negative: frozenset[str]
    """Reasons (without `hn.`) why this civil turn is easily taken for a rude one."""

    @property
    def rude(self) -> bool:
        """Whether the turn is disrespectful."""
        return RUDE in self.labels


def read_dialogues(folder: Path = FOLDER) -> list[DialogueTurn]:
    """All turns of all files, in order of file name and line. Raises InputError."""
    return [turn for path in sorted(folder.glob("*.txt")) for turn in read_file(path)]


@dataclass(frozen=True)
class Split:
    """Turns by what they are for; whole briefs fall on one side."""

    training: list[DialogueTurn]
    development: list[DialogueTurn]
    test: list[DialogueTurn]


def split(turns: Iterable[DialogueTurn]) -> Split:
    """The turns apart by their briefs, each part in the order given."""
    parts = Split([], [], [])
    for turn in turns:
        if turn.brief in (*TEST_BRIEFS, *CIVIL_TEST):
            parts.test.append(turn)
        elif turn.brief in (*DEVELOPMENT_BRIEFS, *CIVIL_DEVELOPMENT):
            parts.development.append(turn)
        else:
            parts.training.append(turn)
    return parts


def read_file(path: Path) -> list[DialogueTurn]:
    """The turns of one file. Raises InputError naming the line that is not in the format."""
    turns: list[DialogueTurn] = []
    header: tuple[str, str, bool] | None = None
    said: list[tuple[str, str]] = []
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = raw.strip()
        if not line:
            continue
        if line.startswith("## "):
            header, said = _header(line, f"{path.name}:{number}"), []
            continue
        match = _TURN.fullmatch(line)
        if match is None or header is None:
            raise InputError(f"{path.name}:{number} is not a turn: write `A: words {{labels}}`")
        labels = frozenset(match[3].split())
        if unknown := labels - _KNOWN:
            names = ", ".join(sorted(unknown))
            raise InputError(f"{path.name}:{number} has unknown labels: {names}")
        role, text = ROLE_OF[match[1]], match[2]
        own = labels & {*KINDS, *MOMENTS, *CONDUCT}
        turns.append(
            DialogueTurn(
                id=f"{header[0]}.{len(said) + 1}",
                brief=path.stem,
                dialogue=header[0],
                industry=header[1],
                asr=header[2],
                role=role,
                text=text,
                context=next((words for who, words in reversed(said) if who != role), ""),
                history=tuple(words for _, words in said),
                labels=own | {RUDE} if own & set(KINDS) else own,
                hard_negative=frozenset(name[3:] for name in labels if name.startswith("hn.")),
            )
        )
        said.append((role, text))
    return turns


def _header(line: str, where: str) -> tuple[str, str, bool]:
    parts = [part.strip() for part in line[3:].split("|")]
    if len(parts) != 4 or parts[2] not in {"asr=yes", "asr=no"}:
        raise InputError(f"{where} is not a header: write `## id | industry | asr=no | scenario`")
    return parts[0], parts[1], parts[2] == "asr=yes"


def shared_runs(turns: Sequence[DialogueTurn], length: int = 5) -> dict[str, list[int]]:
    """Runs of `length` words that stand in more than one turn, with the turns' positions."""
    where: defaultdict[tuple[str, ...], set[int]] = defaultdict(set)
    for position, turn in enumerate(turns):
        words = _WORD.findall(turn.text.lower())
        for start in range(len(words) - length + 1):
            where[tuple(words[start : start + length])].add(position)
    return {" ".join(run): sorted(found) for run, found in where.items() if len(found) > 1}


def problems(turns: Sequence[DialogueTurn]) -> list[str]:
    """What is wrong with the set as a whole, one sentence each."""
    found = [
        f"{turn.id} is labelled rude and a hard negative at once"
        for turn in turns
        if turn.rude and turn.hard_negative
    ]
    briefs: defaultdict[str, set[str]] = defaultdict(set)
    for turn in turns:
        briefs[turn.dialogue].add(turn.brief)
    found += [f"dialogue id {name} is used twice" for name, of in briefs.items() if len(of) > 1]
    shared = {position for run in shared_runs(turns).values() for position in run}
    if len(shared) > SHARED_LIMIT * len(turns):
        found.append(f"{len(shared)} of {len(turns)} turns share five words in a row with another")
    return found


def counts(turns: Sequence[DialogueTurn]) -> list[tuple[str, int]]:
    """Named counts, for the data card."""
    labels = Counter(label for turn in turns for label in turn.labels)
    hard = Counter(f"hn.{name}" for turn in turns for name in turn.hard_negative)
    shared = {position for run in shared_runs(turns).values() for position in run}
    return [
        ("turns", len(turns)),
        ("dialogues", len({turn.dialogue for turn in turns})),
        ("briefs", len({turn.brief for turn in turns})),
        ("industries", len({turn.industry for turn in turns})),
        ("agent turns", sum(turn.role == "agent" for turn in turns)),
        ("turns as recognised speech", sum(turn.asr for turn in turns)),
        ("hard negatives", sum(bool(turn.hard_negative) for turn in turns)),
        ("turns sharing five words", len(shared)),
        *sorted(labels.items(), key=lambda item: -item[1]),
        *sorted(hard.items(), key=lambda item: -item[1]),
    ]


def main() -> None:
    """Print counts and problems; raise CheckFailed where there are any."""
    turns = read_dialogues()
    for name, count in counts(turns):
        print(f"{name:32} {count:6}")
    for run, positions in _longest(shared_runs(turns).items()):
        print(f"shared: {run}: {', '.join(turns[position].id for position in positions)}")
    if found := problems(turns):
        raise CheckFailed("; ".join(found))


def _longest(runs: Iterable[tuple[str, list[int]]], top: int = 20) -> list[tuple[str, list[int]]]:
    return sorted(runs, key=lambda item: (-len(item[1]), item[0]))[:top]


if __name__ == "__main__":
    main()
