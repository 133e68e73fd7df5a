"""Words that generators draw from: common ones, one token each for most large tokenizers."""

from __future__ import annotations


def listed(text: str) -> tuple[str, ...]:
    """The words of a text."""
    return tuple(text.split())


NAMES = listed(
    "Mary John Tom James Dan Sarah Michael Robert David William Richard Thomas Charles Mark Paul "
    "Steven Andrew George Brian Kevin Jason Matthew Gary Eric Stephen Scott Frank Jack Kate Anna "
    "Laura Amy Emma Alice Grace Rachel Emily Lisa Susan Karen Maria Jennifer Jessica Julia Martin "
    "Peter Simon Adam Henry Alex"
)
PLACES = listed("store park school office garden market station house hospital restaurant")
THINGS = listed("drink book ring ball letter gift phone key card computer")
COLORS = listed("red blue green yellow black white brown orange purple pink")
OBJECTS = listed("pen cup ball book box key hat ring plate bottle lamp shirt")
NOUNS = listed(
    "house river music paper water table winter field engine garden summer bridge window market "
    "island doctor letter forest camera school animal coffee family hotel mirror ocean planet road "
    "soldier teacher village bread cloud desert farmer flower horse king lion moon night queen rain "
    "ship snow stone storm sugar train tree wall wind wine wood apple beach bird board chair clock"
)
NUMBERS = listed(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
)
ORDINALS = listed("first second third fourth fifth sixth seventh eighth ninth tenth")
DAYS = listed("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
MONTHS = listed(
    "January February March April May June July August September October November December"
)
LETTERS = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
