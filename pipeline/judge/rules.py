"""What a label must be borne out by before it is a finding. The labels come from the model.

Every rule here can only hold back. Each answers a way in which a label that passes would still
accuse somebody wrongly.
"""

from __future__ import annotations

import re

from ...models.conduct.labels import MOMENTS, RUDE
from ...models.conduct.model import accused, certainty
from ..asides import ASIDES, only
from .drafts import Draft

HANG_UP = "hangup_threat_or_disconnect"

GRAVE = (
    "escalation_request",
    "escalation_refused",
    "escalation_deflected",
    "refusal",
    "repeated_request",
    HANG_UP,
    "complaint_threat",
    "cancel_threat",
)
"""Moments that may be findings; the others are notes in the chronology."""

NOTES = tuple(kind for kind in MOMENTS if kind not in GRAVE)

CLEAR = 0.5
"""Probability from which a label is taken as clear, where its own threshold is lower."""

LIKELY = 0.4
"""Probability from which a note is taken: thresholds that balance a rare label's misses and false
alarms can lie so low that most of what passes is wrong."""

CERTAIN = 0.85
"""Probability from which the model is believed without a wording that bears it out: people ask,
refuse and threaten in words that no list holds."""

CLEAR_WORDS = 0.8
"""Mean confidence of its words from which a turn is evidence against its speaker: words misheard
can make any turn rude. Of 20 right findings 19 are heard so well (docs/measurements.md)."""

AGENT_ONLY = frozenset(
    {
        "refusal",
        "escalation_refused",
        "escalation_deflected",
        "escalation_granted",
        "agent_introduction",
        "callback_offer",
        "transfer",
    }
)
CUSTOMER_ONLY = frozenset({"escalation_request", "cancel_threat"})
"""By the labels' own definitions only one side can do these; from the other side's mouth such a
label is a confusion (an agent who asks "shall I get my manager" requests nothing)."""

SENIOR = (
    r"supervisor|manager|boss|senior|superior|above you|over you|higher|team lead|in charge|"
    r"escalat|somebody else|someone else|anybody (?:else|who)|anyone (?:else|who)|"
    r"(?:somebody|someone|person|whoever) (?:\w+ ){0,2}(?:who|can|that|with|decide)|"
    r"head office|responsible|authority|director|complaints"
)
WORDINGS = {
    "escalation_request": SENIOR,
    "refusal": (
        r"\bno\b(?! (?:charge|cost|fee|extra|problem|worries|need))|\bnot\b|"
        r"n't\b|\bnever\b|\bcannot\b|unable|unfortunately|afraid|declin|refus|"
        r"nothing|\bnor\b|impossible|only|denied|reject|outside|too late|against"
    ),
    "complaint_threat": (
        r"ombuds|regulat|lawyer|solicitor|attorney|barrister|court|legal|\blaw\b|\bsue|suing|"
        r"press\b|newspaper|journalist|social media|twitter|facebook|online|review|trustpilot|"
        r"charge ?back|complain|standards|watchdog|authorit|ofcom|consumer|police|report|"
        r"tribunal|commission|\bmp\b|public|\btell (?:the|every)|\bboard\b|council|union\b|media\b|"
        r"\btv\b|\bpapers?\b|\bf[ct][ca]\b|\bbbb\b|attorney|inspector|minist"
    ),
    "cancel_threat": (
        r"cancel|leav|switch|terminat|clos(?:e|ing)|another|competitor|elsewhere|never|"
        r"finished|\bdone\b|mov(?:e|ing)|business|provider|quit|\boff\b|\bend\b|take my|stop|"
        r"somewhere|anymore|any more|last time|lost (?:me|a customer)|goodbye to|sign(?:ing)? up|"
        r"take me off|i'm out\b|\bgone\b|delet|going (?:to|with)|i'm with|com(?:e|ing) back"
    ),
    "hold": (
        r"on hold|hold(?:ing)? (?:on|the line|please)|for holding|please hold|bear with|one moment|"
        r"(?:a|one|two|half a|couple of) (?:sec|minute|moment|tick|mo\b)|waiting|back with you"
    ),
    "hangup_threat_or_disconnect": (
        r"end(?:ing)? (?:the|this|our) (?:call|conversation)|hang(?:ing)? up|hung up|"
        r"put(?:ting)? the phone down|disconnect|terminat\w+ (?:the|this) call|cut\w* (?:you|the)|"
        r"done (?:here|talking|with)|(?:call|conversation) (?:is over|ends|has ended)|"
        r"don't (?:call|ring|phone)|clos\w+ (?:the|this) call|finish\w* (?:the|this) call|"
        r"not (?:going to )?(?:continue|carry on)|leave it there|going now|drop (?:the|this) call|"
        r"end(?:ing)? (?:this|it)\b|(?:call|conversation|this) (?:is )?(?:end|finish|conclud)\w*|"
        r"conclud\w+|(?:releas|clear)\w* the line"
    ),
}
"""Wordings that bear a label out."""

