"""What the record says of itself: method, coverage, limits and notices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..call import Call, Role
from .lines import LOW_CONFIDENCE, Line
from .parties import Party, heard
from .text import clock, length, percent, visible
from .wording import (
    LAYOUTS,
    MACHINE_FINDING,
    ONE_RULER,
    RECORDING_LAWS,
    REGIONS,
    TRANSCRIPTS,
    language_name,
)

Pair = tuple[str, str]


def method_of(call: Call) -> tuple[str, ...]:
    """How the record was made, in plain sentences."""
    recording = call.recording
    apart = (
        "The speakers were taken from the two channels of the recording."
        if recording.layout == "dual"
        else "All voices are mixed in the recording; a speaker model told them apart by their "
        "sound."
    )
    return (
        "The recording was opened read-only, hashed, and decoded; nothing in it was changed. All "
        "analysis ran on the machine of the person who made this record; nothing was sent "
        "anywhere.",
        "A speech recogniser wrote the words with the time of each. " + apart,
        "Who is agent and who is customer was decided from what each voice says. A classifier "
        "read every turn together with the other side’s turn before it; wording is a finding "
        "only where its calibrated score passes a threshold set to keep false flags rare, "
        "disrespect only where the turn passes on its own words too and the same speaker’s turns "
        "are sure enough together. " + ONE_RULER,
        "Every quote consists of words heard in the recording at the times given, and every "
        "finding has a clip cut from the recording to check it by ear.",
    )


def _flat(prefix: str, value: Any) -> list[Pair]:
    if isinstance(value, Mapping):
        return [pair for key in value for pair in _flat(f"{prefix}{key} · ", value[key])]
    if isinstance(value, list | tuple):
        value = ", ".join(str(item) for item in value)
    return [(visible(prefix.removesuffix(" · ")), visible(str(value)))]


def parameters_of(call: Call) -> tuple[Pair, ...]:
    """The settings the record was made with, nested ones flattened."""
    chosen = {k: v for k, v in call.provenance.parameters.items() if v not in (None, [], "")}
    return tuple(pair for pair in _flat("", chosen) if pair[0])


def coverage_of(call: Call) -> tuple[Pair, ...]:
    """How much of the recording the record accounts for."""
    coverage = call.coverage
    words = sum(len(turn.words) for turn in call.turns)
    rows: list[Pair] = [
        ("Recording", length(call.recording.duration)),
        ("Speech detected", length(coverage.speech)),
        (
            "Speech with words",
            f"{length(coverage.transcribed)} ({percent(coverage.share)} of the speech)"
            if coverage.speech
            else "–",
        ),
        ("Silence", length(coverage.silence)),
        ("Music or hold tone", length(coverage.music)),
        ("Words", str(words)),
        (
            "Words marked as uncertain",
            f"{coverage.low_confidence_words}"
            + (f" ({percent(coverage.low_confidence_words / words)})" if words else ""),
        ),
    ]
    written = sum(word.corrected for turn in call.turns for word in turn.words)
    if written:
        rows.append(("Words written by a person", f"{written} (marked in the transcript)"))
    return tuple(rows)


def holes_of(
    call: Call, withheld: Sequence[tuple[float, float, str, str]] = ()
) -> tuple[tuple[str, str, str], ...]:
    """Stretches of speech without words, and text not taken as heard: time, what, why."""
    rows = (
        [
            (
                gap.start,
                f"{clock(gap.start)}–{clock(gap.end)}",
                f"Speech without words ({gap.end - gap.start:.1f} s, {gap.loudness:.0f} dBFS)",
                visible(gap.reason),
            )
            for gap in call.coverage.gaps
        ]
        + [
            (
                item.start,
                f"{clock(item.start)}–{clock(item.end)}",
                f"Withheld: “{visible(item.text)[:300]}”",
                visible(item.reason),
            )
            for item in call.coverage.withheld
        ]
        + [
            (start, f"{clock(start)}–{clock(end)}", f"Redacted: {visible(what)}", visible(why))
            for start, end, what, why in withheld
        ]
    )
    return tuple(row[1:] for row in sorted(rows))


def limits_of(call: Call, parties: Sequence[Party], lines: Sequence[Line]) -> tuple[str, ...]:
    """Where this record is weak, said plainly; nothing that is sure is listed."""
    limits: list[str] = []
    if not call.turns:
        limits.append("No speech was found, so there is no transcript and nothing was judged.")
    for party in parties:
        if party.role == "unknown" and party.talk > 0:
            limits.append(
                f"The part that {party.label} plays in the call could not be decided; what "
                "this voice did counts for neither side."
            )
        elif not party.sure and party.role != "unknown":
            limits.append(
                f"That the voice shown as {party.label} is the {party.role} is uncertain "
                f"(confidence {party.confidence}); its label carries a question mark."
            )
    if call.recording.layout != "dual" and call.turns:
        limits.append(
            "The recording has all voices on one channel. Who said what rests on the sound of "
            "the voices and can be wrong, most likely in short replies and where two people "
            "speak at once."
        )
    unsure = [turn for turn in call.turns if turn.uncertain]
    if unsure:
        seconds = sum(turn.end - turn.start for turn in unsure)
        count = "One turn" if len(unsure) == 1 else f"{len(unsure)} turns"
        limits.append(
            f"{count} ({length(seconds)} in all) could belong to another speaker; each "
            "says so in the transcript."
        )
    low = call.coverage.low_confidence_words
    if low:
        words = "One word is" if low == 1 else f"{low} words are"
        limits.append(
            f"{words} marked as uncertain in the transcript (dotted underline or brackets): the "
            f"recogniser’s own confidence in them is below {LOW_CONFIDENCE:.1f}."
        )
    if call.coverage.speech and call.coverage.share < 0.98:
        limits.append(
            f"{percent(1 - call.coverage.share)} of the detected speech carries no words; the "
            "stretches are listed under Coverage."
        )
    if call.coverage.withheld:
        limits.append(
            "Text that the recogniser printed where there was nothing to hear, or in loops, was "
            "withheld; it is listed under Coverage with its reason."
        )
    if call.language and not call.language.chosen and call.language.confidence < 0.8:
        limits.append(
            f"The language was detected as {language_name(call.language.code)} with a confidence "
            f"of {percent(call.language.confidence)} only."
        )
    if call.language and call.language.code != "en" and call.turns:
        limits.append(
            "The classifiers of conduct were trained on English; in another language they may "
            "miss much and mistake some. Treat their findings as hints to listen."
        )
    limits.extend(visible(note) for note in call.recording.notes)
    return tuple(limits)


def announcement_of(call: Call, parties: Mapping[str, Party]) -> str:
    """Whether the recording was announced in the call: quote and time, or not heard."""
    kind = "recording_disclosure"
    said: list[tuple[float, str, Role, str]] = [
        (m.start, m.speaker, m.role, m.quote) for m in call.moments if m.kind == kind
    ]
    said += [
        (turn.start, turn.speaker, turn.role, turn.text)
        for turn in call.turns
        if turn.conduct is not None and kind in turn.conduct.labels
    ]
    if not said:
        return (
            "No announcement that the call is recorded was heard in this recording. It may have "
            "been made before the recording began."
        )
    start, speaker, role, quote = min(said)
    who = heard(parties, speaker, role).subject if speaker in parties else "a speaker"
    text = visible(quote)
    end = "" if text.endswith((".", "!", "?")) else "."
    return f"The recording was announced: at {clock(start)} {who} said “{text}”{end}"


def notices_of(call: Call, parties: Mapping[str, Party]) -> tuple[Pair, ...]:
    """Heading and text of each notice."""
    return (
        ("Was the recording announced?", announcement_of(call, parties)),
        ("Recording laws differ", RECORDING_LAWS),
        ("An automatic transcript", TRANSCRIPTS),
        ("What a machine finding is, and is not", MACHINE_FINDING),
    )


def _format(call: Call) -> str:
    codec, container = visible(call.recording.codec), visible(call.recording.container)
    return codec if codec == container else f"{codec} in {container}"


def facts_of(call: Call) -> tuple[Pair, ...]:
    """The recording as it was given."""
    recording = call.recording
    language = "not decided"
    if call.language:
        how = (
            "chosen by the user"
            if call.language.chosen
            else f"detected, confidence {percent(call.language.confidence)}"
        )
        language = f"{language_name(call.language.code)} ({how})"
    return (
        ("File", visible(recording.name)),
        ("Duration", length(recording.duration)),
        ("Sound", f"{LAYOUTS.get(recording.layout, recording.layout)}; {_format(call)}, "
                  f"{recording.rate} Hz"),
        ("Language", language),
    )  # fmt: skip


def region_name(kind: str) -> str:
    """A region's kind in words."""
    return REGIONS.get(kind, kind)
