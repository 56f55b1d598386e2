# ruff: noqa: E501 (lines of speech stay whole)
"""Calls made by hand, with sound to match: a rude refusal, hostile text, alphabets, nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from earwitness.pipeline.call import (
    Call,
    Conduct,
    Coverage,
    Gap,
    Language,
    ModelUsed,
    Moment,
    Overlap,
    Provenance,
    Recording,
    Region,
    Score,
    Speaker,
    SpeakerSegment,
    Tone,
    Turn,
    Withheld,
    Word,
)
from earwitness.pipeline.remeasure import paced

RATE = 8000

RUDE = [
    ("A", "Good morning, Northgate Broadband, you are through to Marcus in billing.", "agent_introduction"),
    ("C", "Hello Marcus, my name is Elena Whitcombe, I am ringing about order four one seven seven.", ""),
    ("A", "And this call is recorded, so keep it polite. What is it about?", "recording_disclosure"),
    ("C", "I sent the router back on the second of March and I still have not had my refund.", ""),
    ("A", "Well, did you actually read the return form, or did you just sign it like everyone else?", "rude:condescension,blame:.94"),
    ("C", "I read it, yes. It says fourteen days, and I posted it on day nine.", ""),
    ("A", "Right, bear with me.", "hold"),
    ("M", "", ""),
    ("A", "So I have looked, and no, we are not refunding that.", "refusal"),
    ("C", "Could you tell me why, please? The tracking says your warehouse signed for it.", ""),
    ("A", "Because the system says no. That is not my department.", "negative_phrase"),
    ("C", "But I have the receipt here in front of me.", ""),
    ("A", "Oh, she has a receipt. Well, that changes everything, doesn't it, let me alert the board.", "rude:sarcasm:.97"),
    ("C", "I would like my refund of eighty nine pounds, as the form says.", "repeated_request"),
    ("A", "I have explained this three times now, so I will use smaller words for you.", "rude:condescension:.96"),
    ("C", "Mm-hm.", ""),
    ("A", "No box, no refund. Box. Refund. Are we there yet?", "rude:condescension,sarcasm:.95"),
    ("C", "I am sorry, but that is not what the form says. Is there someone senior I could talk to?", "escalation_request"),
    ("A", "No. You are talking to me, and my supervisor has better things to do than this.", "escalation_refused rude:dismissal:.91"),
    ("C", "I would still like to speak with a supervisor, please.", "escalation_request repeated_request"),
    ("A", "You can want what you like, love.", "review:dismissal:.62"),
    ("C", "May I at least have a reference number for this call?", ""),
    ("A", "We do not give those out to people who cannot fill in a form.", "rude:insult,dismissal:.93"),
    ("C", "Then I will take it to the ombudsman, and I want that noted.", "complaint_threat"),
    ("A", "Noted, in the big book of things nobody will ever read.", "rude:sarcasm:.96"),
    ("C", "Could you spell your surname for me?", ""),
    ("A", "It is M, A, R, C, U, S, that is all you get.", "question_dodged"),
    ("C", "Is anything going to happen about the eighty nine pounds?", "repeated_request"),
    ("A", "I am sure that somebody will send you a letter, some day.", ""),
    ("C", "When would that be?", ""),
    ("A", "Ten working days. Or not.", ""),
    ("C", "I understand that you have rules, I only want what was promised in writing.", "empathy"),
    ("A", "What you want and what you get, these are two different things in life, aren't they.", "review:condescension:.58"),
    ("C", "You are not being fair, and I have stayed polite with you.", ""),
    ("A", "If you do not stop going on about it I am ending this call.", "hangup_threat_or_disconnect"),
    ("C", "I am asking one last time for a supervisor.", "escalation_request"),
    ("A", "And I am telling you one last time, sit down and listen, the answer is no.", "escalation_refused rude:command:.95"),
    ("C", "All right. Thank you for your time.", "thanks"),
    ("A", "Bye then.", "hangup_threat_or_disconnect"),
]  # fmt: skip
"""Speaker, words, and labels: moments by name, `rude:kinds:score`, `review:kinds:score`."""

QUIET_LABELS = {"agent_introduction", "negative_phrase", "empathy", "thanks", "apology"}


def make_call(
    script: list[tuple[str, str, str]],
    *,
    name: str = "call_2024-03-19.mp3",
    layout: str = "mono",
    language: str = "en",
    names: dict[str, str] | None = None,
) -> Call:
    """A call whose turns say the script, one word every 0.33 s, with moments from its labels."""
    clock = 0.8
    turns: list[Turn] = []
    moments: list[Moment] = []
    regions: list[Region] = []
    last: dict[str, Turn] = {}
    for who, text, labels in script:
        if who == "M":
            regions.append(Region(kind="music", start=clock, end=clock + 9.0))
            clock += 9.5
            continue
        words = []
        for index, word in enumerate(text.split()):
            confidence = 0.41 if (len(turns) * 7 + index) % 53 == 5 else 0.93
            words.append(
                Word(text=word, start=clock, end=clock + 0.27, confidence=confidence, speaker=who)
            )
            clock += 0.33
        role = "agent" if who == "A" else "customer"
        marks = labels.split()
        kinds = [k for m in marks if ":" in m for k in m.split(":")[1].split(",")]
        rude = max((float(m.split(":")[2]) for m in marks if ":" in m), default=0.02)
        tone = Tone(loudness=-22.0, loudness_change=6.4 if rude > 0.95 else 0.3,
                    raised_voice=rude > 0.95)  # fmt: skip
        turn = Turn(
            id=len(turns), speaker=who, role=role, start=words[0].start, end=words[-1].end,
            words=words, language=language, tone=tone,
            conduct=Conduct(rude=rude, kinds=kinds, labels=[m for m in marks if ":" not in m]),
            overlap=0.8 if "sit down" in text else 0.0, uncertain=text == "Mm-hm.",
        )  # fmt: skip
        turns.append(turn)
        other = last.get("C" if who == "A" else "A")
        for mark in marks:
            kind = mark.split(":")[0]
            if kind in QUIET_LABELS:
                continue
            level = {"review": "review", "hold": "note", "recording_disclosure": "note"}.get(
                kind, "finding"
            )
            moments.append(
                Moment(
                    id=f"m{len(moments) + 1:02d}", kind="rude" if kind == "review" else kind,
                    level=level, start=turn.start, end=turn.end, speaker=who, role=role,
                    turn=turn.id, quote=turn.text, context=other.text if other else None,
                    score=float(mark.split(":")[2]) if ":" in mark else 0.88,
                    reasons=[f"the classifier read this turn as {', '.join(kinds)}"]
                    if ":" in mark else [f"the classifier read this turn as {kind}"],
                    drivers=[" ".join(text.split()[-5:-1])] if ":" in mark else [],
                    related=[moments[-1].id] if kind == "escalation_refused" and moments else [],
                )
            )  # fmt: skip
        last[who] = turn
        clock += 0.45
    duration = clock + 1.2
    talk = {who: sum(t.end - t.start for t in turns if t.speaker == who) for who in "AC"}
    speech = sum(talk.values())
    overlaps = [
        Overlap(start=t.start - 0.1, end=t.start + 0.7, holder="C", entrant="A", interruption=True)
        for t in turns
        if t.overlap
    ]
    names = names or {}
    call = Call(
        recording=Recording(
            name=name, sha256="3b4c" * 16, size=1_284_331, container="mp3", codec="mp3",
            duration=duration, rate=RATE, channels=2 if layout == "dual" else 1, layout=layout,
        ),
        language=Language(code=language, confidence=0.97),
        speakers=[
            Speaker(id="A", role="agent", role_confidence=0.98, name=names.get("A", "Marcus"),
                    talk=talk["A"], channel=0 if layout == "dual" else None,
                    role_reasons=["gives a company and a department"]),
            Speaker(id="C", role="customer", role_confidence=0.97, talk=talk["C"],
                    channel=1 if layout == "dual" else None, name=names.get("C", "Elena Whitcombe")),
        ],
        regions=[*regions, Region(kind="silence", start=duration - 1.2, end=duration)],
        segments=[SpeakerSegment(speaker=t.speaker, start=t.start, end=t.end) for t in turns],
        overlaps=overlaps,
        turns=turns,
        moments=moments,
        scores=[
            Score(item="apology", outcome="missing", by="agent"),
            Score(item="introduction with name", outcome="given", by="agent"),
        ],
        coverage=Coverage(
            speech=speech + 1.1, transcribed=speech, share=speech / (speech + 1.1), silence=8.0,
            music=9.0 if regions else 0.0,
            low_confidence_words=sum(w.confidence < 0.5 for t in turns for w in t.words),
            gaps=[Gap(start=30.0, end=31.1, loudness=-41.0, reason="too quiet to make out")],
            withheld=[Withheld(start=36.0, end=38.0, text="Thank you for watching.",
                               reason="text on music")],
        ),
        provenance=Provenance(
            earwitness="0.1.0",
            versions={"faster-whisper": "1.2.1", "pyannote.audio": "4.0.7", "torch": "2.11.0"},
            models=[ModelUsed(name="whisper-base", sha256="ab12" * 16, origin="openai/whisper",
                              licence="MIT"),
                    ModelUsed(name="conduct-minilm", sha256="cd34" * 16, origin="this project",
                              licence="MIT")],
            parameters={"engine": "faster-whisper", "beam": 5, "thresholds": {"rude": 0.9}},
        ),
    )  # fmt: skip
    return paced(call)


HOSTILE_NAME = '"><script>alert(1)</script>\u202egpj.\x07#import "x" $(touch pwned) `id`.mp3'

HOSTILE = [
    ("A", "<script>alert(document.domain)</script> hello </style></script>", ""),
    ("C", "#set page(width: 1cm) $x^2$ [link](javascript:alert(1)) _x_ *y* @ref \\input{/etc/passwd}", ""),
    ("A", "=cmd|'/C calc'!A0 +1 @SUM(1) {{7*7}} {% raw %} <img src=x onerror=alert(1)>", "rude:insult:.95"),
    ("C", "\u202eevil\u202c \u2066iso\u2069 \x00nul \x1b[31mred \u200bzero \ufeffbom --> 00:01 {\\an8}", ""),
    ("A", "W" * 10_000, ""),
    ("C", "&amp; &lt;b&gt; ]]> <!-- --> www.example.com https://example.com a@b.com | pipe | ``` ~~~", ""),
]  # fmt: skip

ALPHABETS = [
    ("A", "Қайырлы күн, Әсел сөйлеп тұр, сізге қалай көмектесе аламын?", "agent_introduction"),
    ("C", "Здравствуйте, я звоню по поводу счёта за интернет, объясните, пожалуйста.", ""),
    ("A", "Bună ziua, înțeleg că ați așteptat; vă rog să-mi spuneți numărul țării.", "empathy"),
    ("C", "Jag heter Åsa Öberg, jag är från Växjö och vill ha pengarna för ärendet åter.", ""),
    ("A", "Сен түсінбейсің бе, өзің оқы, ұят емес пе?", "rude:condescension:.94"),
    ("C", "Ёлки-палки, ґанок, ђак, ѓубре, Ҳа, Ӏуьйре.", ""),
]  # fmt: skip


def sound_of(call: Call) -> Callable[[float, float], tuple[np.ndarray, int]]:
    """A reader of made sound: a tone per speaker while they speak, noise below it."""
    rate, channels = call.recording.rate, call.recording.channels
    total = int(call.recording.duration * rate)
    rng = np.random.default_rng(7)
    samples = rng.normal(0, 0.002, (channels, total))
    time = np.arange(total) / rate
    for turn in call.turns:
        for word in turn.words:
            part = slice(int(word.start * rate), int(word.end * rate))
            pitch = 140 if turn.speaker == "A" else 210
            channel = 0 if channels == 1 or turn.speaker == "A" else 1
            samples[channel, part] += 0.3 * np.sin(2 * np.pi * pitch * time[part])
    exact = (np.rint(np.clip(samples, -1, 0.999) * 32768) / 32768).astype(np.float32)

    def read(start: float, end: float) -> tuple[np.ndarray, int]:
        first, last = round(start * rate), round(end * rate)
        return exact[:, max(first, 0) : min(last, total)], rate

    return read


@pytest.fixture
def rude() -> Call:
    return make_call(RUDE)


@pytest.fixture
def dual() -> Call:
    return make_call(RUDE, layout="dual", name="call.flac")


@pytest.fixture
def hostile() -> Call:
    return make_call(
        HOSTILE, name=HOSTILE_NAME, names={"A": "<b>Mar\u202ecus</b>", "C": "#let x = [1]"}
    )


@pytest.fixture
def alphabets() -> Call:
    return make_call(ALPHABETS, name="қоңырау.mp3", language="kk", names={"A": "Әсел", "C": "Åsa"})


@pytest.fixture
def empty() -> Call:
    return Call(
        recording=Recording(
            name="silence.wav", sha256="00ff" * 16, size=320_044, container="wav",
            codec="pcm_s16le", duration=20.0, rate=RATE, channels=1, layout="mono",
            notes=["The whole recording is silent."],
        ),
        regions=[Region(kind="silence", start=0.0, end=20.0)],
        coverage=Coverage(silence=20.0),
        provenance=Provenance(earwitness="0.1.0"),
    )  # fmt: skip


@pytest.fixture
def sound() -> Callable[[Call], Callable[[float, float], tuple[np.ndarray, int]]]:
    return sound_of


@pytest.fixture
def put() -> Callable[..., Call]:
    """Write a call's evidence with its made sound."""
    from earwitness.pipeline.evidence.folder import write_evidence

    def write(call: Call, folder: Path, **options: object) -> Call:
        return write_evidence(call, folder, read_audio=sound_of(call), run={"at": "now"}, **options)

    return write
