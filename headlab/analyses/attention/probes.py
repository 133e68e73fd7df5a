"""The prompts that detectors run on, made for a model's tokenizer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from headlab.analyses.attention.links import Links
from headlab.analyses.attention.looking import Progress, Prompts, token_ids
from headlab.analyses.attention.repetition import repeated_prompts, word_ids
from headlab.analyses.attention.row_detectors import local_and_global
from headlab.analyses.patching.prompts import places
from headlab.models.language_model import LanguageModel
from headlab.records.attention import HeadDetection
from headlab.records.errors import TaskError
from headlab.records.example import Example
from headlab.relations.bundled import relation
from headlab.relations.prompts import bundled_prompts
from headlab.tasks.registry import task
from headlab.tasks.succession import SERIES

N_EXAMPLES = 24
LEAST = 6
"""Examples that a tokenizer must leave over, for a detector to run."""
MIN_SERIES = 5
NEEDLE_WORDS = 80
N_WORDS = 256

INVENTED = (
    "The flimbertrax and the quordlewick met under the old vranstoppel tree.",
    "A glimmeshank ran past the brondolfer while two snorpledins slept.",
    "Nobody in Krassenveldt had heard of the thrimblegast before.",
    "She bought three zwetterlings and a pundersquash at the market.",
    "When the mordlefinch sang, every drumblethorpe opened its eyes.",
    "He wrote about wexelstrand and its grantipules for the blurvenhook.",
)
"""Sentences with words that no tokenizer keeps whole."""

Marked = tuple[list[int], dict[str, tuple[int, ...]]]
"""Token ids of a prompt (up to where its answer is predicted), and the places of its named parts."""


class Probes:
    """Prompts for one model, each kind made when it is first asked for.

    A kind raises TaskError where the tokenizer cannot serve it.
    """

    def __init__(self, model: LanguageModel, prompts: Prompts | None, seed: int):
        self.model, self.seed = model, seed
        self._given = prompts
        self._local_and_global: tuple[HeadDetection, HeadDetection] | None = None

    @cached_property
    def texts(self) -> list[list[int]]:
        """Running text: the given prompts, or the bundled ones."""
        return token_ids(self.model, bundled_prompts() if self._given is None else self._given)

    @cached_property
    def repeated(self) -> list[list[int]]:
        return repeated_prompts(self.model, self.seed)

    @cached_property
    def invented(self) -> list[list[int]]:
        return token_ids(self.model, INVENTED)

    @cached_property
    def words(self) -> list[int]:
        """A sample of common words of one token, or of all tokens where there are few."""
        ids = np.array(word_ids(self.model))
        random = np.random.default_rng(self.seed)
        return sorted(random.choice(ids, min(N_WORDS, len(ids)), replace=False).tolist())

    @cached_property
    def series(self) -> dict[str, list[int]]:
        """Ordered words of one token each: the longest run of every series."""
        found = {}
        for name, words in SERIES.items():
            run = _longest_run([self.model.vocabulary.word_id(word) for word in words])
            if len(run) >= MIN_SERIES and len(set(run)) == len(run):
                found[name] = run
        if not found:
            raise TaskError(
                f"no series ({', '.join(SERIES)}) has {MIN_SERIES} neighbours of one token each with "
                "this tokenizer"
            )
        return found

    @cached_property
    def names(self) -> tuple[list[list[int]], list[Links]]:
        """Indirect-object sentences, from the end to the name that is not said twice."""
        kept = self._marked("ioi", lambda marks: len(marks["io"]) == 1, "the name is one token")
        links = [Links.of([(len(ids) - 1, marks["io"][0])]) for ids, marks in kept]
        return [ids for ids, _ in kept], links

    @cached_property
    def needles(self) -> tuple[list[list[int]], list[Links]]:
        """Long texts with a fact, its right answer written at the end, from where each token of the
        answer is predicted to where it stands in the fact."""
        prompts, links = [], []
        for example in self._examples("needle", length=NEEDLE_WORDS):
            ids, marks = self._read(example)
            answer = [ids[place] for place in marks.get("value", ())]
            whole = self.model.vocabulary.encode(example.prompt + example.answer)
            if whole[: len(ids)] != ids or whole[len(ids) :] != answer:
                continue  # the answer is spelled with other tokens than in the text
            prompts.append(whole)
            links.append(
                Links.of((len(ids) - 1 + step, place) for step, place in enumerate(marks["value"]))
            )
        self._enough("needle", len(prompts), "the answer is spelled as in the text")
        return prompts, links

    @cached_property
    def judgements(self) -> tuple[list[list[int]], list[int], list[int]]:
        """Yes-no questions, with the places of both words in the instruction."""
        kept = self._marked(
            "yes_no",
            lambda marks: len(marks["yes"]) == len(marks["no"]) == 1,
            "yes and no are one token each",
        )
        return (
            [ids for ids, _ in kept],
            [marks["yes"][0] for _, marks in kept],
            [marks["no"][0] for _, marks in kept],
        )

    @cached_property
    def choices(self) -> tuple[list[list[int]], list[list[int]]]:
        """Multiple-choice questions, with the places of the options' letters."""
        kept = self._marked(
            "multiple_choice", lambda marks: len(marks["letter"]) == 4, "each letter is one token"
        )
        return [ids for ids, _ in kept], [list(marks["letter"]) for _, marks in kept]

    @cached_property
    def shots(self) -> tuple[list[list[int]], list[Links]]:
        """Few-shot lists of capitals, from the end to all labels."""
        pairs = relation("country_to_capital").pairs
        found = [self._read(one) for one in self._examples("pairs", pairs=pairs, shots=5)]
        links = [
            Links.of((len(ids) - 1, place) for place in marks["shot_target"])
            for ids, marks in found
        ]
        return [ids for ids, _ in found], links

    def by_distance(self, name: str, progress: Progress | None) -> HeadDetection:
        """Local or global heads on the texts; both come from one pass."""
        if self._local_and_global is None:
            self._local_and_global = local_and_global(self.model, self.texts, progress=progress)
        return self._local_and_global[name == "global"]

    def _examples(self, name: str, **parameters: object) -> Sequence[Example]:
        return task(name, n=N_EXAMPLES, seed=self.seed, **parameters).examples

    def _marked(
        self, name: str, usable: Callable[[dict[str, tuple[int, ...]]], bool], wanted: str
    ) -> list[Marked]:
        """The examples of a task whose named parts are `usable`; TaskError where they are few."""
        found = [self._read(example) for example in self._examples(name)]
        kept = [one for one in found if usable(one[1])]
        self._enough(name, len(kept), wanted)
        return kept

    def _read(self, example: Example) -> Marked:
        vocabulary = self.model.vocabulary
        ids = vocabulary.encode(example.prompt)
        marks = {
            name: places(vocabulary, example.prompt, len(ids), name, example.spans, "The prompt")
            for name in example.spans
        }
        end = marks["end"][-1] + 1 if "end" in marks else len(ids)
        return ids[:end], marks

    def _enough(self, name: str, count: int, wanted: str) -> None:
        if count < LEAST:
            raise TaskError(
                f"in {count} of {N_EXAMPLES} prompts of the task {name} {wanted} with this tokenizer; "
                f"{LEAST} are needed"
            )


def _longest_run(ids: Sequence[int | None]) -> list[int]:
    """The longest run of neighbours that have an id; the first of equals."""
    best: list[int] = []
    run: list[int] = []
    for one in ids:
        run = [] if one is None else [*run, one]
        if len(run) > len(best):
            best = run
    return best
