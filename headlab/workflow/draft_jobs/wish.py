"""Planning a batch from the catalogue alone: its evidence cards, without the model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from headlab.catalogue import Catalogue, UnknownEntry
from headlab.catalogue.jobs import JobLedger
from headlab.drafting import Endpoint
from headlab.records.batch import MAX_HEADS, BatchPlan, BatchWish
from headlab.records.card import EvidenceCard
from headlab.records.draft import Drafter
from headlab.records.entry import Entry
from headlab.records.errors import SettingsError
from headlab.records.head import Head
from headlab.settings import api_key
from headlab.workflow.draft_jobs.plan import Plan, plan_batch
from headlab.workflow.drafts import choose_endpoint

PAGE = 500

NO_ENDPOINT = (
    "No language model is set that could be asked. Name one in the settings (llm_model, and "
    "llm_base_url where it is not OpenAI's)."
)
NO_CAP = (
    "A cap needs prices, for without them no cost can be reserved. Set the prices of this model, or "
    "leave the cap out."
)
DESCRIBED = "drafted or decided on already"
_NO_EVIDENCE = "without evidence in the catalogue"
_OTHER_MODEL = "of another model"
_GONE = "no longer in the catalogue"
_TOO_MANY = f"more than the {MAX_HEADS} heads that a batch takes"


@dataclass(frozen=True)
class PlannedWish:
    """A wish as a page sees it, and the plan behind it; None where nothing can be planned."""

    shown: BatchPlan
    plan: Plan | None


def plan_wish(catalogue: Catalogue, wish: BatchWish) -> PlannedWish:
    """Which of the wished entries a batch would draft, by the settings' endpoint, at which cost.

    Nothing is sent or stored. What speaks against a start is said in the plan's `problem`. Raises
    CatalogueError for a filter that is not valid, PromptError for an unusable prompt of one's own.
    """
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
    cards: dict[str, dict[Head, EvidenceCard]] = {}
    for entry in _entries(catalogue, wish, left_out):
        if wish.undescribed and entry.state != "undescribed":
            left_out[DESCRIBED] += 1
        elif entry.card is None:
            left_out[_NO_EVIDENCE] += 1
        else:
            cards.setdefault(entry.model_fingerprint, {})[entry.head] = entry.card
    if len(cards) > 1:
        models = [next(iter(of.values())).model for of in cards.values()]
        named = sorted(f"{model.name} ({model.fingerprint[:12]})" for model in models)[:10]
        problem = (
            f"The chosen entries are of {len(cards)} models, and a batch takes one: filter by one of "
            f"{', '.join(named)}."
        )
        return [], left_out, problem
    if not cards:
        return [], left_out, "No head is left to draft of those chosen."
    (found,) = cards.values()
    return list(found.values()), left_out, ""


def _entries(catalogue: Catalogue, wish: BatchWish, left_out: Counter[str]) -> Iterator[Entry]:
    model = wish.filters.get("model")
    if wish.entry_ids:
        for entry_id in dict.fromkeys(wish.entry_ids):
            try:
                entry = catalogue.get(entry_id)
            except UnknownEntry:
                left_out[_GONE] += 1
                continue
            if (
                model
                and model != entry.model_name
                and not entry.model_fingerprint.startswith(model)
            ):
                left_out[_OTHER_MODEL] += 1
            else:
                yield entry
        return
    total = catalogue.count(text=wish.text, **wish.filters)
    if total > MAX_HEADS:
        left_out[_TOO_MANY] += total - MAX_HEADS
    for offset in range(0, min(total, MAX_HEADS), PAGE):
        limit = min(PAGE, MAX_HEADS - offset)
        for row in catalogue.search(wish.text, limit=limit, offset=offset, **wish.filters):
            yield catalogue.get(row.id)


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
    if wish.text.strip():
        parts.append(f"with the words {wish.text.strip()[:200]!r}")
    parts += [
        f"{name.replace('_', ' ')} {value}"
        for name, value in wish.filters.items()
        if value is not None
    ]
    if wish.undescribed:
        parts.append("undescribed")
    return "; ".join(parts)[:1000] or "all heads"
