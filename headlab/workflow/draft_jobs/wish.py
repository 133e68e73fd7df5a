"""Planning a batch from the catalogue alone: its evidence cards, without the model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from headlab.catalogue import Catalogue, UnknownEntry
from headlab.catalogue.jobs import JobLedger
from headlab.drafting import Endpoint
from headlab.records.batch import MAX_HEADS, BatchPlan, BatchWish
from headlab.records.card import EvidenceCard
from headlab.records.draft import Drafter
from headlab.records.entry import Entry, EntrySummary
from headlab.records.errors import HeadLabError, SettingsError
from headlab.records.head import Head
from headlab.records.page import filter_words
from headlab.settings import api_key
from headlab.workflow.card_measures import stored_values
from headlab.workflow.draft_jobs.highest import (
    check_choice,
    highest_first,
    ranking_key,
    top_words,
)
from headlab.workflow.draft_jobs.plan import Plan, plan_batch
from headlab.workflow.drafts import choose_endpoint

PAGE = 500
MAX_RANKED = 20_000
"""Entries whose evidence is read to find the highest of them."""

NO_ENDPOINT = (
    "No language model is set that could be asked. Name one in the settings (llm_model, and "
    "llm_base_url where it is not OpenAI's)."
)
NO_CAP = (
    "A cap needs prices, for without them no cost can be reserved. Set the prices of this model, or "
    "leave the cap out."
)
_NOTHING = "No head is left to draft of those chosen."
DESCRIBED = "drafted or decided on already"
_NO_EVIDENCE = "without evidence in the catalogue"
_OTHER_MODEL = "of another model"
_GONE = "no longer in the catalogue"
_LOWER = "not among the {} highest"
NO_VALUE = "without a value of the measure in their evidence"
_NOT_MEASURED = "No evidence of the chosen heads has a value of {}: choose another measure."
_TOO_MANY = f"more than the {MAX_HEADS} heads that a batch takes"


@dataclass(frozen=True)
class PlannedWish:
    """A wish as a page sees it, and the plan behind it; None where nothing can be planned."""

    shown: BatchPlan
    plan: Plan | None


def plan_wish(catalogue: Catalogue, wish: BatchWish) -> PlannedWish:
    """Which of the wished entries a batch would draft, by the settings' endpoint, at which cost.

    Nothing is sent or stored. What speaks against a start is said in the plan's `problem`. Raises
    HeadLabError for a choice that contradicts itself or ranks by no measure, CatalogueError for a
    filter that is not valid, PromptError for an unusable prompt of one's own.
    """
    check_choice(bool(wish.entry_ids), wish.top, wish.measure)
    cards, left_out, problem = _chosen(catalogue, wish)
    endpoint, missing = _endpoint()
    plan = None
    if cards and endpoint is not None:
        plan = plan_batch(cards, endpoint, JobLedger.of(catalogue), _words(wish))
    problem = problem or missing
    if not problem and endpoint is not None and wish.cap is not None and not _priced(endpoint):
        problem = NO_CAP
    return PlannedWish(shown_plan(cards, left_out, endpoint, plan, problem), plan)


def shown_plan(
    cards: list[EvidenceCard],
    left_out: Counter[str],
    endpoint: Endpoint | None,
    plan: Plan | None,
    problem: str,
) -> BatchPlan:
    """A plan as a page sees it; `left_out` counts heads by why they are not in it."""
    facts = cards[0].model if cards else None
    estimate = None if plan is None else plan.estimate
    return BatchPlan(
        model_name="" if facts is None else facts.name,
        model_fingerprint="" if facts is None else facts.fingerprint,
        heads=tuple(card.head for card in cards),
        known=() if plan is None else tuple(sorted(plan.known)),
        left_out=dict(left_out),
        drafter="" if endpoint is None else Drafter(kind="llm", name=endpoint.model).label,
        host="" if endpoint is None else endpoint.host,
        is_local=endpoint is not None and endpoint.is_local,
        prompt_version="" if plan is None else plan.prompts[0][1].version,
        low_tokens=0 if estimate is None else estimate.low_tokens,
        high_tokens=0 if estimate is None else estimate.high_tokens,
        low=None if estimate is None else estimate.low,
        high=None if estimate is None else estimate.high,
        ceiling=None if estimate is None else estimate.ceiling,
        text="" if plan is None else plan.text,
        problem=problem,
    )


def _chosen(catalogue: Catalogue, wish: BatchWish) -> tuple[list[EvidenceCard], Counter[str], str]:
    """Cards of one model, the others counted by why they are left out, and what is wrong."""
    left_out: Counter[str] = Counter()
    entries = _named(catalogue, wish, left_out)
    if not wish.entry_ids:
        rows = _found(catalogue, wish, left_out)
        if wish.top is not None and wish.measure is not None:
            rows, problem = _highest(catalogue, list(rows), wish.top, wish.measure, left_out)
            if problem:
                return [], +left_out, problem
        entries = (catalogue.get(row.id) for row in rows)
    cards: dict[str, dict[Head, EvidenceCard]] = {}
    for entry in entries:
        if wish.undescribed and entry.state != "undescribed":
            left_out[DESCRIBED] += 1
        elif entry.card is None:
            left_out[_NO_EVIDENCE] += 1
        else:
            cards.setdefault(entry.model_fingerprint, {})[entry.head] = entry.card
    if not cards:
        return [], +left_out, _NOTHING
    if len(cards) > 1:
        models = [next(iter(of.values())).model for of in cards.values()]
        return [], +left_out, _several({model.fingerprint: model.name for model in models})
    (found,) = cards.values()
    return list(found.values()), +left_out, ""


def _named(catalogue: Catalogue, wish: BatchWish, left_out: Counter[str]) -> Iterator[Entry]:
    """The entries that were chosen one by one."""
    model = wish.filters.get("model")
    for entry_id in dict.fromkeys(wish.entry_ids):
        try:
            entry = catalogue.get(entry_id)
        except UnknownEntry:
            left_out[_GONE] += 1
            continue
        if model and model != entry.model_name and not entry.model_fingerprint.startswith(model):
            left_out[_OTHER_MODEL] += 1
        else:
            yield entry


def _found(catalogue: Catalogue, wish: BatchWish, left_out: Counter[str]) -> Iterable[EntrySummary]:
    """What text and filters find; what is described is left out without a look at its evidence."""
    total = catalogue.count(text=wish.text, **wish.filters)
    most = MAX_HEADS if wish.top is None else MAX_RANKED
    if total > most and wish.top is not None:
        raise HeadLabError(
            f"The filters find {total} entries, and the highest of at most {MAX_RANKED} are looked "
            "for: filter by a model, or by layers."
        )
    if total > most:
        left_out[_TOO_MANY] += total - most
    for offset in range(0, min(total, most), PAGE):
        limit = min(PAGE, most - offset)
        for row in catalogue.search(wish.text, limit=limit, offset=offset, **wish.filters):
            if wish.undescribed and row.state != "undescribed":
                left_out[DESCRIBED] += 1
            else:
                yield row


def _highest(
    catalogue: Catalogue,
    rows: Sequence[EntrySummary],
    top: int,
    measure: str,
    left_out: Counter[str],
) -> tuple[list[EntrySummary], str]:
    """The highest of entries of one model, and what is wrong."""
    key = ranking_key(measure)
    values = stored_values(catalogue, [row.id for row in rows], key)
    known = {row.id: row for row in rows if row.id in values}
    left_out[_NO_EVIDENCE] += len(rows) - len(known)
    models = {row.model_fingerprint: row.model_name for row in known.values()}
    if len(models) > 1:
        return [], _several(models)
    ranked = highest_first({entry_id: values[entry_id] for entry_id in known})
    left_out[NO_VALUE] += len(known) - len(ranked)
    left_out[_LOWER.format(top)] += max(0, len(ranked) - top)
    problem = "" if ranked else _NOT_MEASURED.format(repr(measure)) if known else _NOTHING
    return [known[entry_id] for entry_id in ranked[:top]], problem


def _several(models: Mapping[str, str]) -> str:
    """That a batch takes one model; `models` are names by fingerprint."""
    named = sorted(f"{name} ({fingerprint[:12]})" for fingerprint, name in models.items())[:10]
    return (
        f"The chosen entries are of {len(models)} models, and a batch takes one: filter by one of "
        f"{', '.join(named)}."
    )


def _endpoint() -> tuple[Endpoint | None, str]:
    """The settings' endpoint, and why it cannot be asked."""
    try:
        endpoint = choose_endpoint(None)
        if endpoint is None:
            return None, NO_ENDPOINT
        if api_key(endpoint.base_url) is None and not endpoint.is_local:
            return endpoint, (
                f"There is no key for {endpoint.host}. Set HEADLAB_API_KEY where the server starts, or "
                "run `headlab config set-key`."
            )
    except SettingsError as error:
        return None, str(error)
    return endpoint, ""


def _priced(endpoint: Endpoint) -> bool:
    return endpoint.prices.input is not None and endpoint.prices.output is not None


def _words(wish: BatchWish) -> str:
    """The wish in words, as the batch keeps it."""
    parts = [f"{len(wish.entry_ids)} chosen"] if wish.entry_ids else []
    parts += filter_words(wish.text, wish.filters)
    if wish.undescribed:
        parts.append("undescribed")
    if wish.top is not None and wish.measure is not None:
        parts.insert(0, top_words(wish.top, wish.measure))
    return "; ".join(parts)[:1000] or "all heads"
