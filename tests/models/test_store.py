"""Weights: found in order, joined whole, and refused when a byte differs."""

from __future__ import annotations

import multiprocessing
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
