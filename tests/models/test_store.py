"""Weights: found in order, joined whole, and refused when a byte differs."""

from __future__ import annotations

import hashlib
import io
import multiprocessing
import shutil
import zipfile
from pathlib import Path

import pytest
from earwitness.errors import ModelError
from earwitness.models import catalogue, store


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(store.CACHE_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_every_pinned_file_has_a_hash_and_a_licence() -> None:
    for weights in catalogue.PINNED:
        assert weights.licence and weights.origin
        for file in weights.files:
            assert file.sha256 is not None and len(file.sha256) == 64


def test_pieces_of_installed_packages_are_joined_into_the_cache(cache: Path) -> None:
    resolved = store.resolve("base")
    assert resolved.folder == cache / "whisper-base"
    assert resolved.main_sha256 == catalogue.PINNED[0].files[0].sha256
    assert store.resolve("whisper-base").source == "cache"
    assert [path.name for path in cache.iterdir()] == ["whisper-base"]


def test_a_flipped_byte_is_an_error_that_names_file_and_both_hashes(cache: Path) -> None:
    model = store.resolve("base").folder / "model.bin"
    good = store.file_sha256(model)
    data = bytearray(model.read_bytes())
    data[1_000_000] ^= 1
    model.write_bytes(data)
    with pytest.raises(ModelError) as caught:
        store.resolve("base")
    for part in (str(model), good, store.file_sha256(model)):
        assert part in str(caught.value)


def _packages(folder: Path, pieces: list[bytes]) -> tuple[tuple[str, str], ...]:
    """Installed packages, one for each piece, as an index would bring them."""
    for number, piece in enumerate(pieces):
        (folder / f"piece_{number}-1.dist-info").mkdir(parents=True)
        (folder / f"piece_{number}-1.dist-info" / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: piece-{number}\nVersion: 1\n", encoding="utf-8"
        )
        (folder / f"model.zip.{number}").write_bytes(piece)
    return tuple((f"piece-{n}", f"model.zip.{n}") for n in range(len(pieces)))


def test_files_are_taken_out_of_a_zip_in_pieces(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("model/1_Pooling/config.json", "of a part")
        archive.writestr("model/config.json", "of the model")
    data = stream.getvalue()
    pieces = _packages(tmp_path / "site", [data[:50], data[50:120], data[120:]])
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    right = hashlib.sha256(b"of the model").hexdigest()
    weights = catalogue.Weights(
        name="zipped", purpose="", licence="", origin="", megabytes=1, extra="train",
        packages=("piece-0",), archive=pieces, files=(catalogue.WeightFile("config.json", right),),
    )  # fmt: skip
    monkeypatch.setattr(catalogue, "PINNED", (weights,))
    found = store.locate(weights)
    assert found is not None and found[0] == "package"
    resolved = store.resolve("zipped")
    assert (resolved.folder / "config.json").read_text() == "of the model"
    assert [path.name for path in resolved.folder.iterdir()] == ["config.json"]
    assert store.resolve("zipped").source == "cache"

    (tmp_path / "site" / "model.zip.1").unlink()
    shutil.rmtree(cache)
    with pytest.raises(ModelError, match=r"pip install 'earwitness\[train\]'"):
        store.resolve("zipped")


def _resolve(_: int) -> str:
    return store.resolve("base").main_sha256


def test_two_processes_at_once_find_one_whole_copy(cache: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert set(pool.map(_resolve, range(4))) == {catalogue.PINNED[0].files[0].sha256}
    assert [path.name for path in cache.iterdir()] == ["whisper-base"]


def test_a_path_wins_and_an_unknown_name_lists_the_known_ones(cache: Path, tmp_path: Path) -> None:
    own = tmp_path / "mine"
    own.mkdir()
    (own / "model.bin").write_bytes(b"weights")
    assert store.resolve(str(own)).source == "path"
    with pytest.raises(ModelError, match="whisper-base"):
        store.resolve("colossal")


def test_a_model_that_is_nowhere_says_how_to_get_it(cache: Path) -> None:
    with pytest.raises(ModelError, match="earwitness models pull whisper-small"):
        store.resolve("small")
