"""The demo model's tokenizer: whole words with a leading space, single bytes for anything else."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors

from headlab.records.relation import SOURCE, TARGET, Relation

BOS, EOS = "<|bos|>", "<|eos|>"
ANCHOR = "is"

CARRIERS = (
    "This is a text about {source}",
    "The story of {source}",
    "When I think about {source}",
    "No {source}",
)
"""Sentences that put a source word at the last position, for dynamic relation scores."""

GIVING = (
    "Then {a} and {b} went to the {place}. {b} gave a {thing} to {a}",
    "When {a} and {b} were at the {place}, {b} handed the {thing} to {a}",
    "Today {b} and {a} came to the {place} and {b} showed a {thing} to {a}",
)
"""Indirect-object sentences: the last word is the name that was said once."""

PLACES = ("school", "market", "station", "garden", "kitchen", "library", "park", "office")
THINGS = ("book", "drink", "ring", "letter", "ball", "flower", "ticket", "map")


def words_of(text: str) -> list[str]:
    """The pre-tokens of a template: words, numbers and runs of punctuation."""
    return re.findall(r"\w+|[^\w\s]+", text)


def vocabulary(relations: Iterable[Relation]) -> list[str]:
    """Every word that the relations and templates use, in a fixed order, without repeats."""
    found: dict[str, None] = {ANCHOR: None}
    for relation in relations:
        for template in (relation.few_shot, *relation.cloze):
            bare = template.replace(SOURCE, " ").replace(TARGET, " ")
            found |= dict.fromkeys(words_of(bare))
        for pair in relation.pairs:
            found |= dict.fromkeys(pair)
    for template in (*CARRIERS, *GIVING):
        found |= dict.fromkeys(words_of(re.sub(r"\{\w+\}", " ", template)))
    found |= dict.fromkeys((*PLACES, *THINGS))
    return list(found)


def build_tokenizer(relations: Iterable[Relation]) -> Tokenizer:
    """A byte-level BPE without merges: a pre-token that is a whole entry is one token."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    splitter = pre_tokenizers.ByteLevel(add_prefix_space=True, use_regex=True)
    entries = [BOS, EOS, *alphabet]
    for word in vocabulary(relations):
        pieces = [piece for piece, _ in splitter.pre_tokenize_str(word)]
        bare = re.fullmatch(r"[;.,:]+", word) is not None
        if len(pieces) != 1:
            raise ValueError(f"{word!r} is not one word for the demo tokenizer: {pieces}")
        entry = pieces[0].removeprefix("Ġ") if bare else pieces[0]
        if entry not in entries:
            entries.append(entry)
    model = models.BPE(
        vocab={entry: index for index, entry in enumerate(entries)}, merges=[], ignore_merges=True
    )
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = splitter
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{BOS} $A", pair=f"{BOS} $A $B", special_tokens=[(BOS, 0), (EOS, 1)]
    )
    tokenizer.add_special_tokens([BOS, EOS])
    return tokenizer
