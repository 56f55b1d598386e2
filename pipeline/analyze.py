"""The way a call flows: every stage in order, each a function of what came before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..models.conduct.model import ConductModel
from ..models.recognition import Device, Engine, EngineName
from ..models.speakers import Embedder, Segmenter
from ..models.whisper import check_weights, load
from .call import Call, Speaker
from .judge.apart import tell_apart
from .judge.conduct import score_turns
from .judge.moments import find_moments
from .judge.named import with_doubts
from .judge.roles import assign_roles
from .judge.tone import measure_tone
from .listen.attribute import build_turns, find_overlaps, talk_of
from .listen.audio import decode, recording_sha256
from .listen.coverage import measure_coverage
from .listen.pace import between_people, mark_prompts, measure_pace
from .listen.speech import regions_of
from .listen.translate import translate_turns
from .listen.voices import hear_voices
from .listen.words import hear_words
from .origin import provenance

STAGES = ("decode", "voices", "words", "judge")

Report = Callable[[str, float], None]
"""Called with a stage's name and the share of it that is done."""


@dataclass(frozen=True)
class Options:
    """What a user may choose; recorded in the evidence as parameters."""

    engine: EngineName = "auto"
    model: str = "base"
    language: str = "auto"
    device: Device = "auto"
    agent: str | None = None
    speakers: int | None = None
    guards_off: frozenset[str] = field(default_factory=frozenset)
    translate: bool = False

    def as_parameters(self, engine: Engine) -> dict[str, Any]:
        """The choices with `auto` resolved, in plain JSON types."""
        # A model's path would tell whose machine this ran on; its hash identifies it.
        return asdict(self) | {
            "engine": engine.name,
            "model": engine.weights.name,
            "guards_off": sorted(self.guards_off),
        }


class Models:
    """The models of one process, found, verified and loaded once, used for many calls.

    `threads` is the recogniser's share of the cores; 0 for all of them.
    """

    def __init__(self, options: Options, *, threads: int = 0) -> None:
        device = "cpu" if options.device == "auto" else options.device
        self.engine = load(
            options.engine, model=options.model, device=options.device, threads=threads
        )
        check_weights(self.engine, language=options.language, translate=options.translate)
        self.segmenter = Segmenter(device=device)
        self.embedder = Embedder(device=device)
        self.conduct = ConductModel.load(device=device)


def analyze(
    path: Path,
    models: Models,
    options: Options,
    *,
    report: Report = lambda stage, share: None,
) -> Call:
    """Everything that can be said about one recording.

    Raises InputError for what is not a recording, and when the file changed meanwhile.
    """
    recording, audio = decode(path, progress=lambda share: report("decode", share))
    with audio:
        voices = hear_voices(
            audio,
            recording.layout,
            models.segmenter,
            models.embedder,
            num_speakers=options.speakers,
            progress=lambda share: report("voices", share),
        )
        spoken = hear_words(
            audio,
            voices,
            models.engine,
            language=options.language,
            guards_off=options.guards_off,
            progress=lambda share: report("words", share),
        )
        voices, spoken = tell_apart(voices, spoken, models.conduct)
        segments = voices.diarization.segments
        overlaps = find_overlaps(segments)
        regions = regions_of(voices.activities, audio.duration)
        coverage = measure_coverage(audio, voices, spoken, regions)
        turns = build_turns(
            spoken.words,
            overlaps,
            language=spoken.language.code if spoken.language else None,
            language_of=spoken.language_of,
            uncertain=voices.diarization.uncertain,
        )
        channels = {segment.speaker: segment.channel for segment in segments}
        report("judge", 0.0)
        speakers = [
            Speaker(id=name, channel=channel, talk=talk_of(name, segments))
            for name, channel in sorted(channels.items())
        ]
        speakers, turns = assign_roles(turns, speakers, models.conduct, agent=options.agent)
        turns = measure_tone(
            turns, lambda turn: audio.read(turn.start, turn.end, channel=channels[turn.speaker])
        )
        if options.translate:
            turns = translate_turns(
                turns,
                models.engine,
                lambda turn, a, b: audio.read(a, b, channel=channels[turn.speaker]),
            )
    turns = score_turns(turns, models.conduct)
    regions = mark_prompts(regions, turns, segments)
    overlaps = between_people(overlaps, turns)
    moments = find_moments(
        turns, speakers, regions, overlaps, recording.duration, model=models.conduct
    )
    pace = measure_pace(
        turns, speakers, segments=segments, overlaps=overlaps, regions=regions, moments=moments
    )
    report("judge", 1.0)
    if recording_sha256(path) != recording.sha256:
        raise InputError(f"{path} changed while it was analysed: work on a copy at rest")
    return Call(
        recording=recording.model_copy(
            update={"notes": with_doubts([*recording.notes, *voices.notes], speakers)}
        ),
        language=spoken.language,
        speakers=speakers,
        regions=regions,
        segments=segments,
        overlaps=overlaps,
        turns=turns,
        pace=pace,
        moments=moments,
        coverage=coverage,
        provenance=provenance(models, options.as_parameters(models.engine)),
    )
