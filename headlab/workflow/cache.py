"""Results on disk, found again by everything that decides them."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import TypeVar

from pydantic import JsonValue, ValidationError

from headlab.records.base import Record
from headlab.records.model import ModelFacts

R = TypeVar("R", bound=Record)


class ResultCache:
    """A folder of results, one JSON file each.

    A result's key is a hash of the model's weights, tokenizer, dtype, device and attention kernel,
    of the analysis and its version, and of its inputs: a change in any of them misses. A file that
    cannot be read counts as missing and is written anew.
    """

    def __init__(self, folder: Path):
        self.folder = folder

    def get(self, kind: type[R], facts: ModelFacts, analysis: str, inputs: JsonValue) -> R | None:
        """The kept result, or None."""
        try:
            text = self._file(facts, analysis, inputs).read_text(encoding="utf-8")
            return kind.model_validate_json(text)
        except (OSError, ValidationError, UnicodeDecodeError):
            return None

    def has(self, facts: ModelFacts, analysis: str, inputs: JsonValue) -> bool:
        """Whether a result is kept, without reading it."""
        return self._file(facts, analysis, inputs).is_file()

    def put(self, result: Record, facts: ModelFacts, analysis: str, inputs: JsonValue) -> None:
        """Keep a result; a crash leaves the old file or the new one, never half of it."""
        file = self._file(facts, analysis, inputs)
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, suffix=".tmp")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as written:
                written.write(result.model_dump_json())
            Path(name).replace(file)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def _file(self, facts: ModelFacts, analysis: str, inputs: JsonValue) -> Path:
        decides = {
            "fingerprint": facts.fingerprint,
            "tokenizer": facts.tokenizer_hash,
            "dtype": facts.dtype,
            "device": facts.device,
            "kernel": facts.attention_kernel,
            "analysis": analysis,
            "inputs": inputs,
        }
        written = json.dumps(decides, sort_keys=True, ensure_ascii=True)
        key = hashlib.sha256(written.encode("ascii")).hexdigest()[:32]
        return self.folder / facts.fingerprint[:16] / analysis.split("/")[0] / f"{key}.json"
