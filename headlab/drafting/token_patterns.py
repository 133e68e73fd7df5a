"""Regularities of a head's mappings that can be seen from the spelling of the tokens alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from headlab.records.mappings import Mapping

MIN_ROWS = 8
COPY_SHARE, LETTER_SHARE, ABOVE_CHANCE = 0.5, 0.5, 0.3
FORM_SHARE, SUFFIX_SHARE = 0.7, 0.4
MIN_TARGETS = 10
SUFFIX_LENGTHS = (4, 3, 2)


@dataclass(frozen=True)
class TokenPattern:
    """A regularity in words, and which mappings (by index) show it."""

    name: str
    sentence: str
    pattern: str
    rows: tuple[int, ...]


def token_patterns(mappings: Sequence[Mapping]) -> tuple[TokenPattern, ...]:
    """The regularities that hold, in a fixed order: copying, first letters, form, ending.

    Relations of targets to their own source must exceed, by .3, those to the other sources of the
    card; forms and endings are counted over distinct targets.
    """
    if len(mappings) < MIN_ROWS:
        return ()
    found = (_copying(mappings), _first_letter(mappings), _form(mappings), _suffix(mappings))
    return tuple(pattern for pattern in found if pattern is not None)


def word(text: str) -> str:
    """A token's text without the mark of a new word: a space, or SentencePiece's `▁`."""
    return text.strip(" ▁")


def _copying(mappings: Sequence[Mapping]) -> TokenPattern | None:
    def copied(source: str, targets: list[str]) -> float:
        return float(source != "" and source.casefold() in [t.casefold() for t in targets])

    share, chance, rows = _against_chance(mappings, copied)
    if share < COPY_SHARE or share < chance + ABOVE_CHANCE:
        return None
    return TokenPattern(
        "copying",
        f"{len(rows)} of its {len(mappings)} salient tokens are among their own strongest targets "
        f"({_percent(chance)} when tokens and targets are paired otherwise).",
        "a token to itself",
        rows,
    )


def _first_letter(mappings: Sequence[Mapping]) -> TokenPattern | None:
    def alike(source: str, targets: list[str]) -> float:
        others = [target for target in targets if target.casefold() != source.casefold()]
        if not others or not source[:1].isalpha():
            return 0.0
        same = [target[:1].casefold() == source[:1].casefold() for target in others]
        return sum(same) / len(same)

    share, chance, rows = _against_chance(mappings, alike)
    if share < LETTER_SHARE or share < chance + ABOVE_CHANCE:
        return None
    return TokenPattern(
        "first letter",
        f"{_percent(share)} of the strongest targets begin with the same letter as their token "
        f"({_percent(chance)} when tokens and targets are paired otherwise).",
        "a token to tokens with the same first letter",
        rows,
    )


def _against_chance(
    mappings: Sequence[Mapping], measure: Callable[[str, list[str]], float]
) -> tuple[float, float, tuple[int, ...]]:
    """Mean of a measure of source and targets, the same over all wrong pairings, and the rows
    where it is at least one half."""
    sources = [word(row.text) for row in mappings]
    targets = [[word(target.text) for target in row.targets] for row in mappings]
    own = [measure(source, mine) for source, mine in zip(sources, targets, strict=True)]
    wrong = [
        measure(source, other)
        for place, source in enumerate(sources)
        for elsewhere, other in enumerate(targets)
        if place != elsewhere and sources[elsewhere].casefold() != source.casefold()
    ]
    rows = tuple(index for index, value in enumerate(own) if value >= 0.5)
    return sum(own) / len(own), sum(wrong) / len(wrong) if wrong else 0.0, rows


_FORMS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("numbers", lambda text: text.isdigit()),
    ("single letters", lambda text: len(text) == 1 and text.isalpha()),
    ("punctuation", lambda text: bool(text) and not any(c.isalnum() for c in text)),
    ("capitalised words", lambda text: len(text) > 1 and text[0].isupper() and text.isalpha()),
)


def _form(mappings: Sequence[Mapping]) -> TokenPattern | None:
    targets = _distinct_targets(mappings)
    if len(targets) < MIN_TARGETS:
        return None
    for name, has_form in _FORMS:
        count = sum(has_form(target) for target in targets)
        if count >= FORM_SHARE * len(targets):
            return TokenPattern(
                name,
                f"{count} of the {len(targets)} different strongest targets of its salient tokens "
                f"are {name}.",
                f"tokens to {name}",
                _rows_with(mappings, has_form),
            )
    return None


def _suffix(mappings: Sequence[Mapping]) -> TokenPattern | None:
    targets = [target.casefold() for target in _distinct_targets(mappings) if target.isalpha()]
    if len(targets) < MIN_TARGETS:
        return None
    for length in SUFFIX_LENGTHS:
        endings = Counter(target[-length:] for target in targets if len(target) >= length + 2)
        if not endings:
            continue
        ending, count = min(endings.items(), key=lambda item: (-item[1], item[0]))
        if count >= SUFFIX_SHARE * len(targets):
            return _ending(mappings, ending, count, len(targets))
    return None


def _ending(mappings: Sequence[Mapping], ending: str, count: int, total: int) -> TokenPattern:
    return TokenPattern(
        "ending",
        f'{count} of the {total} different strongest targets that are words end in "-{ending}".',
        f'tokens to words in "-{ending}"',
        _rows_with(mappings, lambda text: text.casefold().endswith(ending)),
    )


def _distinct_targets(mappings: Sequence[Mapping]) -> list[str]:
    return list(dict.fromkeys(word(target.text) for row in mappings for target in row.targets))


def _rows_with(mappings: Sequence[Mapping], has: Callable[[str], bool]) -> tuple[int, ...]:
    """Rows where at least half of the targets have a property."""
    return tuple(
        index
        for index, row in enumerate(mappings)
        if row.targets
        and 2 * sum(has(word(target.text)) for target in row.targets) >= len(row.targets)
    )


def _percent(share: float) -> str:
    return f"{share:.0%}"
