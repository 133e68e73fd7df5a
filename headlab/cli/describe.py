"""`headlab draft`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from headlab.cli import batch_options, cards, jobs, show
from headlab.cli.options import (
    Commands,
    bench,
    json_option,
    load,
    model_options,
    open_catalogue,
    positive,
)
from headlab.records.errors import HeadLabError

if TYPE_CHECKING:
    from headlab.drafting import Endpoint
    from headlab.records.card import EvidenceCard
    from headlab.records.draft import Draft, DraftFailure
    from headlab.records.head import Head
    from headlab.workflow.bench import Bench


def add_commands(commands: Commands) -> None:
    draft = commands.add_parser(
        "draft",
        help="draft descriptions of heads and save them to the catalogue",
        description="Gather evidence for heads, draft a description of each, and save evidence and "
        "draft. An LLM is asked when one is named here or in the settings; otherwise the rule-based "
        "drafter writes a plain summary. The key comes from HEADLAB_API_KEY or the keyring. "
        "--batch keeps every call in the catalogue's ledger: under a cap, several at once, resumed "
        "after anything ('headlab jobs'), and nothing is paid twice.",
    )
    model_options(draft)
    draft.add_argument("heads", metavar="HEAD", nargs="*", help="heads, like L5H3")
    draft.add_argument(
        "--best",
        type=positive,
        metavar="N",
        help="the N heads with the highest score over its shuffled control on any operation",
    )
    draft.add_argument(
        "--again",
        action="store_true",
        help="ask an LLM anew where the ledger holds its answer to the same prompt",
    )
    batch_options.add_options(draft)
    draft.add_argument("--text", metavar="TEXT", help="your own description as a draft of one head")
    draft.add_argument("--llm", metavar="NAME", help="model name at the endpoint, or 'rules'")
    draft.add_argument("--base-url", metavar="URL", help="OpenAI-compatible endpoint, up to /v1")
    draft.add_argument(
        "--max-cost", type=float, metavar="X", help="refuse to start if it could cost more than X"
    )
    draft.add_argument(
        "--estimate",
        "--dry-run",
        dest="dry_run",
        action="store_true",
        help="print the estimate and stop",
    )
    draft.add_argument(
        "--attention",
        action="store_true",
        help="measure where the heads look, however long that takes (else where it is quick)",
    )
    draft.add_argument("--no-save", action="store_true", help="do not write to the catalogue")
    json_option(draft)
    draft.set_defaults(run=run_draft)


def run_draft(chosen: argparse.Namespace) -> int | None:
    from headlab.records.draft import Draft
    from headlab.workflow.drafts import choose_endpoint, draft, draft_by_person, own_words
    from headlab.workflow.kept_drafts import keep_draft
    from headlab.workflow.progress import bars

    if not chosen.batch:
        batch_options.refuse_options(chosen)
    own = chosen.text is not None
    if own and (chosen.batch or chosen.llm or len(chosen.heads) != 1 or chosen.best is not None):
        raise HeadLabError(
            "--text is your own draft of one head: name it, without --llm or --batch."
        )
    if own:
        own_words(chosen.text)  # before the model is loaded
    if chosen.again and chosen.batch:
        raise HeadLabError("--again asks for single drafts anew; a batch takes known answers.")
    endpoint = None if own else choose_endpoint(chosen.llm, chosen.base_url)
    model = load(chosen)
    with bars() as progress:
        work = bench(model, progress)
        heads = jobs.batch_heads(chosen, work) if chosen.batch else _heads(chosen, work)
        evidence = _evidence(work, heads, chosen.attention)
    if chosen.batch and endpoint is not None:
        return jobs.start(chosen, list(evidence.values()), endpoint)
    if endpoint is not None:
        _announce(endpoint, list(evidence.values()), chosen)
    if chosen.dry_run:
        if endpoint is None:
            made = "Your own draft costs" if own else f"{len(evidence)} rule-based drafts cost"
            show.note(f"{made} nothing.")
        return None
    results = []
    store = None if chosen.no_save else open_catalogue()
    try:
        for number, (head, card) in enumerate(evidence.items(), 1):
            show.note(f"Drafting {head} ({number} of {len(evidence)}) ...")
            result: Draft | DraftFailure
            if own:
                result = draft_by_person(card, chosen.text)
                if store is not None:
                    keep_draft(store, card, result)
            else:
                result = draft(card, endpoint or "rules", catalogue=store, again=chosen.again)
            results.append(result)
            if not chosen.json:
                show.out().print(cards.draft_panel(head, result))
    finally:
        if store is not None:
            if results:
                show.note(f"Saved to {store.place}")
            store.close()
        if endpoint is not None and results:
            _settle(endpoint, results)
    if chosen.json:
        show.print_json(results)
    return None if all(isinstance(result, Draft) for result in results) else 1


def _heads(chosen: argparse.Namespace, work: Bench) -> list[Head]:
    heads = [work.model.head(head) for head in chosen.heads]
    if chosen.best is not None:
        heads += work.best_heads(chosen.best)
    if not heads:
        raise HeadLabError("Name heads (like L5H3) or take the best ones with --best N.")
    return list(dict.fromkeys(heads))


def _evidence(work: Bench, heads: list[Head], attention: bool) -> dict[Head, EvidenceCard]:
    scores, ablations = work.scores(), work.ablations(heads)
    asked = attention or None  # None: where it is quick
    return {head: work.card(head, scores, ablations, attention=asked) for head in heads}


def _announce(endpoint: Endpoint, evidence: list[EvidenceCard], chosen: argparse.Namespace) -> None:
    """Say what the drafts would cost, without those whose answer the ledger holds; refuse more than
    the limit."""
    from headlab.catalogue.jobs import JobLedger
    from headlab.workflow.costs import total_estimate
    from headlab.workflow.draft_jobs.plan import plan_batch

    if chosen.no_save or chosen.again:
        whole = total_estimate(evidence, endpoint)
        drafts = "1 draft" if len(evidence) == 1 else f"{len(evidence)} drafts"
        show.note(f"{drafts} by {endpoint.model} at {endpoint.base_url}: {whole.text}")
    else:
        with open_catalogue() as store:
            plan = plan_batch(evidence, endpoint, JobLedger.of(store))
        whole = plan.estimate
        show.note(plan.text)
    max_cost = chosen.max_cost
    if max_cost is None:
        return
    if whole.ceiling is None:
        raise HeadLabError(
            f"--max-cost needs the prices of {endpoint.model}: set them with 'headlab config set "
            "price_table.MODEL INPUT,OUTPUT' (per million tokens)."
        )
    if whole.ceiling > max_cost:
        raise HeadLabError(
            f"These drafts could cost up to {whole.ceiling:.2g}, more than --max-cost {max_cost:g}. "
            "Draft fewer heads or raise the limit. Nothing was sent."
        )


def _settle(endpoint: Endpoint, results: list[Draft | DraftFailure]) -> None:
    from headlab.workflow.costs import total_cost

    show.note(f"Cost: {total_cost([result.usage for result in results], endpoint.prices).text}")
