"""The example notebooks run from top to bottom in a real kernel."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

EXAMPLES = Path(__file__).parents[2] / "examples"
SAYS = {"path_of_a_head": "accepted", "workbench": "HeadLab workbench"}


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.ipynb")), ids=lambda file: file.stem)
def test_a_notebook_runs(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = nbformat.read(file, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells), "saved with outputs"
    kernels = tmp_path / "data" / "kernels" / "python3"
    kernels.mkdir(parents=True)
    argv = f'["{sys.executable}", "-m", "ipykernel_launcher", "-f", "{{connection_file}}"]'
    (kernels / "kernel.json").write_text(
        f'{{"argv": {argv}, "display_name": "Python 3", "language": "python"}}'
    )
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}})
    done = client.execute(env=dict(os.environ))
    text = str([cell.get("outputs") for cell in done.cells])
    assert SAYS[file.stem] in text
    kept = (tmp_path / "data" / "headlab" / "catalogue.db").is_file()
    assert kept == (file.stem == "path_of_a_head")
