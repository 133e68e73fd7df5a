"""Which rows of an evidence card are kept from drafters, because tests of a description use them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from headlab.analyses.description_tests.split import lemma
from headlab.records.ablation import AffectedPosition, AffectedToken, Context
from headlab.records.card import PREFIX, EvidenceCard, RowKind
from headlab.records.description_test import MappingSplit
from headlab.records.relation import Relation


def kept_rows(
    card: EvidenceCard, split: MappingSplit, held_out: Sequence[Relation]
) -> tuple[str, ...]:
    """Ids of the card's rows that no drafter gets; `held_out` are operations with the pairs of tests.

    Operations without a score on the drafting side; mappings of the held-out side; affected positions
    and tokens that would tell of either: the token is a held-out source, or it follows the source of a
    held-out pair as its target. Words are compared by lemma.
    """
    rows = {row.token_id for row in split.held_out}
    sources = {lemma(row.text) for row in split.held_out}
    pairs = {(lemma(row.text), lemma(t.text)) for row in split.held_out for t in row.targets}
    pairs |= {(lemma(source), lemma(target)) for one in held_out for source, target in one.pairs}

    def tells(token: str, contexts: Iterable[Context]) -> bool:
        word = lemma(token)
        before = {lemma(text) for context in contexts for text in context.before}
        return word in sources or any((one, word) in pairs for one in before)

    def position(row: AffectedPosition) -> bool:
        return tells(row.context.next, [row.context])

    def token(row: AffectedToken) -> bool:
        return tells(row.text, [one.context for one in row.contexts])

    kept = [*_ids("relation", [row.drafting is None for row in card.relations])]
    kept += _ids("mapping", [row.token_id in rows for row in card.mappings])
    if card.ablation is not None:
        effect = card.ablation
        kept += _ids("hurt_position", map(position, effect.hurt_positions))
        kept += _ids("helped_position", map(position, effect.helped_positions))
        kept += _ids("hurt_token", map(token, effect.hurt_tokens))
        kept += _ids("helped_token", map(token, effect.helped_tokens))
    return tuple(kept)


def _ids(kind: RowKind, chosen: Iterable[bool]) -> Iterator[str]:
    return (f"{PREFIX[kind]}{number}" for number, is_kept in enumerate(chosen, 1) if is_kept)
