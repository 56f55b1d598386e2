# ruff: noqa: E501 (lines of speech stay whole)
"""What is withheld is found in any spoken form, and is then nowhere in the package."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from earwitness.errors import InputError
from earwitness.pipeline.call import Call, Moment, Provenance, Turn, Withheld, Word
from earwitness.pipeline.evidence import clips, redact, sensitive, spoken
from earwitness.pipeline.evidence.verify import verify
from stdnum import luhn

UNITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
TEENS = [
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS = ["_", "_", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
DIALOGUES = Path(__file__).parents[2] / "models" / "conduct" / "data" / "dialogues"


def check_digit(digits: str) -> str:
    return next(digits + c for c in "0123456789" if luhn.is_valid(digits + c))


def pair(two: str) -> str:
    if len(two) == 1 or two[0] == "0":
        return " ".join("oh" if c == "0" else UNITS[int(c)] for c in two)
    if two[0] == "1":
        return TEENS[int(two[1])]
    return TENS[int(two[0])] + ("" if two[1] == "0" else f"-{UNITS[int(two[1])]}")


def doubled(digits: str) -> str:
    found = re.findall(r"(\d)(\1{0,2})", digits)
    names = {0: "", 1: "double ", 2: "triple "}
    return " ".join(names[len(more)] + UNITS[int(one)] for one, more in found)


STYLES: dict[str, Callable[[str], str]] = {
    "digit by digit": lambda d: " ".join(UNITS[int(c)] for c in d),
    "oh for zero": lambda d: " ".join("oh" if c == "0" else UNITS[int(c)] for c in d),
    "in pairs": lambda d: " ".join(pair(d[i : i + 2]) for i in range(0, len(d), 2)),
    "groups of four": lambda d: " ".join(d[i : i + 4] for i in range(0, len(d), 4)),
    "with dashes": lambda d: "-".join(d[i : i + 4] for i in range(0, len(d), 4)),
    "solid": lambda d: d,
    "single figures": " ".join,
    "with commas": lambda d: ", ".join(UNITS[int(c)].capitalize() for c in d),
    "as a quantity": lambda d: f"{int(d):,}",
    "double and triple": doubled,
    "with fillers": lambda d: " um, ".join(
        " ".join(UNITS[int(c)] for c in d[i : i + 4]) for i in range(0, len(d), 4)
    ),
    "mixed": lambda d: f"{d[:4]} {' '.join(UNITS[int(c)] for c in d[4:10])} {' '.join(d[10:])}",
}


@pytest.mark.parametrize("style", STYLES)
def test_cards_are_found_in_every_grouping(style: str) -> None:
    rng = random.Random(style)
    for _ in range(20):
        start, length = rng.choice([("4", 16), ("52", 16), ("37", 15), ("6011", 16), ("4", 13)])
        body = start + "".join(str(rng.randrange(10)) for _ in range(length - 1 - len(start)))
        said = STYLES[style](check_digit(body)).split()
        words = [*["yes", "it's"], *said, *["did", "you", "get", "that"]]
        found = sensitive.find(words, "", sensitive.DEFAULT)
        assert [(f.kind, f.first, f.last) for f in found] == [("card", 2, 1 + len(said))], words


IDENTITIES = [
    ("my social security number is", "five three six, two two, one eight four seven", ""),
    ("it's", "536-22-1847", ""),
    ("sure,", "five three six two two one eight four seven", "and your social security number?"),
    ("it's", "A B one two three four five six C", ""),
    ("it's", "AB123456C", ""),
    ("national insurance,", "AB 12 34 56 C", ""),
    ("that's", "alpha bravo twelve thirty-four fifty-six charlie", ""),
    ("CNP", "1 960 314 123 453", "can you give me your personal numeric code"),
    ("passport is", "nine two five oh seven six four seven three", ""),
    ("it's", "L 8 9 8 9 0 2 C 3", "what's your passport number"),
    ("it is", "811218-9876", "ditt personnummer? your personnummer please"),
]


@pytest.mark.parametrize(("lead", "said", "before"), IDENTITIES)
def test_identity_numbers_are_found(lead: str, said: str, before: str) -> None:
    words = [*lead.split(), *said.split(), "thanks"]
    found = sensitive.find(words, before, sensitive.DEFAULT)
    covered = {i for f in found for i in range(f.first, f.last + 1)}
    assert set(range(len(lead.split()), len(words) - 1)) <= covered
    assert {f.kind for f in found} == {"id_number"}


@pytest.mark.parametrize(
    ("words", "before", "kind"),
    [
        ("and the security code is one two three", "", "card_code"),
        ("four oh nine", "the three digits on the back please", "card_code"),
        ("oh nine twenty-eight", "and the expiry date", "card_code"),
        ("my email is john dot smith at gmail dot com", "", "email"),
        ("it's j.smith@example.com", "", "email"),
        ("G B eight two W E S T one two three four five six nine eight seven six five four three two",
         "", "bank"),
        ("call me on oh seven seven double oh nine hundred one two three", "", "phone"),
        ("the fourth of March nineteen eighty-two", "what is your date of birth", "birth_date"),
        ("I live at 14 Orchard Close, SW1A 1AA", "", "address"),
        ("my password is bluebird seven", "", "password"),
        ("eight eight one four two oh", "read me the verification code we sent", "one_time_code"),
    ],
)  # fmt: skip
def test_other_kinds_are_found_by_choice(words: str, before: str, kind: str) -> None:
    assert kind in {f.kind for f in sensitive.find(words.split(), before, {kind})}
    assert not sensitive.find(
        ["the", "weather", "was", "lovely", "all", "week"], before, {kind} - {"password"}
    )


@pytest.mark.parametrize(
    ("words", "telephone"),
    [
        ("so oh two oh seven nine four six oh one two three okay", True),
        ("plus four four two oh seven nine four six oh one two three", True),
        ("+40 21 312 3456", True),
        ("1 212 555 0123", True),
        ("zero zero seven seven two seven two five eight oh one two three", True),
        ("that is oh oh oh oh one two three four five six seven eight nine", False),
        ("order 4 1 7 7 2 0 9 9 5 1", False),
        ("I paid 2 1 2 5 5 5 0 1 2 3 in all", False),
    ],
)
def test_telephones_are_known_by_their_numbering_plan(words: str, telephone: bool) -> None:
    assert bool(sensitive.find(words.split(), "", {"phone"})) == telephone


@pytest.mark.parametrize(
    ("digits", "identity"),
    [
        ("1960314120005", True),
        ("1960314120006", False),
        ("960814350107", True),
        ("198112189876", True),
        ("198112189877", False),
        ("198113189876", False),
        ("960814350108", False),
    ],
)
def test_identity_numbers_are_known_by_their_check_digit(digits: str, identity: bool) -> None:
    assert sensitive.national(digits) == identity


def found_in_ordinary_talk() -> tuple[list[tuple[sensitive.Found, str]], int]:
    """What is taken for sensitive in the written dialogues, each with its line; and the turns."""
    turns, hits, before = 0, [], ""
    for file in sorted(DIALOGUES.glob("*.txt")):
        for line in file.read_text("utf-8").splitlines():
            match = re.match(r"[ACBD]: (.+?) ?\{", line)
            if match is None:
                before = ""
                continue
            turns += 1
            hits += [(f, line) for f in sensitive.find(match[1].split(), before, sensitive.DEFAULT)]
            before = match[1]
    return hits, turns


@pytest.mark.skipif(not DIALOGUES.is_dir(), reason="the dialogues are not in this tree")
def test_ordinary_talk_is_left_alone() -> None:
    hits, turns = found_in_ordinary_talk()
    # Some of the written dialogues do hold such numbers; the bound counts them as false.
    assert len(hits) <= max(turns / 500, 3), hits


def with_card(call: Call) -> tuple[Call, list[tuple[float, float]]]:
    """A call with a card number over two turns, in a quote, a context and a withheld text."""
    turns = list(call.turns)
    start = turns[-1].end + 0.5
    places = []

    def say(text: str, speaker: str) -> Turn:
        nonlocal start
        words = []
        for word in text.split():
            words.append(Word(text=word, start=start, end=start + 0.3, confidence=0.9,
                              speaker=speaker))  # fmt: skip
            start += 0.4
        role = "agent" if speaker == "A" else "customer"
        turn = Turn(id=len(turns), speaker=speaker, role=role, start=words[0].start,
                    end=words[-1].end, words=words)  # fmt: skip
        turns.append(turn)
        start += 0.3
        return turn

    first = say("my card is four five three nine 1488", "C")
    say("mm-hm", "A")
    second = say("0343 six four six seven", "C")
    say("and then what happened", "A")
    places = [(first.words[3].start, first.words[7].end), (second.start, second.end)]
    moment = Moment(
        id="x", kind="rude", level="finding", start=first.start, end=first.end, speaker="C",
        role="customer", turn=first.id, quote=first.text, context=None, score=0.9,
        reasons=["said four five three nine 1488 in anger"], drivers=["1488"],
    )  # fmt: skip
    coverage = call.coverage.model_copy(
        update={
            "withheld": [
                Withheld(start=1, end=2, text="visa 4539 1488 0343 6467 visa", reason="loop")
            ]
        }
    )
    recording = call.recording.model_copy(update={"duration": start + 1})
    return call.model_copy(
        update={"turns": turns, "moments": [*call.moments, moment], "coverage": coverage,
                "recording": recording}
    ), places  # fmt: skip


def test_what_is_withheld_is_nowhere(
    rude: Call, sound: Callable[..., clips.ReadAudio], put: Callable[..., Call], tmp_path: Path
) -> None:
    call, places = with_card(rude)
    source = tmp_path / "rec.mp3"
    source.write_bytes(b"x")
    import hashlib

    call = call.model_copy(
        update={
            "recording": call.recording.model_copy(
                update={"sha256": hashlib.sha256(b"x").hexdigest()}
            )
        }
    )
    put(call, tmp_path / "e", recording=source, whole=True)
    inside = tmp_path / "e" / "data"
    for path in sorted(inside.rglob("*")):
        if path.suffix in (".json", ".html", ".md", ".txt", ".srt", ".vtt"):
            text = path.read_text("utf-8")
            text = re.sub(r"data:audio/[^\"]+", "", text)
            for secret in ("1488", "0343", "6467", "five three nine", "six four six"):
                assert secret not in text, (path.name, secret)
    shown = (inside / "evidence.md").read_text("utf-8")
    assert "Withheld from this copy: card number" in shown
    clip = next(inside.glob("clips/x_*.flac"))
    pcm, rate = clips.decode(clip)
    offset = clips.clip_span(call.moments[-1], duration=call.recording.duration)[0]
    read = sound(call)
    copies = list((inside / "recording").iterdir())
    assert [p.name for p in copies] == ["call_2024-03-19.redacted.flac"]
    whole, _ = clips.decode(copies[0])
    for first, last in places:
        for heard, begin in ((pcm, offset), (whole, 0.0)):
            part = slice(
                max(round((first - begin) * rate), 0), max(round((last - begin) * rate), 0)
            )
            there = heard[:, part].astype(float) / 32768
            if there.shape[1] == 0:
                continue
            spectrum = np.abs(np.fft.rfft(there[0]))
            tone = np.argmax(spectrum) * rate / there.shape[1]
            assert abs(tone - redact.TONE) < 5
            assert spectrum[spectrum.argsort()[-12:]].sum() > 0.5 * spectrum.sum()
    verdict = verify(tmp_path / "e", recording=source, reader=lambda path, record: read)
    assert verdict.ok, verdict.failures


def test_nothing_sensitive_changes_nothing(rude: Call) -> None:
    mended, gone = redact.redact(rude)
    assert mended is rude
    assert gone == []


def test_a_number_over_two_turns_is_one_number(rude: Call) -> None:
    call, places = with_card(rude)
    _, gone = redact.redact(call)
    assert [(round(g.start, 2), round(g.end, 2)) for g in gone if g.turn >= 0] == [
        (round(a, 2), round(b, 2)) for a, b in places
    ]


def test_kinds_are_checked() -> None:
    assert redact.kinds_of(["default", "phone"]) == sensitive.DEFAULT | {"phone"}
    assert redact.kinds_of(["all"]) == set(sensitive.KINDS)
    with pytest.raises(InputError, match="choose from"):
        redact.kinds_of(["cards"])


@pytest.mark.parametrize(
    ("said", "digits"),
    [("forty-one eleven", "4111"), ("double oh seven", "007"), ("twenty one", "21"),
     ("treble nine", "999"), ("nineteen eighty-four", "1984"), ("4,111", "4111")],
)  # fmt: skip
def test_spoken_numbers(said: str, digits: str) -> None:
    (run,) = spoken.runs_of_digits(said.split())
    assert "".join(c.char for c in run) == digits


DIGITS = {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "oh"}


@pytest.mark.weights
def test_the_tone_covers_what_was_said_wholly() -> None:
    """A recogniser hears the account number, and after redaction nothing of it, nor does the truth."""
    from earwitness.models.whisper import load
    from earwitness.pipeline.listen.audio import SpanReader, decode
    from support import sample, truth_of

    truth = truth_of("civil")
    asked, told = next(
        (a, b) for a, b in zip(truth["turns"], truth["turns"][1:], strict=False)
        if "account number" in a["text"]
    )  # fmt: skip
    start, end = asked["start"] - 0.2, told["end"] + 0.5
    engine = load("auto")
    recording, audio = decode(sample("civil"))
    read = SpanReader(sample("civil"))

    def heard(source: clips.ReadAudio) -> list[Word]:
        samples, rate = source(start, end)
        time = np.arange(round((end - start) * 16_000)) / 16_000
        at_16k = np.interp(time, np.arange(samples.shape[1]) / rate, samples[0])
        return [
            Word(
                text=w.text.strip(),
                start=start + w.start,
                end=start + w.end,
                confidence=w.confidence,
            )
            for passage in engine.transcribe(at_16k.astype(np.float32), language="en")
            for w in passage.words
        ]

    def digits(words: list[Word]) -> list[str]:
        late = [w.text for w in words if w.start > told["start"] - 0.5]
        return [t for t in late if re.search(r"\d", t) or spoken.bare(t) in DIGITS]

    with audio:
        words = heard(read)
    assert digits(words)
    turns = [
        Turn(id=n, speaker=who, role=role, start=own[0].start, end=own[-1].end,
             words=[w.model_copy(update={"speaker": who}) for w in own])
        for n, (who, role, own) in enumerate((
            ("A", "agent", [w for w in words if w.start < told["start"] - 0.1]),
            ("C", "customer", [w for w in words if w.start >= told["start"] - 0.1])))
    ]  # fmt: skip
    call = Call(recording=recording, turns=turns, provenance=Provenance(earwitness="0.1.0"))
    _, places = redact.redact(call, frozenset({"bank"}))
    assert places
    for word in told["words"]:
        if spoken.bare(word["text"]) in DIGITS:
            assert any(
                p.start - redact.PADDING <= word["start"] and word["end"] <= p.end + redact.PADDING
                for p in places
            ), word
    assert digits(heard(redact.cover(read, places))) == []
