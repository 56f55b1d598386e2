"""What the documents call things: one place, so that every format says the same.

Wordings are neutral and about speech: what was said, never what somebody is. The same words serve
both sides.
"""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """How a kind of moment is named, and how heavily it weighs in the summary."""

    title: str
    weight: float


KINDS: dict[str, Kind] = {
    "rude": Kind("Wording flagged as disrespectful", 0.90),
    "escalation_refused": Kind("Request for a supervisor declined", 0.80),
    "escalation_deflected": Kind("Request for a supervisor not answered", 0.75),
    "hangup_threat_or_disconnect": Kind("End of the call announced in conflict", 0.70),
    "interruption": Kind("Talked over", 0.50),
    "refusal": Kind("Request declined", 0.60),
    "repeated_request": Kind("Request made again", 0.50),
    "question_dodged": Kind("Question left unanswered", 0.45),
    "complaint_threat": Kind("Complaint or legal step announced", 0.40),
    "cancel_threat": Kind("Cancellation announced", 0.38),
    "escalation_request": Kind("Request for a supervisor", 0.36),
    "escalation_granted": Kind("Request for a supervisor granted", 0.30),
    "promise": Kind("Promise made", 0.28),
    "callback_offer": Kind("Call-back offered", 0.25),
    "transfer": Kind("Transfer", 0.22),
    "hold": Kind("Hold", 0.20),
    "recording_disclosure": Kind("Recording announced", 0.15),
}
"""Kinds of moment by name. Weights order the summary; they do not depend on who spoke."""

GRAVE = 0.6
"""Weight from which a finding is shown in red; lighter ones are events more than complaints."""

PLAIN = 0.2
"""Weight of a kind that this table does not know."""

RUDE_KINDS: dict[str, tuple[str, float]] = {
    "threat": ("threat", 0.09),
    "insult": ("insult", 0.08),
    "profanity": ("profanity at a person", 0.07),
    "condescension": ("condescension", 0.05),
    "sarcasm": ("sarcasm", 0.04),
    "command": ("hostile command", 0.04),
    "dismissal": ("dismissal", 0.03),
    "blame": ("unfair blame", 0.03),
}
"""Kinds of rudeness: how they are named, and what they add to the weight."""

GOOD: dict[str, str] = {
    "agent_introduction": "Gave own name or department",
    "recording_disclosure": "Said that the call is recorded",
    "offer_of_help": "Offered help",
    "restatement": "Restated the problem in own words",
    "empathy": "Acknowledged the other’s feelings",
    "apology": "Apologised",
    "solution_offer": "Offered a solution or a choice",
    "next_step": "Explained the next step",
    "promise": "Made a promise",
    "callback_offer": "Offered a call-back",
    "escalation_granted": "Granted the request for a supervisor",
    "thanks": "Thanked the other",
}
"""Conduct that helps, by the kind of moment, or the classifier's label where it is none."""

POOR: dict[str, str] = {
    "negative_phrase": "Said no without an alternative",
    "question_dodged": "Left a question unanswered",
    "escalation_refused": "Declined a request for a supervisor",
    "escalation_deflected": "Did not answer a request for a supervisor",
    "hangup_threat_or_disconnect": "Announced the end of the call in conflict",
}
"""Conduct that hinders without being rude, by the kind of moment."""

LAYOUTS = {
    "mono": "one channel, all voices mixed",
    "dual": "two channels, one voice on each",
    "dual-mono": "two channels carrying the same sound",
}

LANGUAGES = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian",
    "pt": "Portuguese", "nl": "Dutch", "sv": "Swedish", "da": "Danish", "no": "Norwegian",
    "fi": "Finnish", "pl": "Polish", "cs": "Czech", "sk": "Slovak", "hu": "Hungarian",
    "ro": "Romanian", "bg": "Bulgarian", "ru": "Russian", "uk": "Ukrainian", "kk": "Kazakh",
    "tr": "Turkish", "el": "Greek", "ar": "Arabic", "he": "Hebrew", "hi": "Hindi",
    "zh": "Chinese", "ja": "Japanese", "ko": "Korean",
}  # fmt: skip
"""Names of the languages met most; others are shown by their code."""

ROLES = {"agent": "Agent", "customer": "Customer", "system": "System", "unknown": "Speaker"}

REGIONS = {"silence": "silence", "music": "music or hold tone", "prompt": "recorded prompt"}

BRACES = "{Words in braces} were written by a person, in place of what the machine heard."
"""How plain text marks corrected words."""

NOT_REVIEWED = "machine findings, not reviewed"

RECORDING_LAWS = (
    "Laws on recording telephone calls and on using recordings differ from place to place. In "
    "some, everyone on the call must agree; in others, one party’s knowledge is enough. Whether "
    "this recording may be kept, shared or used is for the person who hands it over to settle."
)
TRANSCRIPTS = (
    "The transcript was written by a speech recogniser. Such systems mishear words and can print "
    "words that nobody said; the makers of Whisper advise against relying on it unchecked where "
    "decisions about people are made. Where the wording matters, listen to the clip."
)
MACHINE_FINDING = (
    "A finding is a place in the recording that a program flagged by a fixed rule or a trained "
    "classifier, set to stay silent where it is unsure. It says what was said and on which "
    "grounds it was flagged. It is not a judgement of a person, of intent, or of who was right in "
    "the matter; and that nothing was flagged does not prove that nothing happened."
)
ONE_RULER = "Both sides of the call were measured by the same model at the same thresholds."


def title_of(kind: str, level: str = "finding") -> str:
    """The heading for a kind of moment; an unknown kind is shown by its own name.

    Below the threshold the heading says so: nothing there may read like a finding.
    """
    if level == "review" and kind == "rude":
        return "Wording to listen to"
    title = KINDS[kind].title if kind in KINDS else kind.replace("_", " ").capitalize()
    return f"To listen to: {title[0].lower()}{title[1:]}" if level == "review" else title


def weight_of(kind: str, rude_kinds: list[str], score: float) -> float:
    """Where a finding stands in the summary: by kind, then kinds of rudeness, then score."""
    base = KINDS[kind].weight if kind in KINDS else PLAIN
    extra = max((RUDE_KINDS[name][1] for name in rude_kinds if name in RUDE_KINDS), default=0.0)
    return base + (extra if kind == "rude" else 0.0) + 0.009 * score


def language_name(code: str) -> str:
    """English name of a language code, or the code itself."""
    return LANGUAGES.get(code, code)
