"""Draw the README's tour of JupyterLab: walk the path in a browser and keep its screenshots.

    python examples/make_tour.py

The walks are tests, so the pictures show what these assert.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
WALKS = {
    "tests/browser/test_walk.py::test_by_mouse": {
        "3-map": "lab-map",
        "5-draft": "lab-draft",
        "7-catalogue": "lab-catalogue",
        "4-card-dark": "lab-dark",
    },
    "tests/browser/test_demo_views.py::test_views_of_the_demo": {
        "review": "lab-review",
        "batch": "lab-batch",
        "compare-dark": "lab-compare",
    },
}

with tempfile.TemporaryDirectory() as folder:
    env = {**os.environ, "HEADLAB_PICTURES": folder, "HEADLAB_REQUIRE_BROWSER": "1"}
    options = ["-q", "-m", "slow or not slow"]
    subprocess.run(
        [sys.executable, "-m", "pytest", *options, *WALKS], cwd=ROOT, env=env, check=True
    )
    for walk, pictures in WALKS.items():
        for name, kept in pictures.items():
            target = ROOT / "examples" / "pictures" / f"{kept}.png"
            shutil.copyfile(Path(folder) / f"{walk.split('::')[1]}-{name}.png", target)
            print(target.relative_to(ROOT))
