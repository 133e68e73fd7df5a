"""Counting the tokens whose logit reaches the target's: exact, and stopped as soon as k are found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from headlab.models.language_model import LanguageModel
from headlab.records.errors import ModelError

_SCREEN = (512, 2048)  # tokens that every pair is compared with first: at least, at most
_BLOCKS = (512, 4096)  # tokens of the blocks that follow: the first, the largest
_CELLS = 1 << 21  # logits held at a time
_EPSILON = float(torch.finfo(torch.float32).eps)


class Vocabulary:
    """The unembedding by rows, and the tokens that pairs are compared with first.

    `first`: weights of all targets `[n_targets, d_model]`, then of a few more tokens. `screen`: the
    places in `first` that every pair is compared with; `place`: the place of a token in the screen,
    -1 for the others.
    """

    def __init__(self, model: LanguageModel, targets: Tensor):
        self.rows = model.W_U_rows()
        self.largest = self._largest_norm(model)
        d_vocab, n = self.rows.shape[0], len(targets)
        least, most = _SCREEN
        ids = targets
        if n < least:  # evenly spread tokens make up for few targets
            spread = torch.linspace(0, d_vocab - 1, min(least, d_vocab), device=targets.device)
            extra = spread.long().unique()
            ids = torch.cat([targets, extra[~torch.isin(extra, targets)]])
        self.first = self.rows[ids].float()
        step = torch.linspace(0, len(ids) - 1, min(len(ids), most), device=ids.device)
        self.screen = step.round().long().unique()
        self.screened = ids[self.screen]
        self.place = torch.full((d_vocab,), -1, device=ids.device)
        self.place[self.screened] = torch.arange(len(self.screened), device=ids.device)
        self.unseen = (self.place < 0).float()

    def _largest_norm(self, model: LanguageModel) -> float:
        norms = [block.float().norm(dim=1).max() for block in self.rows.split(_BLOCKS[1])]
        largest = float(torch.stack(norms).max())
        if not largest < float("inf"):
            raise ModelError(f"{model.facts.name} has an unembedding that is not finite.")
        return largest


@dataclass
class Items:
    """Open questions, sorted by head: does the pair's target have fewer than k rivals?

    One side of a pair each: for suppression (`negative`) the head's values `[n, rank]` are negated.
    `wanted` is the target's logit, and logits within `margin` of it may be rounding; `count` the
    rivals found so far.
    """

    head: Tensor
    pair: Tensor
    negative: Tensor
    values: Tensor
    target: Tensor
    k: Tensor
    wanted: Tensor
    margin: Tensor
    count: Tensor

    def select(self, which: Tensor) -> Items:
        return Items(*(getattr(self, field.name)[which] for field in fields(self)))

    @classmethod
    def join(cls, parts: Sequence[Items]) -> Items:
        return cls(
            *(torch.cat([getattr(part, field.name) for part in parts]) for field in fields(cls))
        )

    def __len__(self) -> int:
        return len(self.head)


@dataclass(frozen=True)
class Pairs:
    """Distinct pairs, sorted by source: `source_row` in the values, `target_row` in the first
    tokens, token ids of the targets, and k; `[n]` each."""

    source_row: Tensor
    target_row: Tensor
    target: Tensor
    k: Tensor


def open_items(
    head: int, values: Tensor, w_o: Tensor, first: Tensor, pairs: Pairs, vocabulary: Vocabulary
) -> Items:
    """The questions of a head that its screen leaves open, with the rivals in it counted.

    values: `[n_sources, rank]`; w_o: `[n_heads, rank, d_model]`; first: the vocabulary's first tokens
    through this head's W_O, `[n, rank]`. A question is closed when the k-th largest of group maxima
    reaches the target's logit: there are k rivals then. A head that writes nothing ties with
    everything, and is closed too.
    """
    device, (_, rank, d_model) = values.device, w_o.shape
    screen = first[vocabulary.screen]
    wanted = (values[pairs.source_row] * first[pairs.target_row]).sum(-1)
    scale = _EPSILON * (rank**0.5 + d_model**0.5) * vocabulary.largest * w_o[head].norm()
    margin = (values.norm(dim=-1) * scale)[pairs.source_row]
    largest_k = int(pairs.k.max())
    parts, start = [], 0
    for rows in torch.arange(len(values), device=device).split(max(1, 2 * _CELLS // len(screen))):
        end = int(torch.searchsorted(pairs.source_row, rows[-1], right=True))
        part = torch.arange(start, end, device=device)
        row, k, start = pairs.source_row[part] - rows[0], pairs.k[part], end
        logits = values[rows] @ screen.T
        for negative, sign in ((False, 1.0), (True, -1.0)):
            reached = _kth_largest_of_groups(logits, largest_k, negative)
            bar = reached[row, (k - 1).clamp_max(reached.shape[1] - 1)]
            closed = (k <= reached.shape[1]) & (bar >= sign * wanted[part] + margin[part])
            still = (~closed & (margin[part] > 0)).nonzero().squeeze(1)
            pair = part[still]
            items = Items(
                head=torch.full_like(pair, head),
                pair=pair,
                negative=torch.full_like(pair, negative, dtype=torch.bool),
                values=values[pairs.source_row[pair]] * sign,
                target=pairs.target[pair],
                k=k[still],
                wanted=wanted[pair] * sign,
                margin=margin[pair],
                count=torch.zeros(len(pair), device=device),
            )
            columns = vocabulary.place[items.target]
            for some in torch.arange(len(items), device=device).split(max(1, len(rows))):
                _count(
                    items,
                    some,
                    logits[row[still[some]]] * sign,
                    columns[some],
                    vocabulary.screened,
                    None,
                    vocabulary.rows,
                    w_o,
                )
            parts.append(items.select(items.count < items.k))
    return Items.join(parts)


def _kth_largest_of_groups(logits: Tensor, largest_k: int, negative: bool) -> Tensor:
    """Largest logits of groups of columns, sorted; `[n, k]` for k up to `largest_k`.

    The k-th of them is at most the k-th largest of all, and finding it takes one cheap pass.
    """
    n, width = logits.shape
    n_groups = min(width, max(64, 4 * largest_k))
    each = width // n_groups
    groups = logits[:, : n_groups * each].view(n, each, n_groups)
    extremes = -groups.amin(1) if negative else groups.amax(1)
    return extremes.topk(min(largest_k, n_groups), dim=1).values


def finish(items: Items, vocabulary: Vocabulary, w_o: Tensor) -> Items:
    """The questions whose targets have fewer than k rivals in the whole vocabulary."""
    d_vocab = vocabulary.rows.shape[0]
    start, size = 0, _BLOCKS[0]
    while start < d_vocab and len(items):
        end = min(start + size, d_vocab)
        block = vocabulary.rows[start:end].float()
        ids = torch.arange(start, end, device=block.device)
        columns = torch.where(
            (items.target >= start) & (items.target < end), items.target - start, -1
        )
        for some, logits in _logits(items, block, w_o):
            _count(
                items,
                some,
                logits,
                columns[some],
                ids,
                vocabulary.unseen[start:end],
                vocabulary.rows,
                w_o,
            )
        items = items.select(items.count < items.k)
        start, size = end, min(size * 2, _BLOCKS[1])
    return items


def _logits(items: Items, block: Tensor, w_o: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Logits of all items for a block of the unembedding, by parts: places `[n]`, `[n, n_block]`.

    Heads with many items send the block through W_O first, `(block W_O^T)` being far narrower than
    the block; the few of other heads are written out and compared with the block together.
    """
    _, rank, d_model = w_o.shape
    sizes = torch.bincount(items.head, minlength=len(w_o)).tolist()
    rows = max(1, _CELLS // len(block))
    written, places, start = [], [], 0
    for head, size in enumerate(sizes):
        own = torch.arange(start, start + size, device=block.device)
        start += size
        if size * d_model > rank * d_model + size * rank:
            narrow = block @ w_o[head].T
            for some in own.split(rows):
                yield some, items.values[some] @ narrow.T
        elif size:
            written.append(items.values[own] @ w_o[head])
            places.append(own)
    if written:
        for some, output in zip(
            torch.cat(places).split(rows), torch.cat(written).split(rows), strict=True
        ):
            yield some, output @ block.T


def _count(
    items: Items,
    some: Tensor,
    logits: Tensor,
    column: Tensor,
    ids: Tensor,
    weight: Tensor | None,
    rows: Tensor,
    w_o: Tensor,
) -> None:
    """Add to the items at `some` their rivals among the tokens `ids`; `logits` `[n, n_ids]`.

    `column` is where an item's own target stands, -1 elsewhere; `weight` is 0 for tokens counted
    before.
    """
    has_own = (column >= 0).nonzero().squeeze(1)
    logits[has_own, column[has_own]] = -torch.inf  # a target is not its own rival
    low = items.wanted[some] - items.margin[some]
    near = (logits.amax(1) >= low).nonzero().squeeze(1)
    if not len(near):
        return
    logits, low, some = logits[near], low[near, None], some[near]
    high = low + 2 * items.margin[some, None]
    ones = logits.new_ones(len(ids)) if weight is None else weight
    buffer = torch.empty_like(logits)
    above = torch.ge(logits, high, out=buffer) @ ones
    unsure = torch.ge(logits, low, out=buffer) @ ones > above
    items.count[some] += above
    if unsure.any():
        cells = (logits[unsure] >= low[unsure]) & (logits[unsure] < high[unsure]) & (ones > 0)
        place, token = cells.nonzero(as_tuple=True)
        place, token = some[unsure][place], ids[token]
        items.count.index_add_(0, place, _reaches(items, place, token, rows, w_o))


def _reaches(items: Items, place: Tensor, token: Tensor, rows: Tensor, w_o: Tensor) -> Tensor:
    """1 where a token's logit, in float64, is at least that of the item's target, else 0; `[n]`."""
    found = torch.zeros(len(place), device=rows.device)
    head = items.head[place]
    for one in head.unique():
        own = w_o[one].double()
        for some in (head == one).nonzero().squeeze(1).split(1 << 12):
            outputs = items.values[place[some]].double() @ own
            rival = (outputs * rows[token[some]].double()).sum(-1)
            target = (outputs * rows[items.target[place[some]]].double()).sum(-1)
            found[some] = (rival >= target).float()
    return found
