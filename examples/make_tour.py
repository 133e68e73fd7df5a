"""Draw the README's tour of JupyterLab: walk the path in a browser and keep its screenshots.

    python examples/make_tour.py

The walk is a test (tests/browser/test_walk.py), so the pictures show what it asserts.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
WALK = "tests/browser/test_walk.py::test_by_mouse"
KEPT = {
    "3-map": "lab-map",
    "5-draft": "lab-draft",
    "7-catalogue": "lab-catalogue",
    "4-card-dark": "lab-dark",
}

with tempfile.TemporaryDirectory() as folder:
    env = {**os.environ, "HEADLAB_PICTURES": folder, "HEADLAB_REQUIRE_BROWSER": "1"}
    subprocess.run([sys.executable, "-m", "pytest", "-q", WALK], cwd=ROOT, env=env, check=True)
    for name, kept in KEPT.items():
        target = ROOT / "examples" / "pictures" / f"{kept}.png"
        shutil.copyfile(Path(folder) / f"test_by_mouse-{name}.png", target)
        print(target.relative_to(ROOT))
