"""Training text for the demo model, drawn from the relations with a seeded generator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from tokenizers import Tokenizer

from headlab.records.relation import SOURCE, TARGET, Relation
from headlab.workflow.demo_model.vocabulary import BOS, CARRIERS, GIVING, PLACES, THINGS

NO_OPERATION = -1
FIRST_REPEATS = 0.95
SHARES = {"few_shot": 0.48, "cloze": 0.27, "repeat": 0.14, "giving": 0.05, "carrier": 0.06}


@dataclass(frozen=True)
class Batch:
    """`tokens` `[batch, position]`; `answers` marks the positions whose next token is an answer;
    `operations` names its relation there (an index, or -1)."""

    tokens: np.ndarray
    answers: np.ndarray
    operations: np.ndarray


@dataclass
class _Document:
    tokens: list[int]
    answers: list[int]  # indices of answer tokens
    operation: int = NO_OPERATION


def shares(progress: float) -> tuple[float, ...]:
    """Share of each kind of document, in the order of `SHARES`.

    Repeats lead for the first tenth, so that induction heads form within a few hundred steps; by a
    fifth of the training the shares are those of `SHARES`. The repeated tokens come from the whole
    vocabulary at once: from a small pool the model learns to guess instead.
    """
    lead = min(1.0, max(0.0, (0.2 - progress) / 0.1))
    repeat = SHARES["repeat"] + (FIRST_REPEATS - SHARES["repeat"]) * lead
    scale = (1 - repeat) / (1 - SHARES["repeat"])
    return tuple(repeat if kind == "repeat" else s * scale for kind, s in SHARES.items())


class Corpus:
    """Draws batches of packed documents."""

    def __init__(self, relations: Sequence[Relation], tokenizer: Tokenizer, seed: int):
        self.relations = list(relations)
        self.random = np.random.default_rng(seed)
        self._tokenizer = tokenizer
        self._encoded: dict[str, list[int]] = {}
        self._bos = int(tokenizer.token_to_id(BOS) or 0)
        self._pairs = [
            [(self._word(source), self._word(target)) for source, target in relation.pairs]
            for relation in self.relations
        ]
        self._few_shot = [self._template(relation.few_shot) for relation in self.relations]
        self._cloze = [
            [self._template(template) for template in relation.cloze] for relation in self.relations
        ]
        self._carriers = [self._template(template) for template in CARRIERS]
        weights = np.sqrt([len(pairs) for pairs in self._pairs])
        self._weights = weights / weights.sum()
        copied = next(i for i, r in enumerate(self.relations) if r.name == "name_copying")
        self._names = [source for source, _ in self._pairs[copied]]
        self._sources = sorted({source for pairs in self._pairs for source, _ in pairs})
        self._pool = np.arange(2, tokenizer.get_vocab_size())

    def batch(self, size: int, length: int, progress: float) -> Batch:
        """`progress` in [0, 1] decides the shares of the documents, see `shares`."""
        tokens = np.zeros((size, length + 1), dtype=np.int64)
        answers = np.zeros((size, length + 1), dtype=bool)
        operations = np.full((size, length + 1), NO_OPERATION, dtype=np.int64)
        for row in range(size):
            filled = 0
            while filled < length + 1:
                document = self._document(progress)
                ids = [self._bos, *document.tokens]
                room = min(len(ids), length + 1 - filled)
                tokens[row, filled : filled + room] = ids[:room]
                for index in document.answers:
                    if index + 1 < room:
                        answers[row, filled + index + 1] = True
                        operations[row, filled + index + 1] = document.operation
                filled += room
        return Batch(tokens, answers[:, 1:], operations[:, 1:])

    def drawn_pairs(self, size: int) -> np.ndarray:
        """`[size, 3]`: source and target token of pairs drawn at random, and their operation."""
        operations = self.random.choice(len(self.relations), size, p=self._weights)
        pairs = (self._pairs[operation] for operation in operations)
        picked = [listed[self.random.integers(len(listed))] for listed in pairs]
        return np.column_stack([np.array(picked), operations])

    def before_sources(self, size: int) -> np.ndarray:
        """`[size, length]`: a carrier's words, the same in each row, or one random word in each."""
        number = int(self.random.integers(len(self._carriers) + 1))
        start = np.full((size, 1), self._bos)
        if number == len(self._carriers):
            return np.hstack([start, self.random.choice(self._pool, (size, 1))])
        words = [part for part in self._carriers[number] if not isinstance(part, str)]
        return np.hstack([start, np.tile(words, (size, 1))])

    def _document(self, progress: float) -> _Document:
        kind = self.random.choice(list(SHARES), p=shares(progress))
        if kind == "few_shot":
            return self._few_shot_list()
        if kind == "cloze":
            return self._sentence()
        if kind == "repeat":
            return self._repeat()
        if kind == "giving":
            return self._giving()
        source = int(self.random.choice(self._sources))
        carrier = self._carriers[self.random.integers(len(self._carriers))]
        return _Document([*self._fill(carrier, source), *self._encode(".")], [])

    def _draw_operation(self) -> int:
        return int(self.random.choice(len(self.relations), p=self._weights))

    def _few_shot_list(self) -> _Document:
        operation = self._draw_operation()
        pairs = self._pairs[operation]
        count = int(self.random.integers(3, 7))
        document = _Document([], [], operation)
        for number, pick in enumerate(self.random.permutation(len(pairs))[:count]):
            source, target = pairs[pick]
            document.tokens += self._fill(self._few_shot[operation], source, target)
            if number > 0:
                document.answers.append(len(document.tokens) - 1)
            document.tokens += self._encode(";")
        return document

    def _sentence(self) -> _Document:
        operation = self._draw_operation()
        templates = self._cloze[operation]
        source, target = self._pairs[operation][self.random.integers(len(self._pairs[operation]))]
        tokens = self._fill(templates[self.random.integers(len(templates))], source, target)
        return _Document([*tokens, *self._encode(".")], [len(tokens) - 1], operation)

    def _repeat(self) -> _Document:
        span = int(self.random.integers(4, 20))
        picked = [int(i) for i in self.random.choice(self._pool, span, replace=False)]
        return _Document(picked * 2, list(range(span + 1, 2 * span)))

    def _giving(self) -> _Document:
        first, second = self.random.choice(self._names, 2, replace=False)
        template = GIVING[self.random.integers(len(GIVING))]
        text = template.format(
            a="\0", b="\1", place=self.random.choice(PLACES), thing=self.random.choice(THINGS)
        )
        tokens: list[int] = []
        for piece in text.replace("\0", "|\0|").replace("\1", "|\1|").split("|"):
            if piece == "\0":
                tokens.append(int(first))
            elif piece == "\1":
                tokens.append(int(second))
            elif piece.strip():
                tokens += self._encode(piece)
        return _Document([*tokens, *self._encode(".")], [len(tokens) - 1])

    def _encode(self, text: str) -> list[int]:
        """Ids of a piece of a text, as it is tokenized after a word."""
        if text not in self._encoded:
            piece = text.rstrip() if text[0] in " ;.,:" else " " + text.rstrip()
            ids = self._tokenizer.encode("x" + piece, add_special_tokens=False).ids
            lead = len(self._tokenizer.encode("x", add_special_tokens=False).ids)
            self._encoded[text] = ids[lead:]
        return self._encoded[text]

    def _word(self, word: str) -> int:
        ids = self._tokenizer.encode(word, add_special_tokens=False).ids
        if len(ids) != 1:
            raise ValueError(f"{word!r} is {len(ids)} tokens for the demo tokenizer")
        return int(ids[0])

    def _template(self, template: str) -> list[int | str]:
        """Token ids with the two slots kept as text."""
        parts: list[int | str] = []
        marked = template.replace(SOURCE, "\0" + SOURCE + "\0").replace(
            TARGET, "\0" + TARGET + "\0"
        )
        for piece in marked.split("\0"):
            if piece in (SOURCE, TARGET):
                parts.append(piece)
            elif piece.strip():
                parts += self._encode(piece)
        return parts

    @staticmethod
    def _fill(template: list[int | str], source: int, target: int | None = None) -> list[int]:
        filled: list[int] = []
        for part in template:
            if part == SOURCE:
                filled.append(source)
            elif part == TARGET:
                assert target is not None
                filled.append(target)
            else:
                filled.append(int(part))
        return filled
