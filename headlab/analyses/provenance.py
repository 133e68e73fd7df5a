"""Stamps results with how they were made."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from pydantic import JsonValue

from headlab.records.model import ModelFacts
from headlab.records.provenance import Provenance


def headlab_version() -> str:
    """The installed version, or "unknown" when run from an uninstalled checkout."""
    try:
        return version("headlab")
    except PackageNotFoundError:
        return "unknown"


def provenance_of(
    facts: ModelFacts,
    analysis: str,
    analysis_version: int,
    parameters: dict[str, JsonValue],
    *,
    prompts_hash: str | None = None,
    seed: int | None = None,
    seconds: float = 0.0,
) -> Provenance:
    """Provenance of a result computed on the model with these facts."""
    return Provenance(
        model=facts.name,
        revision=facts.revision,
        fingerprint=facts.fingerprint,
        tokenizer_hash=facts.tokenizer_hash,
        dtype=facts.dtype,
        device=facts.device,
        attention_kernel=facts.attention_kernel,
        analysis=analysis,
        analysis_version=analysis_version,
        parameters=parameters,
        prompts_hash=prompts_hash,
        seed=seed,
        headlab_version=headlab_version(),
        seconds=round(seconds, 4),
    )


def texts_hash(texts: Sequence[str]) -> str:
    """sha256 of a sequence of texts, in order."""
    digest = hashlib.sha256()
    for text in texts:
        data = text.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()


def pairs_hash(pairs: Sequence[tuple[str, str]]) -> str:
    """sha256 of source-target pairs, in order."""
    return texts_hash([word for pair in pairs for word in pair])
