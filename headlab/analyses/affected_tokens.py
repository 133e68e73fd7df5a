"""Which positions and vocabulary tokens an ablation hurts and helps."""

from __future__ import annotations

from torch import Tensor

from headlab.analyses.ablation_effects import Changes, CleanSide
from headlab.analyses.prompt_set import PromptSet
from headlab.models.language_model import LanguageModel
from headlab.records.ablation import AffectedPosition, AffectedToken, TokenContext
from headlab.records.mappings import TokenScore

MIN_CHANGE = 0.01
"""A position counts for a vocabulary token when its probability moved by at least this."""
N_CONTEXTS = 3
N_PREDICTIONS = 3


def affected_positions(
    prompts: PromptSet, clean: CleanSide, changes: Changes, hurt: bool, n_rows: int
) -> tuple[AffectedPosition, ...]:
    """The positions whose true next token loses (`hurt`) or gains most log-probability."""
    if n_rows == 0:
        return ()
    change = changes.log_probability
    strongest = (-change if hurt else change).topk(min(n_rows, len(change)))
    kept = strongest.indices[strongest.values > 0]
    sides = [side.rows(kept) for side in (clean.distributions, changes.ablated)]
    rows = []
    for place, number in enumerate(kept.tolist()):
        context = prompts.context(number)
        before, after = sides[0][place], sides[1][place]
        rows.append(
            AffectedPosition(
                context=context,
                change=float(change[number]),
                p_clean=float(before[context.next_id]),
                p_ablated=float(after[context.next_id]),
                top_clean=_predictions(clean.model, before),
                top_ablated=_predictions(clean.model, after),
            )
        )
    return tuple(rows)


def affected_tokens(
    prompts: PromptSet, clean: CleanSide, changes: Changes, hurt: bool, n_rows: int
) -> tuple[AffectedToken, ...]:
    """The vocabulary tokens that lose (`hurt`) or gain most, by the sums over positions of
    `AffectedToken`, which tokens of tiny probability do not lead. None without those sums."""
    effect = changes.hurt if hurt else changes.helped
    if effect is None:
        return ()
    strongest = effect.topk(min(n_rows, len(effect)))
    ids = strongest.indices[strongest.values > 0]
    if not len(ids):
        return ()
    p_clean, p_ablated = clean.distributions.columns(ids), changes.ablated.columns(ids)
    ratio = p_clean.clamp_min(1e-45).log() - p_ablated.clamp_min(1e-45).log()
    terms = p_clean * ratio if hurt else p_ablated * -ratio
    moved = p_clean - p_ablated if hurt else p_ablated - p_clean
    counts = (moved >= MIN_CHANGE).sum(0)
    places = terms.topk(min(N_CONTEXTS, len(terms)), dim=0).indices
    rows = []
    for column, token_id in enumerate(ids.tolist()):
        contexts = tuple(
            TokenContext(
                context=prompts.context(number),
                p_clean=float(p_clean[number, column]),
                p_ablated=float(p_ablated[number, column]),
            )
            for number in places[:, column].tolist()
            if terms[number, column] > 0
        )
        if not contexts:
            continue
        rows.append(
            AffectedToken(
                token_id=token_id,
                text=clean.model.vocabulary.text_of(token_id),
                effect=float(effect[token_id]),
                count=int(counts[column]),
                p_clean=contexts[0].p_clean,
                p_ablated=contexts[0].p_ablated,
                contexts=contexts,
            )
        )
    return tuple(rows)


def _predictions(model: LanguageModel, probabilities: Tensor) -> tuple[TokenScore, ...]:
    found = probabilities.topk(N_PREDICTIONS)
    return tuple(
        TokenScore(token_id=token_id, text=model.vocabulary.text_of(token_id), score=score)
        for token_id, score in zip(found.indices.tolist(), found.values.tolist(), strict=True)
    )
