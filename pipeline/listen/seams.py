"""Words at the seam between two speakers, put right by the sentence they belong to.

Where one voice follows another at once, a word's time and the change of voice are each known to a
tenth of a second or two, so that the last word of a question may fall to the one who answers it.
A sentence is one speaker's: a word or two of it that were given to the other side, at its very end
or beginning and without a pause, go back to the one who spoke the rest. So do words in the middle
of one where both voices are heard: of two who speak at once the recogniser writes down one, and a
sentence that it takes up again is the one it wrote all along. An answer that is no more than "yes"
or "mm-hm" stays with who gave it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from ..asides import ASIDES, only
from ..call import Word

MOST = 2
"""Words that may change hands at a seam; docs/measurements.md has what they earn."""

LONGEST = 0.8
"""Seconds those words may last: more than that, a change of voice is not misplaced."""

JOINED = 0.3
"""Seconds of pause before or after them that still belong to one sentence said in one go."""

BREAK = 0.8
"""Seconds of pause that end a sentence without a mark."""

ANSWERS = ASIDES | {"no"}
"""Words of which an answer consists that leaves the floor to the other."""

ENDINGS = (".", "?", "!", "…")
CLOSING = "\"'’”)"


def mend_seams(words: list[Word]) -> list[Word]:
    """Attributed words in order, those at a seam with the speaker of their sentence.

    Both speakers stay candidates of a word that changed hands.
    """
    mended = list(words)
    for first, last in _sentences(words):
        cuts = [i for i in range(first + 1, last) if words[i].speaker != words[i - 1].speaker]
        for island in pairwise(cuts):
            if _is_taken_up_again(mended, *island):
                _hand_over(mended, range(*island), words[island[1]].speaker)
        if len(cuts) != 1:
            continue
        cut = cuts[0]
        sides = sorted([(first, cut), (cut, last)], key=lambda side: side[1] - side[0])
        (a, b), (rest, _) = sides
        few, many = b - a, last - first - (b - a)
        if (
            few <= MOST
            and many > 2 * few
            and words[cut].start - words[cut - 1].end <= JOINED
            and words[b - 1].end - words[a].start <= LONGEST
        ):
            _hand_over(mended, range(a, b), words[rest].speaker)
    return mended


def _is_taken_up_again(words: list[Word], first: int, last: int) -> bool:
    """Whether a sentence goes on after words that may be its own as well as another's."""
    speaker, island = words[last].speaker, words[first:last]
    return (
        words[first - 1].speaker == speaker
        and all(speaker in word.candidates for word in island)
        and words[last].start - island[-1].end <= JOINED
        and not only(ANSWERS, " ".join(word.text for word in island))
    )


def _hand_over(words: list[Word], which: range, speaker: str | None) -> None:
    for i in which:
        names = {*words[i].candidates, words[i].speaker, speaker}
        candidates = sorted(name for name in names if name is not None)
        words[i] = words[i].model_copy(update={"speaker": speaker, "candidates": candidates})


def _sentences(words: list[Word]) -> Iterator[tuple[int, int]]:
    """Half-open index spans of the sentences, in order."""
    ends = [
        i + 1
        for i, (word, after) in enumerate(pairwise(words))
        if word.text.rstrip(CLOSING).endswith(ENDINGS) or after.start - word.end > BREAK
    ]
    yield from pairwise([0, *ends, len(words)])
