"""Yes or no, and the mood of a text."""

from __future__ import annotations

import numpy as np

from headlab.records.example import Example
from headlab.tasks.texts import Spans, filled
from headlab.tasks.words import NAMES, listed

COMPARISONS = listed("older younger taller shorter faster slower stronger richer")
STATEMENT = (
    "Answer the question with {yes} or {no}. {first} is {how} than {second}. "
    "Question: is {asked} {how} than {other}? Answer:"
)


def yes_no(random: np.random.Generator) -> Example:
    """A comparison of two people, asked in the same or the opposite direction.

    The corrupted prompt turns the statement round. Spans: yes, no (the words in the instruction),
    first, second, asked, end.
    """
    first, second = (NAMES[i] for i in random.choice(len(NAMES), 2, replace=False))
    how = COMPARISONS[random.integers(len(COMPARISONS))]
    true = bool(random.random() < 0.5)
    asked, other = (first, second) if true else (second, first)
    same = {"yes": "Yes", "no": "No", "how": how, "asked": asked, "other": other}
    prompt, spans = filled(STATEMENT, {**same, "first": first, "second": second})
    corrupted, corrupted_spans = filled(STATEMENT, {**same, "first": second, "second": first})
    return _two_way(prompt, spans, corrupted, corrupted_spans, (" Yes", " No"), true)


REVIEW = "I thought this movie was {adjective}, I {verb} it. Conclusion: This movie is"
GOOD = (
    listed("amazing excellent brilliant fantastic lovely perfect wonderful"),
    listed("loved enjoyed liked admired"),
)
BAD = (
    listed("awful horrible bad disgusting boring poor dreadful"),
    listed("hated disliked despised loathed"),
)


def movie_review(random: np.random.Generator) -> Example:
    """A short review; the answer is great or terrible. The corrupted review is of the other mood.

    Spans: adjective, verb, end.
    """
    good = bool(random.random() < 0.5)
    places = [random.integers(len(words)) for words in GOOD]
    values = [
        {"adjective": words[0][places[0]], "verb": words[1][places[1]]} for words in (GOOD, BAD)
    ]
    texts = [filled(REVIEW, one) for one in (values if good else values[::-1])]
    return _two_way(*texts[0], *texts[1], (" great", " terrible"), good)


HATER = "{hater} {hates} parties, and {avoids} them whenever possible."
LOVER = "{lover} {loves} parties, and {joins} them whenever possible."
GALA = "One day, they were invited to a grand gala. {who} feels very"
MOODS = ((("hates", "avoids"), ("loves", "joins")), (("dislikes", "skips"), ("enjoys", "attends")))


def mood_story(random: np.random.Generator) -> Example:
    """Two people, one of whom likes parties; the answer is how one of them feels before one.

    The corrupted prompt asks about the other. Spans: hater, lover, who, end.
    """
    hater, lover = (NAMES[i] for i in random.choice(len(NAMES), 2, replace=False))
    (hates, avoids), (loves, joins) = MOODS[random.integers(len(MOODS))]
    happy = bool(random.random() < 0.5)
    clauses = (HATER, LOVER) if random.random() < 0.5 else (LOVER, HATER)
    template = " ".join([*clauses, GALA])
    same = {
        "hater": hater,
        "lover": lover,
        "hates": hates,
        "avoids": avoids,
        "loves": loves,
        "joins": joins,
    }
    people = (lover, hater) if happy else (hater, lover)
    texts = [filled(template, {**same, "who": who}) for who in people]
    return _two_way(*texts[0], *texts[1], (" excited", " nervous"), happy)


def _two_way(
    prompt: str,
    spans: Spans,
    corrupted: str,
    corrupted_spans: Spans,
    answers: tuple[str, str],
    first: bool,
) -> Example:
    """An example with two possible answers, of which the first or the second is right."""
    right, wrong = answers if first else answers[::-1]
    return Example(
        prompt=prompt,
        answer=right,
        wrong=(wrong,),
        corrupted=corrupted,
        corrupted_answer=wrong,
        spans=spans,
        corrupted_spans=corrupted_spans,
    )
