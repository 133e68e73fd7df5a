"""Results on disk, found again by everything that decides them."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pydantic import JsonValue, ValidationError

from headlab.records.base import Record
from headlab.records.model import ModelFacts
from headlab.settings.whole_file import write_whole

R = TypeVar("R", bound=Record)


class ResultCache:
    """A folder of results, one JSON file each.

    A result's key is a hash of the model's weights, tokenizer, dtype, device and attention kernel,
    of the analysis and its version, and of its inputs: a change in any of them misses. A file that
    cannot be read counts as missing and is written anew.

    A result that cannot be written (a full disk, a folder without permission) is held in memory
    while the cache lives; `on_problem` is told why, once, and `problem` keeps it.
    """

    def __init__(self, folder: Path, on_problem: Callable[[str], None] | None = None):
        self.folder = folder
        self.problem = ""
        self._on_problem = on_problem
        self._held: dict[Path, str] = {}

    def get(self, kind: type[R], facts: ModelFacts, analysis: str, inputs: JsonValue) -> R | None:
        """The kept result, or None."""
        file = self._file(facts, analysis, inputs)
        try:
            held = self._held.get(file)
            text = file.read_text(encoding="utf-8") if held is None else held
            return kind.model_validate_json(text)
        except (OSError, ValidationError, UnicodeDecodeError):
            return None

    def has(self, facts: ModelFacts, analysis: str, inputs: JsonValue) -> bool:
        """Whether a result is kept, without reading it."""
        file = self._file(facts, analysis, inputs)
        return file in self._held or file.is_file()

    def put(self, result: Record, facts: ModelFacts, analysis: str, inputs: JsonValue) -> None:
        """Keep a result; a crash leaves the old file or the new one, never half of it."""
        file = self._file(facts, analysis, inputs)
        text = result.model_dump_json()
        try:
            write_whole(file, text)
        except OSError as error:
            self._held[file] = text
            self._tell(error)
        else:
            self._held.pop(file, None)

    def _tell(self, error: OSError) -> None:
        if self.problem:
            return
        self.problem = (
            f"Results cannot be kept in {self.folder} ({error.strerror or error}), so they last as "
            "long as this session. Free some space, or choose another folder with "
            "'headlab config set cache FOLDER'."
        )
        if self._on_problem is None:
            warnings.warn(self.problem, stacklevel=3)
        else:
            self._on_problem(self.problem)

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
