"""The validations of relation scores on a whole model, each in one call.

Results are kept relation by relation, so that a call that was cancelled goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from headlab.analyses.dynamic_scores import TokenPairs
from headlab.analyses.relation_scores import usable_for
from headlab.analyses.validation import correlation as correlating
from headlab.analyses.validation.coverage import TAU, coverage_tables, kv_group_table
from headlab.analyses.validation.multi_token import multi_token_correlation, multi_token_pairs
from headlab.analyses.validation.universality import universality_tables
from headlab.models.language_model import LanguageModel
from headlab.records.errors import RelationError
from headlab.records.validation import StaticScores, Validation
from headlab.relations.usable import REQUIRED_PAIRS
from headlab.workflow.bench import Progress
from headlab.workflow.cache import ResultCache
from headlab.workflow.validation.session import Relations, session
from headlab.workflow.validation.tables import (
    correlation_table,
    heads_table,
)

Templates = Sequence[str] | Mapping[str, Sequence[str]]


def validate_correlation(
    model: LanguageModel,
    relations: Relations | None = None,
    *,
    templates: Templates = correlating.TEMPLATES,
    out: str | Path | None = None,
    table_format: str = "csv",
    cache: ResultCache | None = None,
    progress: Progress | None = None,
) -> Validation:
    """Do scores by the weights predict what heads write? MAPS (arXiv 2412.11965), section 4.1.

    `relations=None`: the bundled operations. `templates` hold `{source}` anywhere, or map a
    relation's name to its own. Tables: `correlation` (a row a relation and template),
    `correlation_heads` (the points), and `correlation_published` for models with published numbers.
    With `out` they are written there with a figure, as "csv" or "parquet". Raises RelationError when
    no relation applies, TaskError for an unusable template, ExportError.
    """
    with session(model, cache, progress, table_format) as work:
        chosen = work.scored(relations)
        own = {found.name: _templates(templates, found.name) for found in chosen.scores}
        results = []
        for number, found in enumerate(chosen.scores):
            pairs = TokenPairs.of(usable_for(model, chosen.relations[found.name]))
            static = StaticScores(
                of="relation scores", n_pairs=found.n_pairs, scores=found.relation
            )
            results.append(
                work.correlated(
                    pairs,
                    own[found.name],
                    partial(
                        correlating.relation_correlation, model, pairs, [static], own[found.name]
                    ),
                    number,
                    len(chosen.scores),
                )
            )
        return work.finish(
            "correlation",
            [
                correlation_table("correlation", results),
                heads_table("correlation_heads", results),
            ],
            chosen.reasons,
            {"templates": {name: list(texts) for name, texts in own.items()}},
            out,
        )


def validate_multi_token(
    model: LanguageModel,
    relations: Relations | None = None,
    *,
    templates: Templates = correlating.TEMPLATES,
    min_pairs: int = REQUIRED_PAIRS,
    out: str | Path | None = None,
    table_format: str = "csv",
    cache: ResultCache | None = None,
    progress: Progress | None = None,
) -> Validation:
    """The correlation for pairs whose source is several tokens (MAPS, section 4.3).

    Only pairs with a target of one token count; a relation needs `min_pairs` of them. Tables:
    `multi_token` with two static sides, and `multi_token_heads`. Otherwise as `validate_correlation`.
    """
    with session(model, cache, progress, table_format) as work:
        wanted, served, reasons = work.relations(relations), [], []
        for relation in wanted:
            pairs = multi_token_pairs(model, relation)
            if len(pairs.pairs) >= min_pairs:
                served.append(pairs)
            else:
                reasons.append(
                    f"{relation.name}: {len(pairs.pairs)} pairs have a source of several tokens and a "
                    f"target of one with this tokenizer, {min_pairs} are needed"
                )
        if not served:
            raise RelationError("No relation applies. " + "; ".join(reasons) + ".")
        singles = {one.name: one for one in work.scores([pairs.relation for pairs in served])}
        results = []
        for number, pairs in enumerate(served):
            texts = _templates(templates, pairs.relation.name)
            results.append(
                work.correlated(
                    pairs,
                    texts,
                    partial(
                        multi_token_correlation,
                        model,
                        pairs,
                        singles.get(pairs.relation.name),
                        texts,
                    ),
                    number,
                    len(served),
                )
            )
        return work.finish(
            "multi_token",
            [correlation_table("multi_token", results), heads_table("multi_token_heads", results)],
            reasons,
            {"min_pairs": min_pairs},
            out,
        )


def validate_coverage(
    model: LanguageModel,
    relations: Relations | None = None,
    *,
    tau: float = TAU,
    seed: int = 0,
    out: str | Path | None = None,
    table_format: str = "csv",
    cache: ResultCache | None = None,
    progress: Progress | None = None,
) -> Validation:
    """Which heads have an operation: per layer and category, with several roles, in KV groups.

    Tables: `coverage`, `coverage_summary`, `coverage_roles`, `coverage_heads`, and with grouped-query
    attention `coverage_kv_groups`. Otherwise as `validate_correlation`.
    """
    with session(model, cache, progress, table_format) as work:
        chosen = work.scored(relations)
        tables, reasons = coverage_tables(model, chosen.scores, tau), list(chosen.reasons)
        groups = kv_group_table(model, chosen.scores, seed=seed)
        if groups is None:
            reasons.append(
                f"KV groups: {model.facts.n_heads} heads over {model.facts.n_kv_heads} key-value "
                "heads leave nothing to compare within a layer"
            )
        else:
            tables.append(groups)
        return work.finish("coverage", tables, reasons, {"tau": tau, "seed": seed}, out)


def compare_models(
    model: LanguageModel,
    other: LanguageModel,
    relations: Relations | None = None,
    *,
    tau: float = TAU,
    seed: int = 0,
    out: str | Path | None = None,
    table_format: str = "csv",
    cache: ResultCache | None = None,
    progress: Progress | None = None,
) -> Validation:
    """The same operations in two models: heads of `model` matched with the most alike of `other`.

    Tables: `universality`, `universality_summary`, `universality_operations`. Otherwise as
    `validate_correlation`.
    """
    with session(model, cache, progress, table_format) as work:
        chosen = work.scored(relations)
        with session(other, cache, work.progress, table_format) as second:
            theirs = second.scored(relations)
        tables = universality_tables(chosen.scores, theirs.scores, tau, seed=seed)
        reasons = [
            f"{one.facts.name}: {reason}"
            for one, found in ((model, chosen), (other, theirs))
            for reason in found.reasons
        ]
        return work.finish(
            "universality",
            tables,
            reasons,
            {
                "other": other.facts.name,
                "other_fingerprint": other.facts.fingerprint,
                "tau": tau,
                "seed": seed,
            },
            out,
        )


def _templates(templates: Templates, name: str) -> tuple[str, ...]:
    """The templates of a relation; those without an entry of their own use the authors'."""
    if isinstance(templates, Mapping):
        return tuple(templates.get(name, correlating.TEMPLATES))
    return tuple(templates)
