"""The filters of lists, searches and exports, and searches that have a name."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, get_args

from headlab.cli import show
from headlab.cli.options import Commands, json_option, open_catalogue
from headlab.records.categories import NAMED_HEADS, STAGES
from headlab.records.entry import State
from headlab.records.page import IN_REVIEW, FilterFields, filter_words

if TYPE_CHECKING:
    from headlab.catalogue import Catalogue
    from headlab.records.model import ModelFacts

STATES: tuple[str, ...] = (*get_args(State), IN_REVIEW)


def add_options(parser: Any, *, of_models: bool = True) -> None:
    """A filter an option; `chosen_search` reads them. Not `of_models`: where one model is given."""
    if of_models:
        parser.add_argument("--model", help="model name, or the start of its fingerprint")
    parser.add_argument(
        "--state", choices=STATES, help="in_review: being voted on, or with votes not decided on"
    )
    parser.add_argument("--layer", type=int)
    parser.add_argument("--layer-from", type=int, help="this layer and later ones")
    parser.add_argument("--layer-to", type=int, help="this layer and earlier ones")
    parser.add_argument("--category")
    parser.add_argument("--stage", choices=tuple(STAGES))
    parser.add_argument(
        "--head-name", help=f"one of {', '.join(list(NAMED_HEADS)[:4])}, ... or your own"
    )
    parser.add_argument("--tag")
    parser.add_argument("--reviewer", help="who reviewed it")
    parser.add_argument("--operation", help="with a relation score in the evidence")
    parser.add_argument("--score-from", type=float, help="relation score of it, or of any")
    parser.add_argument("--score-to", type=float)
    parser.add_argument(
        "--failed-test",
        dest="has_failed_test",
        action=argparse.BooleanOptionalAction,
        help="a test of the description failed, or none did",
    )
    parser.add_argument("--saved", metavar="NAME", help="start from your saved search")


def add_commands(actions: Commands) -> None:
    listing = actions.add_parser("filters", help="saved searches; 'list --save NAME' makes one")
    listing.add_argument("--forget", metavar="NAME", help="remove one of yours")
    json_option(listing)
    listing.set_defaults(run=run_filters)


def chosen_search(
    store: Catalogue, chosen: argparse.Namespace, text: str, facts: ModelFacts | None = None
) -> tuple[str, FilterFields]:
    """Words and filters of the options, over those of a saved search.

    With `facts` all is about that model, which no option names. Raises CatalogueError for a saved
    search that there is none of, or that is about another model.
    """
    from headlab.catalogue.signature import signature
    from headlab.records.errors import CatalogueError

    of_model = facts is None
    given = {
        name: getattr(chosen, name)
        for name in FilterFields.__annotations__
        if of_model or name != "model"
    }
    fields: FilterFields = {}
    if chosen.saved is not None:
        mine = {row.name: row for row in store.saved_filters(signature(None))}
        if chosen.saved not in mine:
            known = ", ".join(mine) or "none"
            raise CatalogueError(f"You have no saved search {chosen.saved!r}; you have: {known}.")
        text, fields = text or mine[chosen.saved].text, mine[chosen.saved].filters
    if facts is not None and (about := fields.get("model")) is not None:
        if about != facts.name and not (about and facts.fingerprint.startswith(about)):
            raise CatalogueError(
                f"The saved search {chosen.saved!r} is about the model {about!r}, not {facts.name}."
            )
        fields = {name: value for name, value in fields.items() if name != "model"}  # type: ignore[assignment]
    set_now: FilterFields = {  # type: ignore[assignment]
        name: value for name, value in given.items() if value is not None
    }
    return text, {**fields, **set_now}


def require_model(store: Catalogue, model: str | None) -> None:
    """Raise CatalogueError for a filter by a model of which the catalogue has nothing.

    For commands that found nothing: a mistyped name would else read as "all is done".
    """
    from headlab.records.errors import CatalogueError

    known = store.overview().models
    if model is None or any(
        one.name == model or (model and one.fingerprint.startswith(model)) for one in known
    ):
        return
    named = sorted(f"{one.name} ({one.fingerprint[:12]})" for one in known)
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    has = f"It has: {', '.join(named[:_NAMED])}{more}." if named else "It is empty."
    raise CatalogueError(f"The catalogue has no model {model!r}. {has}")


_NAMED = 20


def run_filters(chosen: argparse.Namespace) -> None:
    with open_catalogue(chosen.catalogue, create=False) as store:
        if chosen.forget is not None:
            store.forget_filter(chosen.forget)
        found = store.saved_filters()
    if chosen.json:
        show.print_json(list(found))
        return
    if not found:
        show.note("There is no saved search; 'headlab catalogue list --save NAME' makes one.")
        return
    made = show.table("name", "by", "words", "filters")
    for row in found:
        told = ", ".join(filter_words("", row.filters))
        made.add_row(*map(show.plain, (row.name, row.author, row.text, told)))
    show.out().print(made)
