"""A changed model on the tasks of EleutherAI's lm-evaluation-harness (extra `evaluation`)."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from headlab.analyses.changed_model import change_of, changed
from headlab.analyses.provenance import provenance_of, texts_hash
from headlab.models.language_model import LanguageModel
from headlab.records.errors import TaskError
from headlab.records.evaluation import Change, Steer
from headlab.records.head import Head
from headlab.records.table import Table

ANALYSIS, VERSION = "harness", 1


def evaluate_with_harness(
    model: LanguageModel,
    tasks: Sequence[str],
    ablate: Sequence[Head | str] = (),
    scale: Mapping[str, float] | None = None,
    steer: Sequence[Steer] = (),
    *,
    limit: int | None = None,
    few_shot: int | None = None,
    task_folder: str | Path | None = None,
    batch: int = 8,
    seed: int = 0,
) -> Table:
    """Every metric of each task, for the model as it is and changed, side by side.

    `tasks` are names that the harness knows, or those of YAML files in `task_folder`; most of its own
    tasks download their data. `limit` takes the first examples only. The columns are task, metric,
    filter, unchanged, changed, difference and the harness's standard errors. Raises TaskError for an
    unknown task and where the extra is not installed.
    """
    started = time.monotonic()
    change = change_of(model, ablate, scale, steer)
    harness = _Harness(model, task_folder, batch)
    harness.check(tasks)
    runs = []
    for one in (Change(), change):
        with changed(model, one):
            runs.append(harness.run(tasks, limit, few_shot, seed))
    return Table.of(
        "harness",
        [
            {
                "task": task,
                "metric": metric,
                "filter": kind,
                "unchanged": value,
                "changed": runs[1][task, metric, kind][0],
                "difference": runs[1][task, metric, kind][0] - value,
                "unchanged_stderr": error,
                "changed_stderr": runs[1][task, metric, kind][1],
            }
            for (task, metric, kind), (value, error) in runs[0].items()
        ],
        (
            "task",
            "metric",
            "filter",
            "unchanged",
            "changed",
            "difference",
            "unchanged_stderr",
            "changed_stderr",
        ),
        notes=(f"lm-evaluation-harness {harness.version}; {change.words()}.",),
        provenance=provenance_of(
            model.facts,
            ANALYSIS,
            VERSION,
            {
                "tasks": list(tasks),
                "limit": limit,
                "few_shot": few_shot,
                "batch": batch,
                "harness": harness.version,
                "change": change.words(),
                "change_hash": texts_hash([change.model_dump_json()]),
            },
            seed=seed,
            seconds=time.monotonic() - started,
        ),
    )


class _Harness:
    """The harness around a model that is loaded already."""

    def __init__(self, model: LanguageModel, task_folder: str | Path | None, batch: int):
        try:
            import lm_eval
            from lm_eval.models.huggingface import HFLM
            from lm_eval.tasks import TaskManager
        except ImportError:
            raise TaskError(
                "The harness needs the extra 'evaluation': pip install 'headlab[evaluation]'."
            ) from None
        folder = None if task_folder is None else Path(task_folder)
        if folder is not None and not folder.is_dir():
            raise TaskError(f"There is no task folder {str(folder)!r}. Give one with YAML files.")
        self._evaluate = lm_eval.simple_evaluate
        self.version = str(lm_eval.__version__)
        self._tasks = TaskManager(include_path=None if folder is None else str(folder))
        self._model = HFLM(
            pretrained=model.module,
            tokenizer=model.vocabulary.tokenizer,
            backend="causal",
            batch_size=batch,
            device=str(model.device),
        )

    def check(self, tasks: Sequence[str]) -> None:
        unknown = [name for name in tasks if name not in self._tasks.all_tasks]
        if unknown or not tasks:
            raise TaskError(
                f"The harness has no task {', '.join(map(repr, unknown)) or '(none was given)'}. "
                "'lm-eval ls tasks' lists its own; task_folder adds yours."
            )

    def run(
        self, tasks: Sequence[str], limit: int | None, few_shot: int | None, seed: int
    ) -> dict[tuple[str, str, str], tuple[float, float | None]]:
        """(task, metric, filter) -> value and its standard error."""
        found: Any = self._evaluate(
            model=self._model,
            tasks=list(tasks),
            num_fewshot=few_shot,
            limit=limit,
            task_manager=self._tasks,
            log_samples=False,
            random_seed=seed,
            numpy_random_seed=seed,
            torch_random_seed=seed,
            fewshot_random_seed=seed,
        )
        values: dict[tuple[str, str, str], tuple[float, float | None]] = {}
        for task, metrics in found["results"].items():
            for key, value in metrics.items():
                metric, comma, kind = key.partition(",")
                if not comma or metric.endswith("_stderr") or not isinstance(value, int | float):
                    continue
                error = metrics.get(f"{metric}_stderr,{kind}")
                own = float(error) if isinstance(error, int | float) else None
                values[task, metric, kind] = (float(value), own)
        return values
