"""What a head's weights map single tokens to."""

from __future__ import annotations

from headlab.records.base import Record
from headlab.records.head import Head
from headlab.records.provenance import Provenance


class TokenScore(Record):
    """A token with a score whose meaning the enclosing record gives; text is escaped."""

    token_id: int
    text: str
    score: float


class Mapping(Record):
    """A source token, its saliency `||e' W_VO|| / ||e'||`, and its top targets by `e' W_VO W_U`."""

    token_id: int
    text: str
    saliency: float
    targets: tuple[TokenScore, ...]


class SalientMappings(Record):
    """The most salient source tokens of a head, with their targets (MAPS, section 5)."""

    head: Head
    rows: tuple[Mapping, ...]
    provenance: Provenance
