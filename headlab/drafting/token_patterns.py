"""Regularities of a head's mappings that can be seen from the spelling of the tokens alone."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

from headlab.records.mappings import Mapping

MIN_ROWS = 8
COPY_SHARE, LETTER_SHARE, ABOVE_CHANCE = 0.5, 0.5, 0.3
FORM_SHARE, AFFIX_SHARE = 0.7, 0.4
STEM_SHARE, MIN_STEM = 0.7, 3
MIN_TARGETS = 10
AFFIX_LENGTHS = (4, 3, 2)

_SCRIPT_NAMES: dict[str, tuple[str, ...]] = {
    "Arabic": ("ARABIC",),
    "Chinese": ("CJK",),
    "Cyrillic": ("CYRILLIC",),
    "Devanagari": ("DEVANAGARI",),
    "Greek": ("GREEK",),
    "Hebrew": ("HEBREW",),
    "Japanese": ("HIRAGANA", "KATAKANA"),
    "Korean": ("HANGUL",),
    "Thai": ("THAI",),
}
SCRIPTS = tuple(_SCRIPT_NAMES)
"""Latin is left out, for it is what most vocabularies are made of."""


@dataclass(frozen=True)
class TokenPattern:
    """A regularity in words, and which mappings (by index) show it."""

    name: str
    sentence: str
    pattern: str
    rows: tuple[int, ...]


def token_patterns(mappings: Sequence[Mapping]) -> tuple[TokenPattern, ...]:
    """The regularities that hold, in a fixed order: copying, forms of the same word, first letters,
    character class, script, pieces of words, ending, beginning.

    Relations of targets to their own source must exceed, by .3, those to the other sources of the
    card; classes, endings and beginnings are counted over distinct targets.
    """
    if len(mappings) < MIN_ROWS:
        return ()
    inflected = _word_forms(mappings)
    found = (
        _copying(mappings),
        inflected,
        None if inflected else _first_letter(mappings),
        _form(mappings),
        _script(mappings),
        _pieces(mappings),
        _affix(mappings, "ending"),
        _affix(mappings, "beginning"),
    )
    return tuple(pattern for pattern in found if pattern is not None)


def source_class(mappings: Sequence[Mapping]) -> tuple[str, str]:
    """The character class or script that at least 70% of ten or more salient tokens share, and the
    sentence that says so; empty where there is none."""
    sources = list(dict.fromkeys(word(row.text) for row in mappings))
    if len(sources) < MIN_TARGETS:
        return "", ""
    for name, has in (*_FORMS, *((f"words in {one} script", _in_script(one)) for one in SCRIPTS)):
        count = sum(map(has, sources))
        if count >= FORM_SHARE * len(sources):
            return name, f"{count} of its {len(sources)} different salient tokens are {name}."
    return "", ""


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


def _word_forms(mappings: Sequence[Mapping]) -> TokenPattern | None:
    def inflected(source: str, targets: list[str]) -> float:
        return float(any(_same_stem(source.casefold(), target.casefold()) for target in targets))

    share, chance, rows = _against_chance(mappings, inflected)
    if share < COPY_SHARE or share < chance + ABOVE_CHANCE:
        return None
    return TokenPattern(
        "word forms",
        f"{len(rows)} of its {len(mappings)} salient tokens have another form of the same word among "
        f"their strongest targets ({_percent(chance)} when tokens and targets are paired otherwise).",
        "words to other forms of the same word",
        rows,
    )


def _same_stem(one: str, other: str) -> bool:
    """Two different words that share their first letters: at least 3, and 70% of the shorter."""
    if one == other or not (one.isalpha() and other.isalpha()):
        return False
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return sum(1 for _ in alike) >= max(MIN_STEM, math.ceil(STEM_SHARE * min(len(one), len(other))))


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
    ("words in capitals", lambda text: len(text) > 1 and text.isupper() and text.isalpha()),
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


def _script(mappings: Sequence[Mapping]) -> TokenPattern | None:
    targets = [t for t in _distinct_targets(mappings) if any(c.isalpha() for c in t)]
    if len(targets) < MIN_TARGETS:
        return None
    for script in SCRIPTS:
        written = _in_script(script)
        count = sum(map(written, targets))
        if count >= FORM_SHARE * len(targets):
            return TokenPattern(
                "script",
                f"{count} of the {len(targets)} different strongest targets with letters are in "
                f"{script} script.",
                f"tokens to words in {script} script",
                _rows_with(mappings, written),
            )
    return None


def _in_script(script: str) -> Callable[[str], bool]:
    """Whether all letters of a text are of a script, by the names of the characters."""
    names = _SCRIPT_NAMES[script]

    def written(text: str) -> bool:
        letters = [c for c in text if c.isalpha()]
        return bool(letters) and all(unicodedata.name(c, "").startswith(names) for c in letters)

    return written


def _pieces(mappings: Sequence[Mapping]) -> TokenPattern | None:
    """Targets that continue a word, where the tokenizer marks the words' beginnings at all."""
    targets = list(dict.fromkeys(target.text for row in mappings for target in row.targets))
    marked = [row for row in mappings if row.text.startswith((" ", "▁"))]
    if len(targets) < MIN_TARGETS or len(marked) < FORM_SHARE * len(mappings):
        return None
    count = sum(map(_is_piece, targets))
    if count < FORM_SHARE * len(targets):
        return None
    return TokenPattern(
        "pieces of words",
        f"{count} of the {len(targets)} different strongest targets go on with a word: they have no "
        "space before them, which its salient tokens have.",
        "words to pieces that continue a word",
        tuple(
            index
            for index, row in enumerate(mappings)
            if row.targets and 2 * sum(_is_piece(t.text) for t in row.targets) >= len(row.targets)
        ),
    )


def _is_piece(text: str) -> bool:
    return text.isalpha() and len(text) > 1


def _affix(
    mappings: Sequence[Mapping], side: Literal["ending", "beginning"]
) -> TokenPattern | None:
    """The letters that many different words among the targets end or begin with."""
    targets = [target.casefold() for target in _distinct_targets(mappings) if target.isalpha()]
    if len(targets) < MIN_TARGETS:
        return None
    for length in AFFIX_LENGTHS:
        part = slice(-length, None) if side == "ending" else slice(length)
        counted = Counter(target[part] for target in targets if len(target) >= length + 2)
        if not counted:
            continue
        affix, count = min(counted.items(), key=lambda item: (-item[1], item[0]))
        if count >= AFFIX_SHARE * len(targets):
            return _with_affix(mappings, side, affix, f"{count} of the {len(targets)}")
    return None


def _with_affix(
    mappings: Sequence[Mapping], side: Literal["ending", "beginning"], affix: str, how_many: str
) -> TokenPattern:
    is_ending = side == "ending"
    written = f'"-{affix}"' if is_ending else f'"{affix}-"'
    does = "end in" if is_ending else "begin with"
    has = str.endswith if is_ending else str.startswith
    return TokenPattern(
        side,
        f"{how_many} different strongest targets that are words {does} {written}.",
        f"tokens to words {'in' if is_ending else 'with'} {written}",
        _rows_with(mappings, lambda text: has(text.casefold(), affix)),
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
