"""`headlab catalogue overview`, `verify` and `backup`: the catalogue as a whole."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from headlab.cli import rounds, show
from headlab.cli.options import Commands, json_option, open_catalogue
from headlab.records.categories import STAGES

if TYPE_CHECKING:
    from rich.table import Table

    from headlab.records.catalogue_report import CatalogueReport
    from headlab.records.page import ModelCount

_RECOVER = (
    "'headlab catalogue recover FILE --out FILE.json' reads what is whole from the histories."
)
MAX_VALUES = 12
"""Values of each kind that the table shows, the most frequent; --json has all."""


def add_commands(actions: Commands) -> None:
    overview = actions.add_parser(
        "overview",
        help="what the catalogue holds, who worked on it, and how far reviewers agree",
        description="Entries by state, model, category, stage, head name, tag, reviewer and drafter; "
        "the share of drafts judged correct by model, layer and drafter, and the agreement of "
        "reviewers, where there are votes. Votes that nobody has decided on yet are not counted.",
    )
    json_option(overview)
    overview.set_defaults(run=run_overview)

    verify = actions.add_parser("verify", help="recompute every history and compare")
    verify.set_defaults(run=run_verify)

    backup = actions.add_parser(
        "backup", help="write a consistent copy, also while in use, and check it"
    )
    backup.add_argument(
        "file",
        metavar="FILE",
        nargs="?",
        type=Path,
        help="a new file; without it, one beside the catalogue that is named by the time",
    )
    backup.set_defaults(run=run_backup)


def run_overview(chosen: argparse.Namespace) -> None:
    from headlab.workflow.catalogue_report import catalogue_report

    with open_catalogue(chosen.catalogue, create=False) as store:
        found = catalogue_report(store)
    if chosen.json:
        show.print_json(found)
        return
    whole = found.overview
    show.note(f"{_counted(whole.total)} in {whole.place}")
    if not whole.total:
        return
    console = show.out()
    console.print(_table(found))
    if found.agreement.shares:
        coefficients, *rest = rounds.agreement_tables(found.agreement)
        for made in (coefficients, *rest) if found.agreement.n_votes else rest:
            console.print(made)
    else:
        show.note("Nobody has judged a draft yet: there is no share judged correct, no agreement.")


def _table(found: CatalogueReport) -> Table:
    """Every kind of value with its most frequent ones, each with its number of entries."""
    made = show.table("what", "value", "entries", title="Entries by", right=("entries",))
    for kind, values in _kinds(found):
        for place, (value, entries) in enumerate(values[:MAX_VALUES]):
            made.add_row("" if place else kind, show.plain(value), f"{entries:,}")
        if (more := len(values) - MAX_VALUES) > 0:
            made.add_row("", show.plain(f"and {more:,} more", style="dim"), "")
    return made


def _kinds(found: CatalogueReport) -> Iterator[tuple[str, list[tuple[str, int]]]]:
    overview, facets = found.overview, found.facets
    states = [(state, entries) for state, entries in overview.states.items() if entries]
    if overview.in_review:
        states.append(("in review, counted above too", overview.in_review))
    yield "state", states
    yield "model", list(_models(overview.models))
    yield "category", list(facets.categories.items())
    titles = {str(stage): title for stage, title in STAGES.items()}
    stages = facets.stages.items()
    yield "stage", [(f"{one} {titles.get(one, '')}".strip(), entries) for one, entries in stages]
    yield "head name", list(facets.head_names.items())
    yield "tag", list(facets.tags.items())
    yield "reviewer", list(facets.reviewers.items())
    yield "drafter", list(found.drafters.items())


def _models(models: Iterable[ModelCount]) -> Iterator[tuple[str, int]]:
    for one in sorted(models, key=lambda one: -one.entries):
        yield f"{one.name} ({one.fingerprint[:12]})", one.entries


def _counted(entries: int) -> str:
    return "1 entry" if entries == 1 else f"{entries:,} entries"


def run_verify(chosen: argparse.Namespace) -> int | None:
    with open_catalogue(chosen.catalogue, create=False) as store:
        problems = store.verify()
        checked = store.count()
    for problem in problems:
        show.note(problem)
    if problems:
        many = "1 problem" if len(problems) == 1 else f"{len(problems):,} problems"
        show.note(
            f"{_counted(checked)} checked, {many} found; nothing was changed. Keep a copy of the "
            f"catalogue. {_RECOVER}"
        )
        return 1
    show.note(f"{_counted(checked)}: every history is whole and gives the state that is stored.")
    return None


def run_backup(chosen: argparse.Namespace) -> int | None:
    """Exit status 1 where the copy has problems: it is kept, but replaces no good one."""
    from headlab.catalogue.upkeep import back_up_beside, check_copy

    with open_catalogue(chosen.catalogue, create=False) as store:
        written = back_up_beside(store) if chosen.file is None else store.backup(chosen.file)
    show.note(f"Wrote {written if chosen.file is None else chosen.file}")
    problems = check_copy(written)
    for problem in problems:
        show.note(problem)
    if problems:
        show.note(
            "The catalogue is damaged, and so is this copy, which is kept. Keep older backups too. "
            f"{_RECOVER}"
        )
        return 1
    return None
