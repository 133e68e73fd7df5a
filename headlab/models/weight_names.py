"""Which stored tensors make which weights of a module."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, eq=False)
class Source:
    """The stored tensors behind one weight: `parts` are (pattern, name).

    With a `converter` (of transformers: experts stored one by one, for instance) they make
    `target`, and perhaps others; without one, the only part is the weight.
    """

    parts: tuple[tuple[str | None, str], ...]
    target: str
    converter: Any = None


def sources(module: Any, stored: Iterable[str]) -> dict[str, Source]:
    """Where each parameter and persistent buffer of `module` comes from, by its name in the module.

    Names in files become names in the module by transformers' own rules: old names, missing or
    added prefixes, experts that are stored apart. Weights that the module ties share a source.
    Those without any are left out.
    """
    from transformers.conversion_mapping import get_model_conversion_mapping
    from transformers.core_model_loading import (
        WeightConverter,
        WeightRenaming,
        dot_natural_key,
        rename_source_key,
    )

    rules = get_model_conversion_mapping(module)
    renamings = [rule for rule in rules if isinstance(rule, WeightRenaming)]
    converters = [rule for rule in rules if isinstance(rule, WeightConverter)]
    owner = {pattern: rule for rule in converters for pattern in rule.source_patterns}
    wanted = module.state_dict(keep_vars=True)
    prefix = module.base_model_prefix
    found: dict[str, Source] = {}
    for name in sorted(stored, key=dot_natural_key):
        target, pattern = rename_source_key(name, renamings, converters, prefix, wanted)
        if target not in wanted and name in wanted:  # a rule changed a name that was right
            target, pattern = rename_source_key(name, [], [], prefix, wanted)
        if target not in wanted:
            continue
        if pattern is None:
            found.setdefault(target, Source(((None, name),), target))
            continue
        before = found[target].parts if target in found else ()
        source = Source((*before, (pattern, name)), target, owner[pattern])
        first, *others = owner[pattern].target_patterns
        found |= {target.replace(first, other): source for other in (first, *others)}
    return _tied(wanted, found) | found


def _tied(wanted: dict[str, Any], found: dict[str, Source]) -> dict[str, Source]:
    """The sources of weights that are one with a weight that has one."""
    known = {id(weight): found[name] for name, weight in wanted.items() if name in found}
    return {name: known[id(weight)] for name, weight in wanted.items() if id(weight) in known}
