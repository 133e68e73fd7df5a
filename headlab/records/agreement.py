"""How far reviewers agree, and how often they find a description right."""

from __future__ import annotations

from typing import Literal

from headlab.records.base import Record
from headlab.records.description_test import Interval
from headlab.records.table import Table

Scale = Literal["nominal", "ordinal"]
Grouping = Literal["all", "model", "layer", "drafter"]

KAPPA, ALPHA = "Cohen's kappa", "Krippendorff's alpha"
DECISION, RATING = "decision", "rating"


class Coefficient(Record):
    """A coefficient of agreement: 1 is full agreement, 0 what chance gives.

    `about` is what was judged, `n_units` the drafts with at least two of the judgements, `n_values`
    those judgements, `observed` the share of pairs of judgements of one draft that are equal. The
    interval is a percentile bootstrap over entries. None: not defined, because fewer than two
    judgements can be compared, or all are the same.
    """

    name: str
    about: str
    scale: Scale
    reviewers: tuple[str, ...]
    n_units: int
    n_values: int
    observed: float | None
    value: float | None
    interval: Interval | None


class ShareCorrect(Record):
    """How many drafts of a group were judged correct, with a Wilson interval of level .95.

    `n_judged` leaves out the `n_unclear` on which no judgement was possible. `layer` and `drafter`
    are None where the group is over all of them, `model` and `fingerprint` likewise.
    """

    by: Grouping
    model: str | None
    fingerprint: str | None
    layer: int | None
    drafter: str | None
    n_judged: int
    n_correct: int
    n_unclear: int
    share: float | None
    interval: Interval | None


class Agreement(Record):
    """Agreement of reviewers over `n_votes` votes on `n_entries` entries, and what they judged.

    `with_open`: whether votes that nobody has decided on yet are counted.
    """

    n_entries: int
    n_votes: int
    with_open: bool
    seed: int
    coefficients: tuple[Coefficient, ...]
    shares: tuple[ShareCorrect, ...]

    def table(self) -> Table:
        """Every figure as a row; `low` and `high` bound `value` at the level .95."""
        rows: list[dict[str, object]] = [
            {
                "measure": f"{one.name} ({one.scale})",
                "about": one.about,
                "reviewers": ", ".join(one.reviewers),
                "n": one.n_units,
                "observed": one.observed,
                "value": one.value,
                **_bounds(one.interval),
            }
            for one in self.coefficients
        ]
        rows += [
            {
                "measure": "share judged correct",
                "about": f"by {one.by}",
                "model": one.model,
                "fingerprint": one.fingerprint,
                "layer": one.layer,
                "drafter": one.drafter,
                "n": one.n_judged,
                "n_correct": one.n_correct,
                "n_unclear": one.n_unclear,
                "value": one.share,
                **_bounds(one.interval),
            }
            for one in self.shares
        ]
        return Table.of("review_agreement", rows, _COLUMNS, notes=(*_NOTES, self._counted()))

    def _counted(self) -> str:
        which = "with" if self.with_open else "without"
        return (
            f"{self.n_votes} votes on {self.n_entries} entries, {which} those that nobody has decided "
            f"on yet; bootstrap seed {self.seed}."
        )


def _bounds(interval: Interval | None) -> dict[str, float | None]:
    if interval is None:
        return {"low": None, "high": None}
    return {"low": interval.low, "high": interval.high}


_COLUMNS = (
    "measure",
    "about",
    "reviewers",
    "model",
    "fingerprint",
    "layer",
    "drafter",
    "n",
    "n_correct",
    "n_unclear",
    "observed",
    "value",
    "low",
    "high",
)

_NOTES = (
    "Coefficients: n drafts with two judgements or more; low, high: bootstrap over entries. "
    "Cohen's kappa for each pair of reviewers, Krippendorff's alpha over all of them.",
    "Share judged correct: drafts that were accepted, of those accepted, edited or rejected: by the "
    "last decision in force, else by the majority of the votes (a tie is not correct); low, high: "
    "Wilson.",
)
