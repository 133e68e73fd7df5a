"""Drafting a description of a head: by an endpoint's LLM, or by rules."""

from __future__ import annotations

from collections.abc import Callable

from headlab.catalogue import Catalogue
from headlab.catalogue.signature import signature
from headlab.drafting import Endpoint, draft_by_rules, draft_with_prompt
from headlab.drafting.plain_text import as_typed
from headlab.drafting.prompt import build_prompt
from headlab.drafting.template_file import read_template
from headlab.records.card import EvidenceCard
from headlab.records.draft import Draft, Drafter, DraftFailure
from headlab.records.errors import HeadLabError, SettingsError
from headlab.settings import Settings, api_key, read_settings
from headlab.workflow.draft_jobs.single import draft_single
from headlab.workflow.kept_drafts import keep_draft

RULES = "rules"
MAX_WRITTEN = 2000


def choose_endpoint(
    llm: str | None, base_url: str | None = None, settings: Settings | None = None
) -> Endpoint | None:
    """The endpoint to draft with, or None for the rule-based drafter.

    `llm=None` takes the settings' model (None when no model is set), `"rules"` no endpoint, any other
    text that model at `base_url` or at the settings' base URL. A base URL that is given is one of any
    kind: the settings' preset does not apply to it.
    """
    known = read_settings() if settings is None else settings
    if llm == RULES:
        return None
    if base_url and not (llm or known.llm_model):
        raise SettingsError(f"A base URL was given ({base_url}) but no model name. Name one.")
    if base_url and base_url.rstrip("/") != known.base_url:
        elsewhere = {"llm_base_url": base_url, "llm_preset": None, "llm_api_version": None}
        known = known.model_copy(update=elsewhere)
    return Endpoint.from_settings(known, llm)


def choose_judge(llm: str | None, base_url: str | None = None) -> Endpoint | None:
    """The endpoint that judges descriptions: as `choose_endpoint`, but the settings' `judge_model`
    comes before their `llm_model`.
    """
    known = read_settings()
    return choose_endpoint(llm or known.judge_model, base_url, known)


def draft(
    card: EvidenceCard,
    llm: str | Endpoint | None = None,
    on_text: Callable[[str], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    *,
    catalogue: Catalogue | None = None,
    again: bool = False,
) -> Draft | DraftFailure:
    """Draft a description from an evidence card.

    `llm`: an `Endpoint`, a model name at the configured base URL, `"rules"`, or None for whatever the
    settings say (rules where no model is set). The key comes from the environment or the keyring.
    What an LLM answers is validated; whatever goes wrong is a `DraftFailure` with its reason. Raises
    PromptError when the user's own prompt (`headlab config prompt`) lacks what a prompt needs.

    `on_text` gets an LLM's description while it is written, and an exception from it ends the call;
    Cancelled is raised soon after `cancelled` turns true. The rules need neither.

    With a `catalogue`, evidence and draft are kept with the head's entry, an equal draft once, and an
    LLM is asked through the catalogue's ledger: what it cost is recorded whether it gave a draft or
    not, and an answer that is known is taken from there at no cost unless one is asked for `again`
    (see `draft_jobs.single`). Raises CatalogueError where it cannot be kept.
    """
    endpoint = llm if isinstance(llm, Endpoint) else choose_endpoint(llm)
    if endpoint is None:
        made = draft_by_rules(card)
        if catalogue is not None:
            keep_draft(catalogue, card, made)
        return made
    if catalogue is not None:
        return draft_single(
            card, endpoint, catalogue, again=again, on_text=on_text, cancelled=cancelled
        )
    found = api_key(endpoint.base_url)
    return draft_with_prompt(
        build_prompt(card, read_template()),
        endpoint,
        key=None if found is None else found.key,
        on_text=on_text,
        cancelled=cancelled,
    )


def draft_by_person(card: EvidenceCard, text: str, author: str | None = None) -> Draft:
    """A person's own description of the head as a draft beside those of other drafters.

    `author` None: who works here. It cites no rows, and decides nothing. The words are kept as they
    were typed, white space tidied; screens mark what hides in them. Raises HeadLabError for a text
    that is empty or longer than 2000 characters.

        draft = headlab.draft_by_person(card, "Moves the name that was said last.")
        entry = catalogue.add_draft(card, draft)
    """
    description = own_words(text)
    drafter = Drafter(kind="person", name=signature(author))
    return Draft(description=description, drafter=drafter, card_hash=card.content_hash())


def own_words(text: str) -> str:
    """A person's description as it is kept; raises HeadLabError for one of a wrong length."""
    description = as_typed(text)
    if not 0 < len(description) <= MAX_WRITTEN:
        raise HeadLabError(
            f"A description has 1 to {MAX_WRITTEN} characters; this one has {len(description)}."
        )
    return description
