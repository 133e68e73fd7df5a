"""Which sources a kind of head should look at, for each destination of a prompt."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from headlab.analyses.attention.looking import Reading
from headlab.models.vocabulary import Vocabulary
from headlab.records.errors import TaskError


@dataclass(frozen=True)
class Links:
    """Pairs of a destination and a source that counts for it, in one prompt.

    A destination may have several sources, and no source lies after its destination.
    """

    pairs: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        for destination, source in self.pairs:
            if not 0 <= source <= destination:
                raise TaskError(
                    f"Position {destination} cannot look at position {source}: a source is at or "
                    "before its destination."
                )
        if len(set(self.pairs)) != len(self.pairs):
            raise TaskError("A destination and a source are linked twice.")

    @classmethod
    def of(cls, pairs: Iterable[tuple[int, int]]) -> Links:
        return cls(tuple(pairs))

    @property
    def destinations(self) -> Tensor:
        return torch.tensor([destination for destination, _ in self.pairs], dtype=torch.long)

    @property
    def sources(self) -> Tensor:
        return torch.tensor([source for _, source in self.pairs], dtype=torch.long)

    @property
    def n_destinations(self) -> int:
        return len({destination for destination, _ in self.pairs})


def previous_tokens(ids: Sequence[int], first: int = 1) -> Links:
    """From every position from `first` on to the one before."""
    return Links.of((place, place - 1) for place in range(max(1, first), len(ids)))


def earlier_copies(ids: Sequence[int]) -> Links:
    """From every token to all earlier copies of it."""
    return Links.of((here, there) for here, there in _copies(ids))


def after_earlier_copies(ids: Sequence[int]) -> Links:
    """From every token to the tokens that came right after its earlier copies (induction)."""
    return Links.of((here, there + 1) for here, there in _copies(ids) if there + 1 < here)


def _copies(ids: Sequence[int]) -> Iterable[tuple[int, int]]:
    places: dict[int, list[int]] = defaultdict(list)
    for here, token in enumerate(ids):
        for there in places[token]:
            yield here, there
        places[token].append(here)


def same_word(ids: Sequence[int], vocabulary: Vocabulary) -> Links:
    """From every token that goes on with a word to the word's earlier tokens.

    A token goes on with a word when the byte before and its own first byte are letters, digits or
    parts of a character outside ASCII. Special tokens are no words.
    """
    pairs, start = [], 0
    pieces = [b"" if i in vocabulary.special_ids else vocabulary.bytes_of(i) for i in ids]
    for place in range(1, len(pieces)):
        before, own = pieces[place - 1], pieces[place]
        if not (before and own and _in_word(before[-1]) and _in_word(own[0])):
            start = place
        pairs += [(place, source) for source in range(start, place)]
    return Links.of(pairs)


def _in_word(byte: int) -> bool:
    return byte >= 0x80 or chr(byte).isalnum()


def rarest_tokens(
    ids: Sequence[int], frequencies: Mapping[int, float], left_out: frozenset[int], first: int = 1
) -> Links:
    """From every position from `first` on to the rarest tokens at or before it; all of equals.

    A token without a frequency counts as never seen; ids `left_out` (special tokens) never count.
    """
    pairs: list[tuple[int, int]] = []
    lowest, places = float("inf"), list[int]()
    for here, token in enumerate(ids):
        if token not in left_out:
            frequency = frequencies.get(token, 0.0)
            if frequency < lowest:
                lowest, places = frequency, []
            if frequency == lowest:
                places.append(here)
        if here >= first:
            pairs += [(here, there) for there in places]
    return Links.of(pairs)


def counted(prompts: Sequence[Sequence[int]]) -> dict[int, float]:
    """How often each token occurs in the prompts."""
    return dict(Counter(token for ids in prompts for token in ids))


def total_destinations(links: Sequence[Links], missing: str) -> int:
    """Destinations of all prompts; raises TaskError, saying what is `missing`, when there are none."""
    count = sum(one.n_destinations for one in links)
    if not count:
        raise TaskError(missing)
    return count


def uniform_attention(links: Sequence[Links]) -> float:
    """What a head that looks at everything equally puts on the sources, mean over destinations."""
    mass = sum(1 / (destination + 1) for one in links for destination, _ in one.pairs)
    return mass / max(1, sum(one.n_destinations for one in links))


def mass_on(links: Sequence[Links]) -> Callable[[int, Tensor], Tensor]:
    """Reads the attention on the sources, summed over destinations, `[head]`."""
    index = [(one.destinations, one.sources) for one in links]

    def read(prompt: int, pattern: Tensor) -> Tensor:
        destinations, sources = index[prompt]
        return pattern[:, destinations, sources].sum(1)

    return read


def top_on(links: Sequence[Links]) -> Callable[[int, Tensor], Tensor]:
    """Reads at how many destinations the strongest source is one of the linked, `[head]`."""
    index = [(one.destinations, one.sources) for one in links]

    def read(prompt: int, pattern: Tensor) -> Tensor:
        destinations, sources = index[prompt]
        strongest = pattern[:, destinations].argmax(-1)
        return (strongest == sources.to(pattern.device)).sum(1)

    return read


def mean_mass(links: Sequence[Links], missing: str) -> Reading:
    """Mean over destinations of the attention on their sources, in [0, 1]."""
    return Reading(mass_on(links), total_destinations(links, missing))


def strongest_share(links: Sequence[Links], missing: str) -> Reading:
    """Share of destinations whose strongest source is one of theirs, in [0, 1]."""
    return Reading(top_on(links), total_destinations(links, missing))
