"""The wheel: built, installed alone into an empty folder, and used from another one."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.weights

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    # From a copy, so that nothing of an earlier build can slip in.
    source = folder / "source"
    files = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True, text=True,
    ).stdout.split("\0")  # fmt: skip
    for name in files:
        if name and (ROOT / name).is_file() and not name.startswith(("samples/", "tests/")):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation",
         "--wheel-dir", str(folder), str(source)],
        check=True,
    )  # fmt: skip
    return next(folder.glob("earwitness-*.whl"))


def test_every_package_and_data_file_is_in_it(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    listed = set(settings["tool"]["setuptools"]["packages"])
    for init in ROOT.rglob("__init__.py"):
        inside = init.relative_to(ROOT)
        if inside.parts[0] in {"commands", "models", "pipeline"}:
            assert ".".join(("earwitness", *inside.parent.parts)) in listed
            assert f"earwitness/{inside.as_posix()}" in names
    for needed in (
        "earwitness/py.typed",
        "earwitness/models/conduct/weights/model.safetensors",
        "earwitness/models/conduct/weights/conduct.json",
        "earwitness/models/conduct/CARD.md",
    ):
        assert needed in names
    for template in (ROOT / "pipeline" / "evidence" / "templates").iterdir():
        assert f"earwitness/pipeline/evidence/templates/{template.name}" in names
    assert not any(name.startswith(("earwitness/tests", "earwitness/samples")) for name in names)


def test_it_runs_from_another_folder_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "installed"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target),
         str(wheel)],
        check=True,
    )  # fmt: skip
    code = (
        f"import sys; sys.path.insert(0, {str(target)!r})\n"
        "import earwitness.pipeline.analyze as flow\n"
        "from earwitness.models.conduct.model import ConductModel, TurnInput\n"
        "print(flow.__file__)\n"
        "print(len(ConductModel.load().score([TurnInput('Are you deaf or just stupid?')])))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    where, scored = done.stdout.split()
    assert Path(where).is_relative_to(target)
    assert scored == "1"