OWN_BOSS = re.compile(r"\b(?:my|our|his|her|their) (?:own )?(?:boss|manager|supervisor)")
"""A customer's own boss is somebody else's."""

HOLD_A_THING = re.compile(
    r"\bhold (?:(?:it|that|them|this) )?(?:down|in|the (?!line)|your|my|an?\b(?! (?:minute|second|"
    r"moment|sec|tick)))|press(?:ing)? and hold|\bhold (?:a|any|the) (?:policy|account)|\bholds\b"
)
"""A button, a policy: not the line."""

_LEAVE = """
okay ok right well all yeah yes thank thanks you so much take care have a good nice great lovely day
evening afternoon night weekend bye goodbye cheers now then for your help and very sir madam mate
later see
"""
LEAVE_TAKING = frozenset(_LEAVE.split())
"""A turn of nothing but these takes leave."""

PLEA = re.compile(r"(?:don't|do not|not to|dare|please) (?:\w+ ){0,3}hang(?:ing)? up")
"""Asks the other not to hang up: that ends nothing."""

LEAVING = re.compile(r"\b(?:good)?bye\b|that(?:'s| is| will be|'ll be) all\b|take care")

# Not "says": it mostly mocks ("so the plumber says"), or speaks of a form.
TELLING = frozenset({"said", "told", "called", "shouted", "yelled", "wrote", "texted"})
QUOTING = frozenset({"quote", "unquote", "quoting"})
_NOBODY_ELSE = """
i i've i'd i'll you you've you'd we we've we'd it its it's that that's this there what who nobody
none never not to as like just everybody everyone be been being is was are so
"""
NOBODY_ELSE = frozenset(_NOBODY_ELSE.split())
"""Up to three words before a word of telling, these make it something else than another's words."""

ADDRESSED = re.compile(r"\b(?:you\w*|ya|u|ur|ye|yer)\b")
ABSENT = re.compile(
    r"\b(?:that|this|my|our) (?:[\w'-]+ ){0,2}?(?:boy|girl|lad|lass|son|daughter|husband|wife|"
    r"partner|ex|brother|sister|mother|father|mum|mam|mom|dad|uncle|aunt|auntie|cousin|nephew|niece|"
    r"grand(?:son|daughter|child|kid|ma|pa|mother|father)|kid|child|baby|neighbou?r|landlord|tenant|"
    r"roommate|flatmate|dog|cat|puppy|horse)\b"
)
"""Somebody of the speaker's own, who is not on the line."""

AGAIN = re.compile(
    r"\bagain\b|already (?:asked|said|told)|as i(?:'ve)? (?:said|asked)|once more|one more time|"
    r"(?:second|third|fourth|fifth|last) time|times\b|keep (?:asking|saying|telling)|"
    r"i(?:'ve| have) asked|i asked|still (?:asking|waiting|like|want)|repeat"
)
"""The speaker says that it was asked before."""


def plain(text: str) -> str:
    """Lower case, one kind of apostrophe, single spaces."""
    return " ".join(text.lower().replace("’", "'").split())


def spelled(text: str) -> bool:
    """Whether the text is letters and figures one by one: a name or number that was asked for."""
    found = re.findall(r"[^\W_]+", plain(text))
    return bool(found) and all(len(part) == 1 or part.isdigit() for part in found)


def fits_role(kind: str, role: str) -> bool:
    """Whether this side can do this at all; a voice of unknown role can."""
    return not (
        (kind in AGENT_ONLY and role == "customer") or (kind in CUSTOMER_ONLY and role == "agent")
    )


def says_something(text: str) -> bool:
    """Whether there are words to judge: not only asides, letters or figures."""
    return not only(ASIDES, text) and not spelled(text)


def worded(kind: str, text: str) -> bool:
    """Whether the turn's own words bear the label out."""
    pattern = WORDINGS.get(kind)
    return pattern is None or bool(re.search(pattern, plain(text)))


