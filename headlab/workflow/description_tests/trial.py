"""One description under test, with what all its tests share."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from pydantic import JsonValue

from headlab.analyses.description_tests.sampling import Item, mapping_items, token_items
from headlab.analyses.description_tests.statistics import Sample
from headlab.analyses.description_tests.verdict import compare, shortage
from headlab.analyses.provenance import provenance_of, texts_hash
from headlab.drafting.judging.judge import Judge
from headlab.drafting.judging.prompts import hidden
from headlab.models.language_model import LanguageModel
from headlab.records.description_test import (
    EMPTY,
    OTHER,
    DescriptionTest,
    Kind,
    MappingSplit,
    PairSet,
    Row,
    total_usage,
)
from headlab.records.draft import Usage
from headlab.records.head import Head
from headlab.records.mappings import Mapping
from headlab.records.provenance import Provenance
from headlab.workflow.description_tests.writers import Writer, Written

VERSION = 2
OWN = "own description"
N_SIMULATED = 20

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Trial:
    """`other`: the description of `other_head`, None where there is none. Texts are used without the
    names of models and heads. `counts`: token frequencies, see `token_items`. `progress` gets what
    is done inside a long test, and an exception from it ends the test."""

    model: LanguageModel
    head: Head
    description: str
    other: str | None
    other_head: Head | None
    split: MappingSplit
    judge: Judge | None
    writer: Writer
    seed: int
    counts: Sequence[float] | None = None
    progress: Progress | None = None
    _unpaid: list[Usage] = field(default_factory=list)

    @cached_property
    def texts(self) -> dict[str, str]:
        """The description and its controls, by name."""
        names = [self.model.facts.name, self.model.facts.name.rsplit("/", 1)[-1]]
        found = {OWN: hidden(self.description, names), EMPTY: ""}
        if self.other is not None:
            found[OTHER] = hidden(self.other, names)
        return found

    @cached_property
    def rows(self) -> tuple[Item, ...]:
        """Held-out rows of the head among false ones (S1)."""
        return mapping_items(self.model, self.head, self.split.held_out, self.seed)

    @cached_property
    def tokens(self) -> tuple[Item, ...]:
        """Held-out salient tokens among median ones (S2)."""
        return token_items(self.model, self.head, self.split.held_out, self.seed, self.counts)

    @cached_property
    def sources(self) -> tuple[Mapping, ...]:
        """Held-out rows for whose sources targets are named (S3)."""
        order = np.random.default_rng([self.seed, 8]).permutation(len(self.split.held_out))
        return tuple(self.split.held_out[place] for place in order[:N_SIMULATED])

    def steps(self, what: str) -> Callable[[int, int], None] | None:
        """The progress of one long step, None where nobody listens."""
        listen = self.progress
        return None if listen is None else lambda done, total: listen(what, done, total)

    @cached_property
    def written(self) -> dict[str, Written]:
        """The pairs for each text: written once for S4 and S5."""
        found = {name: self.writer.write(text) for name, text in self.texts.items()}
        self._unpaid.extend(one.usage for one in found.values())
        return found

    def writing_usage(self) -> Usage:
        """What writing cost, once: the test that asks first reports it."""
        parts = [*self._unpaid]
        self._unpaid.clear()
        return total_usage(parts)

    def provenance(
        self, kind: Kind, parameters: AnyMapping[str, JsonValue], seconds: float
    ) -> Provenance:
        judge = {} if self.judge is None else self.judge.parameters
        return provenance_of(
            self.model.facts,
            f"description_test/{kind}",
            VERSION,
            {
                "head": str(self.head),
                "split_seed": self.split.seed,
                "drafting_share": self.split.share,
                "writer": self.writer.name,
                **judge,
                **parameters,
            },
            prompts_hash=texts_hash(list(self.texts.values())),
            seed=self.seed,
            seconds=seconds,
        )

    def result(
        self,
        kind: Kind,
        measure: str,
        samples: AnyMapping[str, Sample],
        *,
        paired: bool,
        parameters: AnyMapping[str, JsonValue],
        rows: Sequence[Row],
        seconds: float,
        n_invalid: int = 0,
        numbers: AnyMapping[str, float | None] | None = None,
        pairs: PairSet | None = None,
        usage: Usage | None = None,
        impossible: str = "",
        p: float | None = None,
    ) -> DescriptionTest:
        """The test from its samples, before the batch correction: q is p, and the verdict follows
        later. `impossible` says why there can be none; `p` takes the place of the bootstrap's."""
        own = samples.get(OWN)
        controls = {name: sample for name, sample in samples.items() if name != OWN}
        found = None if own is None else compare(own, controls, self.seed, paired=paired)
        reason = impossible or ("no row" if own is None else shortage(kind, own, n_invalid))
        measured = () if found is None else [control.name for control in found.controls]
        if not reason and not measured:
            reason = "no control could be measured"
        if not reason and EMPTY in controls and EMPTY not in measured:
            reason = f"too few usable answers for the {EMPTY}, {n_invalid} answers were invalid"
        fields = {} if found is None or not math.isfinite(found.score) else found.fields()
        if p is not None and fields:
            fields["p"] = p
        return DescriptionTest.model_validate(
            {
                "kind": kind,
                "verdict": "not testable" if reason else "fails",
                "reason": reason or "not yet decided",
                "measure": measure,
                **fields,
                "n_rows": 0 if own is None else own.n_rows,
                "n_invalid": n_invalid,
                "numbers": dict(numbers or {}),
                "pairs": pairs,
                "rows": tuple(rows),
                "usage": usage or Usage(),
                "provenance": self.provenance(kind, parameters, seconds),
            }
        )
