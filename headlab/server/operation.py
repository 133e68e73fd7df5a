"""An operation: a method at a path, and the function that answers it.

What it takes and gives is read from the function's own signature, so that routes, checks and the
OpenAPI description cannot differ from it: `query`, `body`, `raw` (the body's bytes) and `seen` (the
revision of If-Match) are taken where the function names them, other parameters after the first come
from the path.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]

MAX_BODY = 2**20
PREFIX = "/headlab/"
_PART = re.compile(r"\{(\w+)\}")
_PATTERNS: dict[type, str] = {int: r"\d{1,19}", str: r"[^/]+"}


@dataclass(frozen=True)
class Download:
    """A file that is sent under a name and then removed with its folder."""

    file: Path
    folder: Path
    name: str
    media_type: str


@dataclass(frozen=True)
class Operation:
    """`path` is relative to `/headlab/`, with its parts in braces; `max_body` in bytes.

    `conflict` says when it is refused with status 409, where that is not an edit's reason.
    """

    method: Method
    path: str
    work: Callable[..., Any]
    max_body: int = MAX_BODY
    conflict: str = ""

    @cached_property
    def _hints(self) -> dict[str, Any]:
        return get_type_hints(self.work, include_extras=True)

    @property
    def name(self) -> str:
        return self.work.__name__

    @cached_property
    def description(self) -> str:
        return inspect.getdoc(self.work) or ""

    @property
    def query(self) -> Any:
        """The record of its query parameters; None: it takes none."""
        return self._hints.get("query")

    @property
    def body(self) -> Any:
        """The record of its body, `dict` for any object; None: it takes none."""
        return self._hints.get("body")

    @property
    def takes_raw(self) -> bool:
        """Whether it also wants its body as it was sent."""
        return "raw" in self._hints

    @property
    def answer(self) -> Any:
        return self._hints["return"]

    @property
    def is_edit(self) -> bool:
        """Whether it changes an entry, and so needs the revision that was seen."""
        return "seen" in self._hints

    @cached_property
    def parts(self) -> dict[str, type]:
        """The parts of the path by name, each an `int` or a `str`."""
        return {name: self._hints[name] for name in _PART.findall(self.path)}

    @property
    def pattern(self) -> str:
        """The path as a regular expression with named groups."""
        literals = _PART.split(self.path)[::2]
        kinds = [f"(?P<{name}>{_PATTERNS[kind]})" for name, kind in self.parts.items()]
        pairs = zip_longest(map(re.escape, literals), kinds, fillvalue="")
        return PREFIX + "".join(part for pair in pairs for part in pair)

    @property
    def answers_with(self) -> Literal["file", "list", "record"]:
        if self.answer is Download:
            return "file"
        return "list" if get_origin(self.answer) is tuple else "record"

    @property
    def item(self) -> Any:
        """The record that it answers with, one or a list of them."""
        return get_args(self.answer)[0] if self.answers_with == "list" else self.answer