def stands(kind: str, score: float, role: str, text: str) -> bool:
    """Whether a moment whose label passes is one, by what the turn's role and words tell.

    Labels' thresholds are set for the best balance of misses and false alarms, not for
    accusations: what is neither clear nor borne out by its words is no moment.
    """
    if not fits_role(kind, role) or (kind == "hold" and HOLD_A_THING.search(plain(text))):
        return False
    if kind in NOTES:
        return score >= LIKELY or (kind in WORDINGS and worded(kind, text))
    if kind == HANG_UP and _takes_leave(score, text):
        return False
    return score >= CLEAR or _borne_out(kind, text)


def _borne_out(kind: str, text: str) -> bool:
    """Whether the words bear a grave moment out. "I need to call my boss" asks for nobody here."""
    return worded(kind, OWN_BOSS.sub(" ", plain(text)) if kind == "escalation_request" else text)


def _takes_leave(score: float, text: str) -> bool:
    """An ordinary goodbye, or a plea not to hang up: neither ends a call in conflict."""
    text = plain(text)
    if only(LEAVE_TAKING, text) or PLEA.search(text):
        return True
    return score < CERTAIN and not worded(HANG_UP, text) and bool(LEAVING.search(text))


def told_again(text: str) -> bool:
    """Whether the turn tells what somebody else said: "the last man called me a nuisance".

    A recogniser prints no quotation marks, so that another's rudeness reads like the speaker's own.
    """
    words = re.findall(r"[a-z']+", plain(text))
    return bool(QUOTING & set(words)) or any(
        word in TELLING and place > 0 and not NOBODY_ELSE & set(words[max(0, place - 3) : place])
        for place, word in enumerate(words)
    )


def of_the_absent(text: str) -> bool:
    """Whether the turn speaks of somebody's own people and addresses nobody: "that lazy boy"."""
    text = plain(text)
    return bool(ABSENT.search(text)) and not ADDRESSED.search(text)


def not_for_the_other(text: str) -> str:
    """Why harsh words of the turn may not be the speaker's to the other person, or empty."""
    if told_again(text):
        return "the words may be somebody else’s, told again"
    if of_the_absent(text):
        return "the words may be of somebody who is not on the line"
    return ""


def doubt_whose_it_is(draft: Draft) -> None:
    """Make disrespect that may not be the speaker's to the other person a place to listen to."""
    if why := not_for_the_other(draft.turn.text):
        draft.lower(why)


def doubt_the_unsure(drafts: list[Draft]) -> None:
    """Make a speaker's findings of disrespect places to listen to where they do not suffice.

    What was not heard clearly stays a finding beside others, but speaks for none (`accused`).
    """
    findings = [draft for draft in drafts if draft.kind == RUDE and draft.level == "finding"]
    clear = [draft for draft in findings if draft.confidence >= CLEAR_WORDS]
    sure = accused((draft.turn.speaker, _certainty(draft)) for draft in clear)
    for draft in findings:
        if draft.turn.speaker not in sure:
            draft.lower("what this speaker says is, taken together, not sure enough for a finding")


def _certainty(draft: Draft) -> float:
    conduct = draft.turn.conduct
    return certainty(conduct.rude, conduct.alone) if conduct else 0.0


def hold_back(draft: Draft) -> None:
    """Make a grave moment a place to listen to unless it is clear and borne out by its words."""
    borne_out = _borne_out(draft.kind, draft.turn.text)
    if not borne_out and worded(draft.kind, draft.turn.text):
        draft.lower("the wording may speak of somebody else’s superior")
    elif draft.score < CLEAR:
        draft.lower("the score is not clear enough for a finding")
    elif draft.score < CERTAIN and not borne_out:
        draft.lower("the wording does not name it outright")


def ends_in_conflict(draft: Draft, drafts: list[Draft], reach: int = 8) -> bool:
    """Whether something worth a finding or a listen was said shortly before, or in the turn."""
    return any(
        other.level != "note" and other is not draft and 0 <= draft.at - other.at <= reach
        for other in drafts
    )


def weigh_hang_up(draft: Draft, drafts: list[Draft]) -> bool:
    """False where the end of the call is neither named nor comes in conflict: it is no moment."""
    conflict, named = ends_in_conflict(draft, drafts), worded(draft.kind, draft.turn.text)
    if not (conflict or named):
        return False
    if not named and draft.score < CERTAIN:
        draft.lower("the end of the call is not announced outright")
    elif not conflict:
        draft.lower("nothing else in these turns shows a conflict")
    return True
