"""Drafting a description of a head: by an endpoint's LLM, or by rules."""

from __future__ import annotations

from collections.abc import Callable

from headlab.drafting import Endpoint, draft_by_rules, draft_with_endpoint
from headlab.records.card import EvidenceCard
from headlab.records.draft import Draft, DraftFailure
from headlab.records.errors import SettingsError
from headlab.settings import Settings, api_key, read_settings

RULES = "rules"


def choose_endpoint(
    llm: str | None, base_url: str | None = None, settings: Settings | None = None
) -> Endpoint | None:
    """The endpoint to draft with, or None for the rule-based drafter.

    `llm=None` takes the settings' model (None when no model is set), `"rules"` no endpoint, any other
    text that model at `base_url` or at the settings' base URL.
    """
    known = read_settings() if settings is None else settings
    if llm == RULES:
        return None
    update = {"llm_model": llm or known.llm_model, "llm_base_url": base_url or known.llm_base_url}
    if base_url and not update["llm_model"]:
        raise SettingsError(f"A base URL was given ({base_url}) but no model name. Name one.")
    return Endpoint.from_settings(known.model_copy(update=update))


def draft(
    card: EvidenceCard,
    llm: str | Endpoint | None = None,
    on_text: Callable[[str], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Draft | DraftFailure:
    """Draft a description from an evidence card.

    `llm`: an `Endpoint`, a model name at the configured base URL, `"rules"`, or None for whatever the
    settings say (rules where no model is set). The key comes from the environment or the keyring.
    What an LLM answers is validated; whatever goes wrong is a `DraftFailure` with its reason.

    `on_text` gets an LLM's description while it is written, and an exception from it ends the call;
    Cancelled is raised soon after `cancelled` turns true. The rules need neither.
    """
    endpoint = llm if isinstance(llm, Endpoint) else choose_endpoint(llm)
    if endpoint is None:
        return draft_by_rules(card)
    found = api_key(endpoint.base_url)
    return draft_with_endpoint(
        card,
        endpoint,
        key=None if found is None else found.key,
        on_text=on_text,
        cancelled=cancelled,
    )
