"""Analyses of one model with everything already computed taken from the cache."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from pydantic import JsonValue

from headlab.analyses import ablation, ablation_plan, relation_scores, salient_mappings
from headlab.analyses.description_tests.kept_rows import kept_rows
from headlab.analyses.description_tests.split import N_TOKENS, SHOWN, halves, split_mappings
from headlab.analyses.prompt_set import AnyPositions, checked_positions, recorded_positions
from headlab.analyses.provenance import pairs_hash, texts_hash
from headlab.models.language_model import LanguageModel
from headlab.models.vocabulary import ANCHOR_RULE
from headlab.records.ablation import Ablation, Mode
from headlab.records.card import EvidenceCard
from headlab.records.description_test import MappingSplit
from headlab.records.head import Head
from headlab.records.mappings import SalientMappings
from headlab.records.relation import Relation
from headlab.records.scores import AllRelationScores, InapplicableRelation, RelationScores
from headlab.relations.bundled import relation, relations
from headlab.relations.prompts import bundled_prompts
from headlab.workflow.attention_evidence import (
    QUICK_SECONDS,
    ModelAttention,
    attention_seconds,
    model_attention,
)
from headlab.workflow.cache import ResultCache
from headlab.workflow.relation_rows import relation_evidence

Progress = Callable[[str, int, int], None]
"""(what, done, total)"""

_ABLATION = f"{ablation_plan.ANALYSIS}/{ablation_plan.VERSION}"


def _silent(_what: str, _done: int, _total: int) -> None: ...


class Bench:
    """One model, its cached results, and evidence cards made of them."""

    def __init__(self, model: LanguageModel, cache: ResultCache, progress: Progress = _silent):
        self.model = model
        self.cache = cache
        self.progress = progress
        self._bundled: AllRelationScores | None = None
        self._swept: dict[Head, Ablation] | None = None
        self._attention: ModelAttention | None = None
        self._drafting: dict[tuple[str, ...], AllRelationScores] = {}

    def bundled_scores(self, compute: bool = True) -> AllRelationScores | None:
        """The scores of the bundled operations, held in memory; None when they are neither there
        nor kept on disk and `compute` is false."""
        if self._bundled is None and (compute or self._scores_are_kept()):
            self._bundled = self.scores()
        return self._bundled

    def sweep(self, compute: bool = True) -> dict[Head, Ablation] | None:
        """The ablation of every head on the bundled prompts, held in memory; None as above.

        Without the heads whose removal gave no finite numbers.
        """
        if self._swept is None and (compute or self._ablations_are_kept()):
            found = self.ablations()
            self._swept = {head: one for head, one in found.items() if not one.failures}
        return self._swept

    def attention(self, compute: bool | None = None) -> ModelAttention | None:
        """Where all heads look, held in memory. `compute` None: measured where it is not kept yet if
        that takes less than half a minute here; None is returned as above."""
        if self._attention is None:
            self._attention = model_attention(self, compute is True)
        if self._attention is None and compute is None:
            quick = attention_seconds(self.model) <= QUICK_SECONDS
            self._attention = model_attention(self, True) if quick else None
        return self._attention

    def scores(self, wanted: Sequence[Relation] | None = None) -> AllRelationScores:
        """Relation scores of all heads, `None`: the bundled operations; only missing ones run."""
        chosen = [relation(name) for name in relations()] if wanted is None else list(wanted)
        analysis = f"{relation_scores.ANALYSIS}/{relation_scores.VERSION}"
        inputs = {r.name: _score_inputs(r) for r in chosen}
        facts, known = self.model.facts, {}
        for one in chosen:
            kept = self.cache.get(RelationScores, facts, analysis, inputs[one.name])
            if kept is not None:
                known[one.name] = kept
        missing = [one for one in chosen if one.name not in known]
        skipped: tuple[InapplicableRelation, ...] = ()
        if missing:
            self.progress("relation scores", 0, self.model.facts.n_layers)
            found = relation_scores.all_relation_scores(
                self.model,
                missing,
                progress=lambda done, total: self.progress("relation scores", done, total),
            )
            skipped = found.not_applicable
            for scores in found.scores:
                self.cache.put(scores, facts, analysis, inputs[scores.name])
                known[scores.name] = scores
        ordered = tuple(known[one.name] for one in chosen if one.name in known)
        return AllRelationScores(scores=ordered, not_applicable=skipped)

    def drafting_scores(self, names: Sequence[str]) -> AllRelationScores:
        """Scores of these bundled operations over the pairs that drafters get, held in memory."""
        wanted = tuple(names)
        if wanted not in self._drafting:
            self._drafting[wanted] = self.scores([halves(relation(name))[0] for name in wanted])
        return self._drafting[wanted]

    def mappings(self, head: Head, n_tokens: int = 30, n_targets: int = 5) -> SalientMappings:
        """Salient mappings of a head."""
        analysis = f"{salient_mappings.ANALYSIS}/{salient_mappings.VERSION}"
        inputs: JsonValue = {"head": str(head), "n_tokens": n_tokens, "n_targets": n_targets}
        kept = self.cache.get(SalientMappings, self.model.facts, analysis, inputs)
        if kept is None:
            kept = salient_mappings.salient_mappings(self.model, head, n_tokens, n_targets)
            self.cache.put(kept, self.model.facts, analysis, inputs)
        return kept

    def split(self, head: Head) -> MappingSplit:
        """The 100 most salient mappings of a head, for drafting and for tests."""
        return split_mappings(self.mappings(head, N_TOKENS))

    def drafting_mappings(self, head: Head) -> SalientMappings:
        """The mappings of the drafting side that a drafter sees: 30 at most."""
        found = self.split(head)
        made = found.provenance
        return SalientMappings(
            head=head,
            rows=found.drafting[:SHOWN],
            provenance=made.model_copy(
                update={"parameters": {**made.parameters, "side": "drafting", "shown": SHOWN}}
            ),
        )

    def ablations(
        self,
        heads: Sequence[Head] | None = None,
        prompts: Sequence[str] | None = None,
        positions: AnyPositions = "all",
        mode: Mode = "zero",
        *,
        reference: Sequence[str] | None = None,
        per_position: bool = False,
        seed: int = 0,
    ) -> dict[Head, Ablation]:
        """Each head ablated by itself; kept head by head, so a cancelled sweep goes on later.

        See `analyses.ablation.ablate` for the arguments. A head whose removal gave no finite
        numbers is there too, with its failure.
        """
        texts = bundled_prompts() if prompts is None else tuple(prompts)
        chosen = self.model.heads() if heads is None else list(heads)
        facts, found = self.model.facts, {}
        how: dict[str, JsonValue] = {"mode": mode}
        if mode != "zero":
            how["reference"] = None if reference is None else texts_hash(tuple(reference))
            how |= {"per_position": per_position} if mode == "mean" else {"seed": seed}
        inputs = {head: _ablation_inputs(head, positions, texts, how) for head in chosen}
        for head in chosen:
            kept = self.cache.get(Ablation, facts, _ABLATION, inputs[head])
            if kept is not None:
                found[head] = kept
        missing = [head for head in inputs if head not in found]
        if missing:
            for ablated in ablation.ablate_each(
                self.model,
                texts,
                missing,
                mode,
                positions,
                reference=reference,
                per_position=per_position,
                seed=seed,
                progress=lambda done, total: self.progress("ablation", done, total),
            ):
                (head,) = (ablated.effects[0] if ablated.effects else ablated.failures[0]).heads
                found[head] = ablated
                self.cache.put(ablated, facts, _ABLATION, inputs[head])
        return {head: found[head] for head in chosen}

    def _scores_are_kept(self) -> bool:
        analysis = f"{relation_scores.ANALYSIS}/{relation_scores.VERSION}"
        kept = {
            name: self.cache.has(self.model.facts, analysis, _score_inputs(relation(name)))
            for name in relations()
        }
        return any(kept.values()) and all(
            found or not relation_scores.usable_for(self.model, relation(name)).applicable
            for name, found in kept.items()
        )

    def _ablations_are_kept(self) -> bool:
        texts = bundled_prompts()
        how: dict[str, JsonValue] = {"mode": "zero"}
        return all(
            self.cache.has(self.model.facts, _ABLATION, _ablation_inputs(head, "all", texts, how))
            for head in self.model.heads()
        )

    def best_heads(self, count: int) -> list[Head]:
        """The `count` heads whose score stands highest above its control on any operation."""
        margins: dict[Head, float] = {}
        for found in self.scores().scores:
            for head in found.ranked()[:count]:
                margin = found.of(head) - (found.control or 0.0)
                margins[head] = max(margins.get(head, -1.0), margin)
        return sorted(margins, key=lambda head: -margins[head])[:count]

    def card(
        self,
        head: Head,
        scores: AllRelationScores | None = None,
        ablations: dict[Head, Ablation] | None = None,
        *,
        attention: bool | None = None,
    ) -> EvidenceCard:
        """The evidence card of a head.

        It holds all evidence and says which rows are kept from drafters, because tests of a
        description use them (see `analyses.description_tests.kept_rows`): its mappings are the 30 most
        salient, and those that make 30 of the drafting side. The loss change is ranked among all heads
        when `ablations` holds all of them. A head whose removal gives no finite numbers has a card
        without an ablation. `attention` True measures where heads look, False takes it only where it
        is kept, None measures it where that is quick (see `attention`).
        """
        scores = self.scores() if scores is None else scores
        ablations = {} if ablations is None else ablations
        ablated = ablations[head] if head in ablations else self.ablations([head])[head]
        effect, rank = None if ablated.failures else ablated.of(head), None
        total = self.model.facts.total_heads
        changes = [one.of(other).loss_change for other, one in ablations.items() if one.effects]
        if effect is not None and len(changes) == total:
            rank = 1 + sum(change > effect.loss_change for change in changes)
        names = [found.name for found in scores.scores if found.name in relations()]
        drafting = {found.name: found for found in self.drafting_scores(names).scores}
        rows = sorted(
            (
                relation_evidence(found, head, total, drafting.get(found.name))
                for found in scores.scores
            ),
            key=lambda row: (-row.score, row.rank),
        )
        measured = (*scores.scores, *drafting.values())
        provenances = {found.provenance.model_dump_json(): found.provenance for found in measured}
        looks = self.attention(attention)
        split, salient = self.split(head), self.mappings(head, N_TOKENS)
        shown = {row.token_id for row in (*salient.rows[:SHOWN], *split.drafting[:SHOWN])}
        card = EvidenceCard(
            model=self.model.facts,
            head=head,
            relations=tuple(rows),
            not_applicable=tuple(skipped.reason for skipped in scores.not_applicable),
            mappings=tuple(row for row in salient.rows if row.token_id in shown),
            ablation=effect,
            loss_change_rank=rank,
            attention=None if looks is None else looks.of(head),
            provenances=(
                *provenances.values(),
                split.provenance,
                ablated.provenance,
                *(() if looks is None else looks.provenances()),
            ),
        )
        held_out = [halves(relation(name))[1] for name in names]
        return card.model_copy(update={"held_out": kept_rows(card, split, held_out)})


def _ablation_inputs(
    head: Head, positions: AnyPositions, texts: Sequence[str], how: Mapping[str, JsonValue]
) -> JsonValue:
    return {
        "head": str(head),
        "positions": recorded_positions(checked_positions(positions)),
        "prompts": texts_hash(tuple(texts)),
        **how,
    }


def _score_inputs(one: Relation) -> dict[str, JsonValue]:
    return {
        "relation": one.name,
        "category": one.category,
        "k": one.k,
        "pairs": pairs_hash(one.pairs),
        "token_rule": ANCHOR_RULE,
        "control_draws": relation_scores.CONTROL_DRAWS,
    }
