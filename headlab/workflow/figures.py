"""Figures of results, in one plain style, as files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from headlab.records.errors import ExportError

ENDINGS = (".png", ".svg", ".pdf")

STYLE = {
    "figure.dpi": 150,
    "figure.constrained_layout.use": True,
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": "cycler('color', ['#3b6ea5', '#c2571a', '#5b8c5a', '#8a5a9c', '#7a7a7a'])",
    "image.cmap": "viridis",
    "legend.frameon": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "headlab",
    "text.parse_math": False,  # a dollar sign in a token is a dollar sign
}


@contextmanager
def figure(path: str | Path, rows: int = 1, columns: int = 1, **options: Any) -> Iterator[Any]:
    """Axes to draw on; written to `path` when the context ends without an error.

    Yields one `Axes`, or an array of them `[rows, columns]`. No display is needed. Raises
    ExportError.
    """
    file = Path(path)
    if file.suffix not in ENDINGS:
        raise ExportError(
            f"{file.name!r}: a figure is written as {', '.join(ENDINGS)}; choose one."
        )
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context(STYLE):
        size = options.pop("size", (4.2 * columns, 3.0 * rows))
        drawn = Figure(figsize=size)
        FigureCanvasAgg(drawn)
        yield drawn.subplots(rows, columns, squeeze=rows == columns == 1, **options)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            drawn.savefig(file, metadata={"Date": None} if file.suffix == ".svg" else None)
        except OSError as error:
            raise ExportError(f"{file} cannot be written: {error.strerror or error}.") from None
