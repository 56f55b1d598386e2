"""Words against the plain recogniser: `python bench/plain.py [NAME …]`.

faster-whisper alone, with beam 5 and its own defaults, on the same mono recordings and the same
weights; beside it the error rate of the records that `bench/calls.py` kept in `out/`.
"""

from __future__ import annotations

import sys

import numpy as np
from calls import kept, show
from measures import heard_text, text_wer
from truth import Truth, samples, telephone_sample


def plain_words(model: object, truth: Truth) -> str:
    """What faster-whisper makes of the whole recording, without anything of ours around it."""
    from earwitness.pipeline.listen.audio import decode

    _, audio = decode(truth.path)
    with audio:
        sound = np.asarray(audio.read_all(), dtype=np.float32)
    segments, _ = model.transcribe(sound, beam_size=5, language="en")  # type: ignore[attr-defined]
    return " ".join(segment.text for segment in segments)


def main() -> None:
    from earwitness.models import store
    from earwitness.pipeline.call import Call
    from faster_whisper import WhisperModel

    model = WhisperModel(str(store.resolve("whisper-base").folder), device="cpu", cpu_threads=1)
    rows, totals = [], {"plain": [0.0, 0], "earwitness": [0.0, 0]}
    for truth in [telephone_sample(), *samples()]:
        record = kept(truth, "faster-whisper")
        wanted = not sys.argv[1:] or any(part in truth.name for part in sys.argv[1:])
        if "stereo" in truth.name or not wanted or not record.is_file():
            continue
        call = Call.model_validate_json(record.read_text(encoding="utf-8"))
        ours = heard_text(call)
        row: dict[str, object] = {"call": truth.name}
        for name, text in (("plain", plain_words(model, truth)), ("earwitness", ours)):
            rate, count = text_wer(text, truth)
            totals[name][0] += rate * count
            totals[name][1] += count
            row[name] = f"{100 * rate:.1f} %"
        rows.append(row)
        print(f"{truth.name} done", file=sys.stderr)
    show([*rows, {"call": "all", **{k: f"{100 * e / n:.1f} %" for k, (e, n) in totals.items()}}])


if __name__ == "__main__":
    main()
