"""Every operation of the REST side: what is registered, and what the OpenAPI description tells."""

from __future__ import annotations

from collections.abc import Mapping

from headlab.server import batches, entries, filters, openapi, rounds, settings, transfer, upkeep
from headlab.server.operation import PREFIX, Operation

OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "overview", entries.overview),
    Operation("GET", "entries", entries.list_entries),
    Operation("GET", "entries/find", entries.find_entry),
    Operation("GET", "entries/{entry_id}", entries.get_entry),
    Operation("PATCH", "entries/{entry_id}", entries.annotate),
    Operation("GET", "entries/{entry_id}/history", entries.history),
    Operation("POST", "entries/{entry_id}/review", entries.review),
    Operation("POST", "entries/{entry_id}/undo", entries.undo),
    Operation("POST", "entries/{entry_id}/redo", entries.redo),
    Operation("POST", "entries/{entry_id}/drafts", entries.add_draft),
    Operation("GET", "entries/{entry_id}/votes", rounds.open_votes),
    Operation("POST", "entries/{entry_id}/votes", rounds.vote),
    Operation("POST", "entries/{entry_id}/adjudicate", rounds.adjudicate),
    Operation("GET", "facets", filters.facets),
    Operation("GET", "filters", filters.list_filters),
    Operation("PUT", "filters/{name}", filters.save_filter),
    Operation("DELETE", "filters/{name}", filters.forget_filter),
    Operation("GET", "review/queue", rounds.queue),
    Operation("GET", "review/entries/{entry_id}", rounds.get_case),
    Operation("POST", "review/assignments", rounds.assign),
    Operation("POST", "review/releases", rounds.release),
    Operation("GET", "review/agreement", rounds.agreement),
    Operation("GET", "measures", batches.list_measures),
    Operation("POST", "batches/plan", batches.plan_batch),
    Operation("GET", "batches", batches.list_batches),
    Operation("POST", "batches", batches.start_batch),
    Operation("GET", "batches/{batch_id}", batches.get_batch),
    Operation("GET", "batches/{batch_id}/jobs", batches.batch_jobs),
    Operation("GET", "batches/{batch_id}/texts", batches.batch_texts),
    Operation("POST", "batches/{batch_id}/pause", batches.pause_batch),
    Operation("POST", "batches/{batch_id}/resume", batches.resume_batch),
    Operation("POST", "batches/{batch_id}/cancel", batches.cancel_batch),
    Operation("POST", "batches/{batch_id}/retry", batches.retry_batch),
    Operation("GET", "prompts/{name}", entries.prompt_text),
    Operation("GET", "compare", entries.compare),
    Operation("GET", "export", transfer.export_entries),
    Operation("POST", "import", transfer.import_entries, max_body=transfer.MAX_IMPORT),
    Operation(
        "POST", "import/evidence", transfer.import_published, max_body=transfer.MAX_PUBLISHED
    ),
    Operation("GET", "imports", transfer.list_imports),
    Operation("POST", "catalogue/verify", upkeep.verify_catalogue),
    Operation("POST", "catalogue/backup", upkeep.back_up_catalogue, conflict=upkeep.ELSEWHERE),
    Operation("GET", "settings", settings.get_settings),
    Operation("PATCH", "settings", settings.change_settings),
    Operation("GET", "presets", settings.list_presets),
    Operation("GET", "openapi.json", openapi.get_description),
)

ANYTHING_ELSE = PREFIX.rstrip("/") + "(?:/.*)?"


def routes() -> tuple[tuple[str, Mapping[str, Operation]], ...]:
    """Each path as a regular expression with its operations by method; last, any other one."""
    found: dict[str, dict[str, Operation]] = {}
    for one in OPERATIONS:
        found.setdefault(one.pattern, {})[one.method] = one
    return (*found.items(), (ANYTHING_ELSE, {}))
