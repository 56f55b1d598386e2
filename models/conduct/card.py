"""The model card, written from the report: prose that stays, numbers that are measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .base import LAYERS, PIECES
from .calibrate import NAMED_RIGHT, THREATS_RIGHT
from .model import ENOUGH, EVIDENT

_HEAD = """\
# Model card: the conduct model

Written by `python -m earwitness.models.conduct.train`, or by its last step alone (`….settle`);
every number below comes from `report.json` of the same run. Do not edit by hand.

A sequence classifier for turns of recorded support calls in English. It tells disrespect from
firmness, names the kind, and hears the moments a complaint turns on. One encoder, {labels} outputs,
each a calibrated probability.

- **Base**: the lower {layers} of 12 layers of sentence-transformers/all-mpnet-base-v2 (Apache-2.0)
  with the {pieces:,} word pieces of what it learned from, fine-tuned; shipped and computed in eight
  bits, as safetensors.
- **Input**: the turn, the other party's previous turn, and both roles where they are known. Either
  of the latter may be missing; training leaves them out at random.
- **Rude** means: a reasonable complaints officer reading the turn and the one before it would call
  it disrespectful to the other person. Refusing, insisting, being upset, swearing at things, legal
  threats, warnings that abuse ends the call, and quoting somebody else's rudeness are not rude.
  Condescension and sarcasm are, however calm the words.
- **Two levels**: a *finding* is set where, by the development dialogues, one may be 95 % sure that
  at most 1 civil turn in 250 is flagged, and of neither side's own turns more than that were;
  *review* ("listen to this") where at most 1 in 40 was. A finding passes twice, read with the turn
  before it and on its own words, whose odds may be half as high: what was said before can clear a
  turn, but it accuses nobody by itself. In a call a speaker's findings stand where they are sure
  enough together: the odds of the turns, each against those of {evident}, multiply to
  {enough:.0f} to one. How rude a turn is, its own output and those of its kinds decide together.

## Data

{data} Public sets are used only for what they say for certain: pairs of which one wording is ruder
(ParaDetox, CC0; Stanford politeness, Apache-2.0 repository; TyDiP English, CC BY 4.0) train a
ranking, single rows train single labels (Bitext requests, CDLA-Sharing-1.0; GoEmotions,
Apache-2.0; MUStARD, MIT). Tweets are left out: their labels follow dialect. This run used
{public}.

Whole briefs are held out for the test ({test}); others ({development}) served to compare recipes,
calibrate and set thresholds. {note}
"""

_LIMITS = """\
## Limits

- The dialogues were written, not recorded. All were written in the same project, so the held-out
  briefs are other industries and people, but not fully other hands: expect less on real calls.
- The operating point is strict: most subtle rudeness stays below it, and silence of the model is
  no proof of courtesy. See the recall of findings and of review above.
- English only. Other languages give scores that mean nothing.
- Words alone. Tone of voice can make a civil sentence rude, and is judged elsewhere.
- Dry sarcasm in very short turns, threats that need the whole call to understand, and banter
  without laughter around it are where it errs most.
- Recognition errors cost some recall: see the rows with and without them.

## Not for

