"""What the validations share: a model, its kept results, progress, and how results are stamped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import JsonValue

from headlab.analyses import relation_scores
from headlab.analyses.dynamic_scores import TokenPairs
from headlab.analyses.provenance import pairs_hash, provenance_of
from headlab.analyses.task_accuracy import Task, TaskRun
from headlab.analyses.validation import causality, correlation
from headlab.models.language_model import LanguageModel
from headlab.models.vocabulary import ANCHOR_RULE
from headlab.records.base import Record
from headlab.records.errors import RelationError
from headlab.records.relation import Relation
from headlab.records.scores import RelationScores
from headlab.records.table import Table
from headlab.records.validation import BaseAccuracy, RelationCorrelation, Validation
from headlab.relations.bundled import relation as bundled_relation
from headlab.relations.bundled import relations as bundled_names
from headlab.workflow.bench import Bench, Progress
from headlab.workflow.cache import ResultCache
from headlab.workflow.places import cache_folder
from headlab.workflow.progress import bars
from headlab.workflow.validation.files import checked_format, save_validation
from headlab.workflow.validation.published import differences, published_model, with_authors_k

VERSION = 1
SCALE = 1000
"""Progress inside a relation is reported in thousandths of it."""

Relations = Sequence[str | Relation]
R = TypeVar("R", bound=Record)
Within = Callable[[int, int], None]


@dataclass(frozen=True)
class Scored:
    """Scores of the relations that apply, the relations by name, and why others do not."""

    scores: tuple[RelationScores, ...]
    relations: dict[str, Relation]
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Session:
    """One validation of one model at work."""

    model: LanguageModel
    cache: ResultCache
    progress: Progress
    table_format: str

    def relations(
        self, wanted: Sequence[str | Relation] | None, more: Iterable[Relation] = ()
    ) -> list[Relation]:
        """Relations by name or as given; None takes the bundled ones, `more` replaces namesakes.

        Named ones have the k that the authors use for the model. Raises RelationError.
        """
        names = bundled_names() if wanted is None else wanted
        named = [bundled_relation(one) for one in names if isinstance(one, str)]
        known = published_model(self.model.facts.name)
        found = {one.name: one for one in with_authors_k(known, named)}
        for one in [*(one for one in names if isinstance(one, Relation)), *more]:
            found[one.name] = one
        if not found:
            raise RelationError("No relations were given; None takes the bundled ones.")
        order = [one if isinstance(one, str) else one.name for one in names]
        return [found[name] for name in dict.fromkeys([*order, *found])]

    def scores(self, relations: Sequence[Relation]) -> tuple[RelationScores, ...]:
        """Static scores of those that apply to the model's tokenizer."""
        return Bench(self.model, self.cache, self.progress).scores(relations).scores

    def scored(
        self,
        wanted: Sequence[str | Relation] | None,
        more: Iterable[Relation] = (),
    ) -> Scored:
        """Static scores; raises RelationError when no relation applies."""
        relations = self.relations(wanted, more)
        found = Bench(self.model, self.cache, self.progress).scores(relations)
        reasons = tuple(one.reason for one in found.not_applicable)
        if not found.scores:
            raise RelationError("No relation applies. " + "; ".join(reasons) + ".")
        return Scored(found.scores, {one.name: one for one in relations}, reasons)

    def kept(self, kind: type[R], analysis: str, inputs: JsonValue, compute: Callable[[], R]) -> R:
        """The kept result, or a new one that is kept from now on."""
        found = self.cache.get(kind, self.model.facts, analysis, inputs)
        if found is None:
            found = compute()
            self.cache.put(found, self.model.facts, analysis, inputs)
        return found

    def within(self, what: str, number: int, total: int) -> Within:
        """Progress of one relation of `total`, as part of all."""
        return lambda done, steps: self.progress(
            what, number * SCALE + done * SCALE // steps, total * SCALE
        )

    def correlated(
        self,
        pairs: TokenPairs,
        templates: Sequence[str],
        compute: Callable[..., RelationCorrelation],
        number: int,
        total: int,
    ) -> RelationCorrelation:
        """Static and dynamic scores of one relation, kept by all that decides them.

        `compute` takes a `progress`.
        """
        relation = pairs.relation
        inputs: JsonValue = {
            "relation": relation.name,
            "category": relation.category,
            "k": relation.k,
            "pairs": pairs_hash(relation.pairs),
            "several_tokens": any(len(source) > 1 for source in pairs.source_ids),
            "templates": list(templates),
            "scores": f"{relation_scores.ANALYSIS}/{relation_scores.VERSION}",
            "token_rule": ANCHOR_RULE,
        }
        return self.kept(
            RelationCorrelation,
            f"{correlation.ANALYSIS}/{correlation.VERSION}",
            inputs,
            lambda: compute(progress=self.within("dynamic scores", number, total)),
        )

    def base_accuracies(self, tasks: Mapping[str, Task]) -> dict[str, float]:
        """Accuracy of the whole model on every task, kept too."""
        found = {}
        for number, (name, task) in enumerate(tasks.items(), 1):
            found[name] = self.kept(
                BaseAccuracy,
                f"base_accuracy/{causality.VERSION}",
                {"relation": name, "task": task.hash},
                lambda name=name, task=task: BaseAccuracy(  # type: ignore[misc]
                    name=name, accuracy=TaskRun(self.model, task).accuracy()
                ),
            ).accuracy
            self.progress("base accuracies", number, len(tasks))
        return found

    def finish(
        self,
        name: str,
        tables: Sequence[Table],
        reasons: Sequence[str],
        parameters: dict[str, JsonValue],
        out: str | Path | None,
    ) -> Validation:
        """The validation with its provenance and published numbers, written to `out` if given."""
        facts = self.model.facts
        provenance = provenance_of(facts, f"validate_{name}", VERSION, parameters)
        published = differences(published_model(facts.name), name, tables[0])
        every = [*tables, *([] if published is None else [published])]
        found = Validation(
            name=name,
            model=facts,
            tables=tuple(table.model_copy(update={"provenance": provenance}) for table in every),
            not_applicable=tuple(reasons),
            parameters=parameters,
        )
        if out is not None:
            save_validation(found, out, self.table_format)
        return found


@contextmanager
def session(
    model: LanguageModel,
    cache: ResultCache | None,
    progress: Progress | None,
    table_format: str,
) -> Iterator[Session]:
    """A session with the user's cache folder and bars on standard error unless others are given."""
    kept = ResultCache(cache_folder()) if cache is None else cache
    ending = checked_format(table_format)
    if progress is not None:
        yield Session(model, kept, progress, ending)
        return
    with bars() as shown:
        yield Session(model, kept, shown, ending)
