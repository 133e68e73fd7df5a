"""Cumulative removal of relation heads on a whole model, in one call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

from pydantic import JsonValue

from headlab.analyses import relation_scores
from headlab.analyses.relation_scores import usable_for
from headlab.analyses.task_accuracy import Task, cloze_task, few_shot_task
from headlab.analyses.validation import causality as removal
from headlab.models.language_model import LanguageModel
from headlab.records.errors import TaskError
from headlab.records.head import Head
from headlab.records.relation import Relation
from headlab.records.scores import RelationScores
from headlab.records.validation import RelationCausality, Validation
from headlab.workflow.bench import Progress
from headlab.workflow.cache import ResultCache
from headlab.workflow.validation.published import published_model
from headlab.workflow.validation.session import Relations, Session, session
from headlab.workflow.validation.tables import causality_table, controls_table, removed_table

TaskKind = Literal["few-shot", "cloze"]
Steps = Sequence[int] | Literal["all"] | None


def validate_causality(
    model: LanguageModel,
    relations: Relations | None = None,
    *,
    task: TaskKind = "few-shot",
    steps: Steps = None,
    n_random: int = removal.RANDOM_SETS,
    seed: int = 0,
    out: str | Path | None = None,
    table_format: str = "csv",
    cache: ResultCache | None = None,
    progress: Progress | None = None,
) -> Validation:
    """Does the model need the heads that score? MAPS (arXiv 2412.11965), section 4.2.

    Relation heads are zeroed at the last position, best score first, and the accuracy on the few-shot
    list or the first cloze sentence stands beside that of `n_random` sets of other heads and of up to
    5 control relations. `steps`: numbers of removed heads, "all", or None for a grid up to the
    authors' limit (and the published numbers). Tables: `causality`, `causality_controls`,
    `causality_heads`, and `causality_published`. `relations`, `out` and errors as in
    `validate_correlation`; TaskError for unusable steps or a missing cloze sentence.
    """
    with session(model, cache, progress, table_format) as work:
        chosen = work.scored(relations)
        candidates = work.scored(None, chosen.relations.values())
        needed = {one.name for one in chosen.scores}
        tasks = {
            one.name: _task(model, relation, task)
            for one in candidates.scores
            if (relation := candidates.relations[one.name]).cloze
            or task != "cloze"
            or one.name in needed
        }
        heads = {
            one.name: removal.relation_heads(one) for one in candidates.scores if one.name in tasks
        }
        results = []
        for number, found in enumerate(chosen.scores):
            own = _steps(model, len(heads[found.name]), steps)
            cut = {name: ranked[: max(own, default=0)] for name, ranked in heads.items()}
            inputs: JsonValue = {
                "relation": found.name,
                "k": found.k,
                "scores": f"{relation_scores.ANALYSIS}/{relation_scores.VERSION}",
                "heads": {name: [str(head) for head in ranked] for name, ranked in cut.items()},
                "steps": list(own),
                "n_random": n_random,
                "seed": seed,
                "tasks": {name: one.hash for name, one in tasks.items()},
            }
            report = work.within("causality", number, len(chosen.scores))
            results.append(
                work.kept(
                    RelationCausality,
                    f"{removal.ANALYSIS}/{removal.VERSION}",
                    inputs,
                    partial(_removed, work, found, tasks, cut, own, n_random, seed, report),
                )
            )
        return work.finish(
            "causality",
            [causality_table(results), controls_table(results), removed_table(results)],
            chosen.reasons,
            {"task": task, "n_random": n_random, "seed": seed},
            out,
        )


def _removed(
    work: Session,
    found: RelationScores,
    tasks: Mapping[str, Task],
    heads: Mapping[str, Sequence[Head]],
    steps: Sequence[int],
    n_random: int,
    seed: int,
    progress: Callable[[int, int], None],
) -> RelationCausality:
    """The removal of one relation's heads, beside the controls that fit it."""
    base, name = work.base_accuracies(tasks), found.name
    controls = [
        removal.Control(tasks[other], removal.overlap(heads[name], heads[other]), base[other])
        for other in removal.choose_controls(name, heads, base)
    ]
    return removal.relation_causality(
        work.model,
        found,
        tasks[name],
        controls,
        steps,
        n_random=n_random,
        seed=seed,
        progress=progress,
    )


def _task(model: LanguageModel, relation: Relation, kind: TaskKind) -> Task:
    usable = usable_for(model, relation)
    if kind == "few-shot":
        return few_shot_task(model, usable)
    if kind != "cloze":
        raise TaskError(f"Task {kind!r} is unknown. Known: 'few-shot', 'cloze'.")
    if not relation.cloze:
        raise TaskError(f"{relation.name} has no cloze sentence; use the task 'few-shot'.")
    return cloze_task(model, usable, relation.cloze[0])


def _steps(model: LanguageModel, n_heads: int, steps: Steps) -> tuple[int, ...]:
    found = removal.chosen_steps(n_heads, removal.head_limit(len(model.heads())), steps)
    known = published_model(model.facts.name)
    if steps is None and known is not None:
        return tuple(sorted({*found, *(step for step in known.steps() if step <= n_heads)}))
    return found