Scoring, ranking or disciplining people without a human who listens to the moment; live monitoring;
deciding a complaint; languages or media (chat, mail, social posts) it was not made for. A finding
says "this was said, listen to it", never what a person is.
"""


def write_card(report: dict[str, Any], path: Path) -> None:
    """Write the card for a report as `train` makes it."""
    data, start = report["data"], report.get("started from", "").partition("weights ")[2]
    head = _HEAD.format(
        layers=LAYERS,
        evident=EVIDENT,
        enough=ENOUGH,
        pieces=PIECES,
        labels=len(report["labels"]) + 2,
        data=(
            f"{data['turns']:,} turns of {data['dialogues']} dialogues in {data['briefs']} briefs, "
            f"written for this project (see `data/README.md`): {data['rude']:,} rude turns, "
            f"{data['hard negatives']:,} civil ones that are easily taken for rude, "
            f"{data['turns as recognised speech']:,} turns as a recogniser would print them."
        ),
        public=(
            f"{report['public']['rows']:,} rows and {report['public']['pairs']:,} pairs"
            if report["public"]["sources"]
            else "none of them"
        ),
        test=", ".join(report["split"]["test"]),
        development=", ".join(report["split"]["development"]),
        note=_history(start, report.get("mean of", [])),
    )
    parts = [head, _rude(report), _labels(report), _bias(report), _LIMITS]
    path.write_text("\n".join(part for part in parts if part), encoding="utf-8")


def _history(start: str, mean: Sequence[str]) -> str:
    """Where the weights come from, beside the data."""
    said = [f"The run went on from earlier weights (SHA-256 {start})."] if start else []
    if mean:
        said.append(f"The weights are the mean of {len(mean)}: SHA-256 {', '.join(mean)}.")
    return " ".join(said)


def table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A Markdown table; numbers below 1 get three digits."""
    lines = [" | ".join(header), " | ".join("---" for _ in header)]
    lines += [" | ".join(_cell(value) for value in row) for row in rows]
    return "\n".join(f"| {line} |" for line in lines) + "\n"


def _cell(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _rude(report: dict[str, Any]) -> str:
    names = (
        "turns",
        "rude",
        "auc",
        "recall at 1% fpr",
        "finding recall",
        "finding fpr",
        "review recall",
        "review fpr",
        "ece",
    )
    rows = [
        ["all, roles known", report["rude"]],
        ["all, roles not known", report["rude without roles"]],
        ["all, without context", report["rude without context"]],
    ]
    for group in ("by role", "by noise", "by brief"):
        rows += [[name, values] for name, values in report[group].items()]
    kinds = report["recall by kind"]
    review = report["recall by kind, review"]
    hard = report["false findings by hard negative"]
    return (
        "## Rude, on the test briefs\n\n"
        + table(("turns of", *names), [[name, *(v[n] for n in names)] for name, v in rows])
        + "\nThe same where every dialogue is one call, roles known:\n\n"
        + table(("findings", "of", "all"), [[n, *v] for n, v in report["in calls"].items()])
        + "\nRude turns found, by kind (a turn may have several):\n\n"
        + table(
            ("kind", "found", "found for review", "of"),
            [[kind, kinds[kind][0], review[kind][0], kinds[kind][1]] for kind in kinds],
        )
        + "\nCivil turns wrongly found rude, by what makes them hard:\n\n"
        + table(("hard negative", "false findings", "of"), [[n, *hard[n]] for n in hard])
    )


def _labels(report: dict[str, Any]) -> str:
    columns = ("turns", "precision", "recall", "f1", "auc", "ece")
    rows = [[name, *(values[c] for c in columns)] for name, values in report["labels"].items()]
    agent = report["agent"]
    eight = report.get("eight bits", {})
    return (
        "## Kinds, moments and conduct, on the test briefs\n\n"
        f"Macro-F1: moments {report['macro f1 moments']:.3f}, kinds "
        f"{report['macro f1 kinds']:.3f}, conduct {report['macro f1 conduct']:.3f}. A kind is "
        f"named where {NAMED_RIGHT:.0%} of those named on the development turns were right (a "
        f"threat: {THREATS_RIGHT:.0%}), and so seldom: rather none than a wrong one.\n\n"
        + table(("label", *columns), rows)
        + f"\nWho speaks, from the words alone: {agent['turn accuracy']:.1%} of turns, "
        f"{agent['dialogue accuracy']:.1%} of dialogues.\n"
        + (
            f"\nEight bits a weight and an input move no logit by more than "
            f"{eight['largest change of a logit']:.4f}; the ROC-AUC before it was "
            f"{eight['auc before']:.4f}.\n"
            if eight
            else ""
        )
    )


def _bias(report: dict[str, Any]) -> str:
    bias = report.get("bias")
    if not bias:
        return ""
    rows = [[name, *values.values()] for name, values in bias.items()]
    columns = list(next(iter(bias.values())))
    return (
        "## Bias: the same turns with something swapped\n\n"
        "Change of the rude probability over every sixth test turn: against the turn as it was "
        "written; for names (put in front as an introduction) against a British name.\n\n"
        + table(("swap", *columns), rows)
    )
