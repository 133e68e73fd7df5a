"""The wheel carries everything: both extensions, switched on, without Node."""

from __future__ import annotations

import os
import re
import shutil
import site
import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILT = [
    ROOT / "headlab" / "labextension" / "package.json",
    ROOT / "headlab" / "panels" / "static" / "workbench.js",
]

COLOUR = re.compile("\x1b\\[[0-9;]*m")

Run = Callable[..., str]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, whose front end must be built."""
    missing = [str(file.relative_to(ROOT)) for file in BUILT if not file.is_file()]
    assert not missing, f"not built: {missing}; run make build"
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "--wheel-dir", str(folder), str(ROOT)], check=True)
    (found,) = folder.glob("headlab-*.whl")
    return found


@pytest.fixture(scope="module")
def run(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs a Python module in a new environment that holds the wheel and no Node.

    The dependencies are those of the environment the tests run in, put on the path from outside.
    """
    folder = tmp_path_factory.mktemp("alone")
    environment = folder / "env"
    venv.create(environment, with_pip=False, symlinks=True)
    python = environment / "bin" / "python"
    target = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    install = ["install", "--quiet", "--no-deps", "--prefix", str(environment), str(wheel)]
    subprocess.run(
        [sys.executable, "-m", "pip", *install, "--ignore-installed", "--no-warn-script-location"],
        check=True,
    )
    (Path(target) / "dependencies.pth").write_text("\n".join(site.getsitepackages()) + "\n")
    bare = folder / "bin"
    bare.mkdir()
    env = {"PATH": str(bare), "HOME": str(folder), "LANG": os.environ.get("LANG", "C.UTF-8")}
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        env[name] = str(folder / name.lower())

    def run_module(*arguments: str) -> str:
        done = subprocess.run(
            [python, *arguments], env=env, cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return COLOUR.sub("", done.stdout + done.stderr)

    assert shutil.which("node", path=env["PATH"]) is None
    return run_module


def test_headlab_comes_from_the_wheel(run: Run) -> None:
    where = run("-c", "import headlab; print(headlab.__file__)").strip()
    assert "alone" in where
    assert str(ROOT) not in where


def test_the_lab_extension_is_listed(run: Run) -> None:
    listed = run("-m", "jupyterlab.labextensions", "list")
    line = next(line for line in listed.splitlines() if " headlab v" in line)
    assert "enabled" in line
    assert "OK" in line


def test_the_server_extension_is_listed(run: Run) -> None:
    listed = run("-m", "jupyter_server.extension.serverextension", "list")
    assert "headlab.server enabled" in listed
    validated = next(
        line
        for line in listed.splitlines()
        if line.strip().startswith("headlab.server ") and "OK" in line
    )
    assert validated


def test_the_panel_opens(run: Run) -> None:
    code = (
        "import headlab; bench = headlab.Workbench(); print(bench.status['model'], len(bench._esm))"
    )
    said = run("-c", code).split()
    assert said[0] == "None"
    assert int(said[1]) > 50_000


def test_it_holds_what_it_needs_and_no_more(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for needed in (
        "headlab/models/demo/model.safetensors",
        "headlab/panels/static/workbench.js",
        "headlab/panels/static/headlab.css",
        "headlab/server/events/catalogue.yaml",
    ):
        assert needed in names, needed
    data = [name.split(".data/data/")[1] for name in names if ".data/data/" in name]
    assert "share/jupyter/labextensions/headlab/package.json" in data
    assert "share/jupyter/labextensions/headlab/install.json" in data
    assert "etc/jupyter/jupyter_server_config.d/headlab.json" in data
    assert not [
        name for name in names if name.endswith((".ts", ".tsx", ".map")) or "node_modules" in name
    ]
    assert wheel.stat().st_size < 12_000_000
