"""The field's measures of a record against its truth: WER, cpWER, DER, times, roles, findings."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from earwitness.pipeline.call import Call
from truth import Spoken, Truth

NEAR = 1.0
"""Seconds by which a finding may lie beside its turn."""


@dataclass(frozen=True)
class Findings:
    """Truth's findings that the record has, lacks, and rude ones that truth does not have."""

    found: int
    missed: int
    false: int
    false_rude: int


def normalised(text: str) -> str:
    """Words alone, as Whisper's own evaluation writes them, numbers digit by digit.

    "Eleven" and "11", "apologise" and "apologize" are the same hearing; "820" is "8 2 0".
    """
    return " ".join(re.sub(r"(\d)", r" \1 ", _normaliser()(text.replace("’", "'"))).split())


@cache
def _normaliser() -> Callable[[str], str]:
    from whisper.normalizers import EnglishTextNormalizer

    return EnglishTextNormalizer()


def heard_text(call: Call) -> str:
    """The record's words in order of time, whoever said them."""
    words = sorted((w for t in call.turns for w in t.words), key=lambda w: w.start)
    return " ".join(w.text for w in words)


def wer(call: Call, truth: Truth) -> float | None:
    """Word error rate over the words in order of time, whoever said them."""
    return text_wer(heard_text(call), truth)[0] if truth.utterances else None


def text_wer(text: str, truth: Truth) -> tuple[float, int]:
    """Word error rate of a text, and the number of words that were said."""
    import jiwer

    spoken = sorted(truth.words or truth.utterances, key=lambda u: u.start)
    reference = normalised(" ".join(u.text for u in spoken))
    return float(jiwer.wer(reference, normalised(text))), len(reference.split())


def cpwer(call: Call, truth: Truth) -> float | None:
    """Word error rate with speakers: each one's words together, best assignment (meeteval)."""
    if not truth.utterances:
        return None
    from meeteval.wer import cp_word_error_rate

    reference: dict[str, list[str]] = {}
    for u in sorted(truth.utterances, key=lambda u: u.start):
        reference.setdefault(u.speaker, []).append(normalised(u.text))
    heard: dict[str, list[str]] = {}
    for turn in call.turns:
        heard.setdefault(turn.speaker, []).append(normalised(turn.text))
    result = cp_word_error_rate(
        {speaker: " ".join(texts) for speaker, texts in reference.items()},
        {speaker: " ".join(texts) for speaker, texts in heard.items()} or {"nobody": ""},
    )
    return float(result.error_rate)


def der(call: Call, truth: Truth, *, collar: float) -> float:
    """Diarization error rate; `collar` seconds are forgiven on either side of an edge."""
    from pyannote.core import Annotation, Segment
    from pyannote.metrics.diarization import DiarizationErrorRate

    def annotation(segments: list[Spoken]) -> Annotation:
        marked = Annotation()
        for index, s in enumerate(segments):
            marked[Segment(s.start, s.end), index] = s.speaker
        return marked

    heard = [Spoken(s.speaker, s.start, s.end) for s in call.segments]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        metric = DiarizationErrorRate(collar=2 * collar)
        return float(metric(annotation(truth.segments), annotation(heard)))


def speaker_map(call: Call, truth: Truth) -> dict[str, str]:
    """Truth's speaker for each of the record's, by shared seconds."""
    mapping = {}
    for speaker in call.speakers:
        shared: dict[str, float] = {}
        for mine in (s for s in call.segments if s.speaker == speaker.id):
            for s in truth.segments:
                both = min(mine.end, s.end) - max(mine.start, s.start)
                if both > 0:
                    shared[s.speaker] = shared.get(s.speaker, 0.0) + both
        if shared:
            mapping[speaker.id] = max(shared, key=lambda k: shared[k])
    return mapping


def roles(call: Call, truth: Truth) -> tuple[int, int]:
    """Speakers of the truth whose role the record has right, and how many there are.

    On a two-channel call a prompt comes out of the agent's channel: turns count there, not ids.
    """
    if not truth.roles:
        return 0, 0
    right = 0
    for speaker, role in truth.roles.items():
        votes: dict[str, float] = {}
        for turn in call.turns:
            for s in truth.segments:
                both = min(turn.end, s.end) - max(turn.start, s.start)
                if s.speaker == speaker and both > 0:
                    votes[turn.role] = votes.get(turn.role, 0.0) + both
        right += bool(votes) and max(votes, key=lambda r: votes[r]) == role
    return right, len(truth.roles)


def findings(call: Call, truth: Truth) -> Findings | None:
    """Findings against truth: same kind, overlapping the turn (a second either side)."""
    if truth.findings is None:
        return None

    def near(start: float, end: float, other: tuple[str, float, float]) -> bool:
        return start < other[2] + NEAR and end > other[1] - NEAR

    stated = [m for m in call.moments if m.level == "finding" or m.kind != "rude"]
    found = sum(
        any(m.kind == t[0] and near(m.start, m.end, t) for m in stated) for t in truth.findings
    )
    claims = [m for m in call.moments if m.level == "finding"]
    false = [
        m
        for m in claims
        if not any(m.kind == t[0] and near(m.start, m.end, t) for t in truth.findings)
    ]
    return Findings(
        found, len(truth.findings) - found, len(false), sum(m.kind == "rude" for m in false)
    )


def word_times(call: Call, truth: Truth) -> tuple[float, float, float] | None:
    """Median signed and absolute error of word starts in seconds, and the share within 0.2 s.

    Words are matched by an alignment of the texts; only equal words count.
    """
    if not truth.words:
        return None
    from difflib import SequenceMatcher

    reference = [w for w in sorted(truth.words, key=lambda w: w.start) if normalised(w.text)]
    heard = sorted((w for t in call.turns for w in t.words), key=lambda w: w.start)
    matcher = SequenceMatcher(
        None,
        [normalised(w.text) for w in reference],
        [normalised(w.text) for w in heard],
        autojunk=False,
    )
    errors = np.array(
        [
            heard[b + i].start - reference[a + i].start
            for a, b, size in matcher.get_matching_blocks()
            for i in range(size)
        ]
    )
    if not len(errors):
        return None
    return (
        float(np.median(errors)),
        float(np.median(np.abs(errors))),
        float((np.abs(errors) <= 0.2).mean()),
    )
