"""Recorded announcements, told by their wording.

`CERTAIN` wordings are hardly ever said by a person to a person; `POSSIBLE` ones count only in a
voice that never answers anyone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..call import Turn

_STAFF = r"(?:agents?|advis[eo]rs?|operators?|representatives?|lines|consultants?|colleagues|team)"

CERTAIN = re.compile(
    "|".join(
        (
            rf"all (?:of )?our {_STAFF}(?: members)? (?:are|is) (?:currently |still )?"
            r"(?:busy|engaged|assisting|helping|on other calls)",
            r"your (?:call|custom|patience) is (?:very |so )?(?:important|valuable) to us",
            r"you(?:'re| are) (?:now |currently )?(?:next|number \w+|caller \w+|\w+th) in "
            r"(?:the |our )?(?:queue|line)",
            r"your (?:position|place) in (?:the )?(?:queue|line) is",
            r"(?:you are|you're) (?:being )?held in (?:a|the) queue",
            r"(?:your call|you) will be (?:answered|connected|put through)[^.]{0,40}"
            r"(?:as soon as|in the order|shortly|next available)",
            rf"next available {_STAFF} will",
            r"(?:calls?|this call) (?:may|will|might) be (?:recorded|monitored)[^.]{0,20}\bor "
            r"(?:recorded|monitored)",
            r"(?:for|to) [^.,]{2,60},? (?:please )?press (?:the )?(?:\d|one|two|three|four|five|"
            r"six|seven|eight|nine|zero|star|hash|pound)",
            r"please leave (?:a|your) message after the (?:tone|beep)",
            r"the (?:number|person|customer) you (?:have |are )?(?:dialled|dialed|called|calling)",
            # Spanish
            r"tod[oa]s nuestr[oa]s (?:agentes|operador[ea]s|asesor[ea]s|l[ií]neas) est[aá]n",
            r"su llamada es (?:muy )?importante",
            r"(?:marque|pulse|oprima|presione) (?:el |la )?(?:\d|uno|dos|tres|cuatro|cero)\b",
            # French
            r"tous nos (?:conseillers|agents|op[eé]rateurs|correspondants) sont",
            r"votre appel est (?:tr[eè]s )?important",
            r"(?:tapez|appuyez sur|faites) (?:le |la )?(?:\d|un|deux|trois|z[eé]ro)\b",
            # German
            r"alle (?:unsere )?(?:mitarbeiter|leitungen|pl[aä]tze|berater|kundenberater)"
            r"(?:innen)? (?:sind|befinden)",
            r"ihr anruf ist uns (?:sehr )?wichtig",
            r"dr[uü]cken sie (?:bitte )?die",
            # Russian
            r"все (?:наши )?операторы (?:сейчас )?заняты",
            r"(?:ваш звонок|ваше обращение) (?:очень )?важ(?:ен|но)",
            r"нажмите (?:\d|один|два|три|ноль|цифру)",
        )
    )
)

POSSIBLE = re.compile(
    "|".join(
        (
            r"(?:calls?|this call|this line|conversation) (?:is|are|may be|will be|might be)"
            r"(?: being)? (?:recorded|monitored)",
            r"(?:please )?(?:stay|remain|hold) on the line",
            r"please (?:hold|wait|continue to hold)",
            r"thank you for (?:holding|waiting|your patience|calling)",
            r"we apologi[sz]e for (?:the|any) (?:delay|wait|inconvenience)",
            r"welcome to ",
            r"(?:experiencing|receiving) (?:a )?(?:high|unusually|more|large)",
            r"visit (?:our|us) (?:website|online|at)|www\b|dot com",
            r"en (?:breve|unos momentos)[^.]{0,30}atender|permanezca en (?:la )?l[ií]nea"
            r"|no cuelgue|puede ser grabada",
            r"veuillez patienter|ne quittez pas|restez en ligne|peut [eê]tre enregistr[eé]",
            r"bitte (?:warten|haben sie) |bleiben sie (?:bitte )?(?:in|am)|legen sie nicht auf"
            r"|aufgezeichnet",
            r"оставайтесь на линии|ожидайте|разговор (?:может быть )?записыва|могут быть записаны",
        )
    )
)

REPORTED = re.compile(
    r"\b(?:i|i'm|i've|i'd|me|my|mine)\b|\b(?:said|says?|saying|told|keeps?|kept|heard|hear)\b"
)
"""A person's own voice, or somebody telling what the machine said."""

SYSTEM_SHARE = 0.6
"""Share of a voice's words in announcement turns from which it is a recording."""

MOSTLY = 0.5
"""Share of a turn's sentences that must be announcements before a person's turn counts as one."""


def is_announcement(text: str) -> bool:
    """Whether this wording is certainly a recorded announcement, whoever it is put down to."""
    lower = _plain(text)
    if REPORTED.search(lower) or not CERTAIN.search(lower):
        return False
    sentences = [part for part in re.split(r"[.?!…]+", lower) if part.strip()]
    known = sum(bool(CERTAIN.search(part) or POSSIBLE.search(part)) for part in sentences)
    return known >= MOSTLY * len(sentences)


def system_voices(turns: Sequence[Turn]) -> dict[str, list[str]]:
    """Voices that are recordings, each with the wording that tells (lower case).

    A voice whose words are nearly all announcements is one. Without a certain wording it must
    also have spoken before any person did, and never again: it answered nobody.
    """
    found: dict[str, list[str]] = {}
    order = list(dict.fromkeys(turn.speaker for turn in turns))
    for speaker in order:
        own = [turn for turn in turns if turn.speaker == speaker]
        words = sum(len(turn.words) for turn in own)
        certain: list[str] = []
        possible: list[str] = []
        matched = 0
        for turn in own:
            lower = _plain(turn.text)
            sure, may = CERTAIN.search(lower), POSSIBLE.search(lower)
            if REPORTED.search(lower) or not (sure or may):
                continue
            matched += len(turn.words)
            certain += [sure.group()] if sure else []
            possible += [may.group()] if may and not sure else []
        if not words or matched < SYSTEM_SHARE * words:
            continue
        others = [turn.start for turn in turns if turn.speaker != speaker]
        opening = not others or own[-1].start < min(others)
        # A greeting by a person can read like a recording ("welcome to …, calls are recorded"):
        # unless somebody answers another voice afterwards, it stays a person.
        if certain or (opening and possible and len(order) > 2):
            found[speaker] = certain or possible
    return found


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("’", "'").split())
