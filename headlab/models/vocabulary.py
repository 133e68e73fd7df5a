"""A model's tokens: bytes, printable text and the ids that a word adds in the middle of a text."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from headlab.records.text import escape

ANCHOR = "is"
ANCHOR_RULE = f"the ids that ' word' adds after the anchor {ANCHOR!r}"


def _byte_alphabet() -> dict[str, int]:
    """The byte-level BPE alphabet: printable bytes stand for themselves, others are shifted."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    table = {chr(byte): byte for byte in printable}
    shifted = (byte for byte in range(256) if byte not in printable)
    return table | {chr(256 + offset): byte for offset, byte in enumerate(shifted)}


_BYTES = _byte_alphabet()


class Vocabulary:
    """Wraps a tokenizer; ids outside it (padding rows of the embedding) are shown as unused."""

    def __init__(self, tokenizer: Any):
        self.tokenizer = tokenizer
        self.special_ids: frozenset[int] = frozenset(tokenizer.all_special_ids)
        self._words: dict[str, tuple[int, ...]] = {}

    def __len__(self) -> int:
        return len(self.tokenizer)

    @cached_property
    def fingerprint(self) -> str:
        """sha256 over every token, its id and the special ones."""
        tokens = sorted(self.tokenizer.get_vocab().items())
        written = json.dumps([tokens, sorted(self.special_ids)], ensure_ascii=True)
        return hashlib.sha256(written.encode("ascii")).hexdigest()

    @cached_property
    def _byte_level(self) -> bool:
        """Whether tokens are spelled in the byte alphabet (GPT-2's way) or in plain text."""
        backend = getattr(self.tokenizer, "backend_tokenizer", None)
        if backend is None:
            return False
        return "ByteLevel" in str(backend.decoder) or "ByteLevel" in str(backend.pre_tokenizer)

    def bytes_of(self, token_id: int) -> bytes:
        """The bytes that a token stands for in running text."""
        spelled = self.tokenizer.convert_ids_to_tokens(token_id)
        if spelled is None:
            return b""
        if token_id in self.special_ids:
            return spelled.encode("utf-8", "surrogatepass")
        if self._byte_level and all(character in _BYTES for character in spelled):
            return bytes(_BYTES[character] for character in spelled)
        if len(spelled) == 6 and spelled.startswith("<0x") and spelled.endswith(">"):
            return bytes([int(spelled[3:5], 16)])
        return spelled.replace("\u2581", " ").encode("utf-8", "surrogatepass")

    def text_of(self, token_id: int) -> str:
        """Printable, reversible text of a token (see `records.text`)."""
        if not 0 <= token_id < len(self):
            return f"‹unused {token_id}›"
        if token_id in self.special_ids:
            return f"‹{escape(self.bytes_of(token_id))}›"
        return escape(self.bytes_of(token_id))

    def ids_of_word(self, word: str) -> tuple[int, ...]:
        """The ids that `word` adds in the middle of a text, after an anchor word."""
        if word not in self._words:
            anchor = self._encode(ANCHOR)
            both = self._encode(f"{ANCHOR} {word}")
            if both[: len(anchor)] != anchor:  # the word changed the anchor's own tokens
                anchor, both = [], self._encode(" " + word)
            self._words[word] = tuple(both[len(anchor) :])
        return self._words[word]

    def word_id(self, word: str) -> int | None:
        """The one id of a single-token word, else None."""
        ids = self.ids_of_word(word)
        if len(ids) != 1 or ids[0] == self.tokenizer.unk_token_id:
            return None
        return ids[0]

    def encode(self, text: str) -> list[int]:
        """Ids of a text as the model expects it, special tokens included."""
        return list(self.tokenizer(text)["input_ids"])

    def _encode(self, text: str) -> list[int]:
        return list(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def texts(self, token_ids: Sequence[int]) -> tuple[str, ...]:
        return tuple(self.text_of(token_id) for token_id in token_ids)
