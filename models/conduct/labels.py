"""Every label of the conduct model, in the order of its outputs. The one place for names."""

from __future__ import annotations

RUDE = "rude"
"""Disrespectful to the other person, judged with the other party's turn before it."""

KINDS = (
    "insult",
    "profanity",
    "condescension",
    "sarcasm",
    "dismissal",
    "command",
    "threat",
    "blame",
)
"""What makes a turn rude. A turn is rude exactly when it carries at least one."""

MOMENTS = (
    "escalation_request",
    "escalation_refused",
    "escalation_deflected",
    "escalation_granted",
    "refusal",
    "repeated_request",
    "hold",
    "transfer",
    "callback_offer",
    "promise",
    "hangup_threat_or_disconnect",
    "complaint_threat",
    "cancel_threat",
    "recording_disclosure",
    "agent_introduction",
    "apology",
    "empathy",
    "solution_offer",
    "negative_phrase",
)
"""Events that stand in the chronology of a call."""

GOOD_CONDUCT = (
    "agent_introduction",
    "offer_of_help",
    "restatement",
    "empathy",
    "apology",
    "solution_offer",
    "next_step",
    "thanks",
    "recording_disclosure",
)
POOR_CONDUCT = ("negative_phrase", "question_dodged")
"""Poor service that is not disrespect."""

CONDUCT = GOOD_CONDUCT + POOR_CONDUCT
"""What a scorecard asks for. Some names are moments as well: the label is one and the same."""

AGENT = "agent"
"""Spoken by the agent's side rather than the customer's; learned from turns without a role."""

LABELS = tuple(dict.fromkeys((RUDE, *KINDS, *MOMENTS, *CONDUCT, AGENT)))
"""Outputs of the network, in order."""

INDEX = {label: position for position, label in enumerate(LABELS)}

HARD_NEGATIVES = (
    "firm",
    "policy",
    "upset",
    "reported",
    "thing",
    "dark",
    "self",
    "banter",
    "regional",
    "nonnative",
    "back",
    "warn",
    "legal",
    "blunt",
    "challenge",
)
"""Why a civil turn could be taken for a rude one; written `hn.firm` … in the dialogue files."""
