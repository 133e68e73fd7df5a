"""`headlab draft` and `headlab review`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from headlab.cli import cards, jobs, show
from headlab.cli.editor import edited
from headlab.cli.options import (
    Commands,
    bench,
    json_option,
    load,
    model_options,
    open_catalogue,
    positive,
)
from headlab.records.errors import CatalogueError, HeadLabError

if TYPE_CHECKING:
    from headlab.catalogue import Catalogue
    from headlab.drafting import Endpoint
    from headlab.records.card import EvidenceCard
    from headlab.records.draft import Draft, DraftFailure
    from headlab.records.entry import Decision, Entry
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
    jobs.batch_options(draft)
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

    review = commands.add_parser(
        "review",
        help="accept, edit, reject a drafted description, or call it unclear",
        description="Decide on the newest draft of a head in the catalogue. MODEL is the name or "
        "the start of the fingerprint; the model is not loaded. Labels and a note are kept with or "
        "without a decision. With nothing to keep: show the entry.",
    )
    decision = decision_options(review)
    decision.add_argument("--undo", action="store_true", help="take the last step back")
    label_options(review)
    review.add_argument("--draft", type=int, metavar="N", help="its number (default: the newest)")
    review.add_argument("--head-name", action="append", metavar="NAME", help="repeatable")
    review.add_argument("--tag", action="append", metavar="TAG", help="repeatable")
    review.add_argument("--note", help="a note kept with the entry")
    now_option(review)
    json_option(review)
    review.set_defaults(run=run_review)


def decision_options(parser: argparse.ArgumentParser) -> Any:
    """The head, a judgement of it with reason and rating; the group of judgements is returned."""
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument("head", metavar="HEAD")
    decision = parser.add_mutually_exclusive_group()
    decision.add_argument("--accept", action="store_const", dest="decision", const="accepted")
    decision.add_argument(
        "--edit",
        metavar="TEXT",
        nargs="?",
        const="",
        help="your own wording; without TEXT your editor ($VISUAL, $EDITOR) opens",
    )
    decision.add_argument("--reject", action="store_const", dest="decision", const="rejected")
    decision.add_argument("--unclear", action="store_const", dest="decision", const="unclear")
    parser.add_argument("--reason", default="", help="why")
    parser.add_argument("--rating", type=int, choices=range(1, 6), help="plausibility, 1 to 5")
    return decision


def now_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--now",
        action="store_true",
        help="also before all assigned reviewers have voted, which the history says",
    )


def label_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--category", action="append", metavar="NAME", help="repeatable")
    parser.add_argument("--stage", action="append", choices=("KR", "ICI", "LR", "EP"))


def run_draft(chosen: argparse.Namespace) -> int | None:
    from headlab.records.draft import Draft
    from headlab.workflow.drafts import choose_endpoint, draft, draft_by_person
    from headlab.workflow.kept_drafts import keep_draft
    from headlab.workflow.progress import bars

    if not chosen.batch:
        jobs.refuse_batch_options(chosen)
    own = chosen.text is not None
    if own and (chosen.batch or chosen.llm or len(chosen.heads) != 1 or chosen.best is not None):
        raise HeadLabError(
            "--text is your own draft of one head: name it, without --llm or --batch."
        )
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


def run_review(chosen: argparse.Namespace) -> None:
    decision = chosen_decision(chosen)
    if decision is None:
        _refuse_undecided(chosen)
    with open_catalogue() as store:
        entry = find_entry(store, chosen.model, chosen.head)
        if chosen.undo:
            entry = store.undo(entry.id)
        elif decision is not None:
            entry = _decide(store, entry, chosen, decision)
        entry = _annotate(store, entry, chosen, decided=decision is not None)
        if chosen.json:
            show.print_json(entry)
        else:
            show.out().print(cards.entry_panel(entry))


def chosen_decision(chosen: argparse.Namespace) -> Decision | None:
    """The judgement that the options give."""
    found: Decision | None = "edited" if chosen.edit is not None else chosen.decision
    return found


def _refuse_undecided(chosen: argparse.Namespace) -> None:
    """What belongs to a decision alone is not dropped in silence where there is none."""
    given = {
        "--reason": bool(chosen.reason),
        "--rating": chosen.rating is not None,
        "--draft": chosen.draft is not None,
        "--now": chosen.now,
    }
    unused = [name for name, is_given in given.items() if is_given]
    if unused:
        raise HeadLabError(
            f"{' and '.join(unused)} without a decision: add --accept, --edit, --reject or --unclear. "
            "Nothing was saved."
        )


def _decide(
    store: Catalogue, entry: Entry, chosen: argparse.Namespace, decision: Decision
) -> Entry:
    text = ""
    if decision == "edited":
        text = chosen.edit or edited_text(entry.head, text_to_edit(entry, chosen.draft))
    return store.review(
        entry.id,
        decision,
        description=text,
        reason=chosen.reason,
        rating=chosen.rating,
        draft_id=chosen.draft,
        categories=chosen.category,
        stages=chosen.stage,
        now=chosen.now,
        if_revision=entry.revision,
    )


def _annotate(
    store: Catalogue, entry: Entry, chosen: argparse.Namespace, *, decided: bool
) -> Entry:
    """Keep what the options name and a decision did not keep already."""
    given = {"note": chosen.note, "tags": chosen.tag, "head_names": chosen.head_name}
    if not decided:
        given |= {"categories": chosen.category, "stages": chosen.stage}
    if all(value is None for value in given.values()):
        return entry
    return store.annotate(entry.id, **given)


def text_to_edit(entry: Entry, draft_id: int | None = None) -> str:
    """The named draft's text; else the description in force, else the newest draft's."""
    if draft_id is not None:
        return next((one.draft.description for one in entry.drafts if one.id == draft_id), "")
    newest = entry.drafts[-1].draft.description if entry.drafts else ""
    return entry.description or newest


def edited_text(head: Head, start: str) -> str:
    """A description as the person leaves it in their editor."""
    text = edited(start + "\n", f"{head}.txt", "Give the text after --edit").strip()
    if not text:
        raise HeadLabError("The text is empty; nothing was saved.")
    return text


def find_entry(store: Catalogue, model: str, head: str) -> Entry:
    """The entry of a head, by model name or the start of its fingerprint."""
    from headlab.records.head import Head

    wanted = Head.parse(head)
    found = {
        row.model_fingerprint: row.id
        for row in store.list(model=model, layer=wanted.layer, limit=1000)
        if row.head == wanted
    }
    if not found:
        raise CatalogueError(
            f"The catalogue has no entry for {wanted} of {model!r}. Draft it first: "
            f"headlab draft {model} {wanted}"
        )
    if len(found) > 1:
        choices = ", ".join(fingerprint[:12] for fingerprint in found)
        raise CatalogueError(
            f"Several models are called {model!r}. Give the start of a fingerprint: {choices}."
        )
    return store.get(next(iter(found.values())))
