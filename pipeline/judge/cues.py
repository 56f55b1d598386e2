"""Wordings that tell which side of a support call speaks, with what each is worth.

Weights are in logits towards the agent (negative: the customer): rough, and few enough that the
sum over a speaker's turns decides, not one of them.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Cue(NamedTuple):
    """A wording and what it says about who speaks."""

    weight: float
    reason: str
    pattern: re.Pattern[str]


def _cue(weight: float, reason: str, *patterns: str) -> Cue:
    return Cue(weight, reason, re.compile("|".join(patterns)))


CUES = (
    _cue(
        2.5,
        "offers help as the firm",
        r"how (?:can|may|could) (?:i|we) (?:be of )?(?:help|assist)",
        r"what can i do for you",
        r"(?:thank you|thanks) for (?:calling|ringing|phoning|contacting)\b",
        r"you(?:'re| are) through to",
        r"anything else (?:i|we) can (?:help|do)|anything else for you",
        r"wie kann ich (?:ihnen|dir) helfen|was kann ich f[uü]r sie tun",
        r"en qu[eé] (?:le |te |lo |la )?puedo (?:ayudar|servir)|gracias por llamar",
        r"(?:comment|en quoi) puis-je vous aider|merci (?:de|d'avoir) (?:votre )?appel",
        r"чем (?:я )?(?:могу|можем) (?:вам )?помочь|спасибо за (?:ваш )?звонок",
    ),
    _cue(
        2.0,
        "gives name and desk on answering",
        r"\bspeaking[,.] how\b",
        r"(?:services?|department|team|desk|support|claims|accounts|billing|sales|returns)"
        r"[,.] (?:my name(?:'s| is)|this is|you(?:'re| are) speaking|\w+ (?:speaking|here))",
        r"you(?:'re| are) (?:now )?(?:speaking|talking) (?:to|with)",
        r"this is \w+ (?:in|from) (?:the )?(?:\w+ ){0,3}"
        r"(?:team|department|desk|billing|disputes|support|services?|claims|retentions?)",
    ),
    _cue(
        1.5,
        "asks for identification",
        r"\b(?:can|could|may|shall) (?:i|you)(?: \w+){0,3} (?:take|have|get|confirm|give|tell)"
        r"(?: \w+){0,3} (?:your|the) (?:\w+ ){0,4}"
        r"(?:number|name|postcode|zip|address|digits|birth|password|reference|email|id)",
        r"(?:what's|what is|and|for) your (?:\w+ )?(?:account|order|policy|date of birth|postcode"
        r"|zip|security|meter|reference|phone|customer) ?(?:number|code|question|\?)?",
        r"^(?:order|account|policy|reference|serial|booking) number\b",
    ),
    _cue(
        1.5,
        "handles the line",
        r"\b(?:put|place|pop) you (?:on|through)\b",
        r"i(?:'ll| will|'m going to|'m) (?:transfer|transferring|putting|put) you",
        r"thank(?:s| you) for (?:holding|waiting)",
        r"bear with me|while i (?:check|look|pull)|"
        r"let me (?:just )?(?:check|pull|bring|have a look)"
        r"[^.?!]{0,20}(?:for you|your|up|the system|that)",
        r"calls? (?:is|are|may be|will be|being) (?:being )?recorded",
    ),
    _cue(
        1.0,
        "speaks for the firm",
        r"\b(?:our|company) (?:policy|terms|system|records|records show)",
        r"i can see (?:here|that|the|your|it|on|you)|it (?:says|shows) here|on my screen",
        r"i(?:'ve| have| can| will|'ll)(?: \w+)? (?:credit|refund|book|send|email|post|waive|issue"
        r"|escalat\w+|arrange|process|raise)(?:ed)? (?:\w+ )?(?:you|your|a|an|the|it)",
        r"you(?:'ll| will) (?:get|receive) (?:a|an|your) (?:text|email|letter|refund|call)",
        r"\b(?:mister|mrs|mr|ms|miss|sir|ma'am|madam)\b[,. ]",
    ),
    _cue(
        -2.0,
        "asks for somebody senior",
        r"(?:speak|talk) (?:to|with) (?:your|a|the|an|another|somebody|someone) ?(?:supervisor"
        r"|manager|boss|senior|above|higher|else|who)?",
        r"(?:get|give|put|find) me (?:\w+ ){0,3}(?:supervisor|manager|boss|through to)",
        r"above you",
    ),
    _cue(
        -1.5,
        "speaks of an own purchase, bill or fault",
        r"\bmy (?:\w+ ){0,2}(?:bill|order|account|contract|refund|card|router|bag|suitcase|claim|"
        r"parcel|package|flight|phone|internet|broadband|money|payment|booking|subscription|"
        r"policy|boiler|meter|delivery|line|insurance|invoice|deposit|appointment)\b",
        r"i (?:bought|ordered|purchased|paid|booked|sent (?:it|you)|cancelled|returned|signed up)",
        r"i(?:'ve| have) (?:been (?:waiting|charged|on hold|trying|told|sitting|a customer)"
        r"|got a (?:problem|dead)|had (?:a|no))",
        r"(?:charged|billed|overcharged|told) me\b",
        r"i(?:'m| am) (?:calling|ringing|phoning) (?:about|because|to)",
        r"i(?:'d| would) like my money",
        r"from you (?:on|in|last|and)\b",
    ),
    _cue(
        -1.0,
        "asks for something to be put right",
        r"i(?:'d| would) like (?:my|a|the|it|to (?:cancel|complain|make|return|speak))",
        r"i want (?:my|a|it|to (?:cancel|complain|speak|talk)|compensation|this)",
        r"can i (?:get|have) (?:my|a|the)\b(?! (?:\w+ )?(?:number|name|postcode))",
        r"where(?:'s| is) my\b",
        r"you (?:lot|people|guys|promised|said|lost|charged|sold)|your (?:company|website|colleague"
        r"|driver|engineer|warehouse|manager|supervisor)\b",
        r"ombudsman|regulator|trading standards|my lawyer|solicitor",
    ),
)

LABEL_WEIGHTS = {
    "agent_introduction": 1.5,
    "offer_of_help": 2.0,
    "recording_disclosure": 1.0,
    "hold": 0.8,
    "transfer": 1.0,
    "callback_offer": 1.0,
    "next_step": 0.6,
    "solution_offer": 0.6,
    "escalation_granted": 0.8,
    "escalation_refused": 1.0,
    "refusal": 0.5,
    "escalation_request": -1.5,
    "repeated_request": -0.8,
    "cancel_threat": -1.2,
    "complaint_threat": -1.0,
}
"""What a label of the conduct model, read without roles, says of the side: logits at certainty."""


def cues_in(text: str) -> list[Cue]:
    """The cues of one turn, each once."""
    lower = " ".join(text.lower().replace("’", "'").split())
    return [cue for cue in CUES if cue.pattern.search(lower)]
