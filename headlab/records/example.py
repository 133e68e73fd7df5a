"""A prompt with its right answer, and the variants that experiments compare it with."""

from __future__ import annotations

from pydantic import Field, JsonValue, model_validator

from headlab.records.base import Record

Span = tuple[int, int]


class Example(Record):
    """One item of a task.

    `answer` continues `prompt` (its leading space included, as the text would have it); `wrong` are
    distractors of the same form. `corrupted` is the prompt with what the answer depends on changed,
    `corrupted_answer` what would then be right. `spans` names parts of the prompt by character
    offsets `[start, end)`, and `corrupted_spans` those of the corrupted prompt.
    """

    prompt: str = Field(min_length=1)
    answer: str = Field(min_length=1)
    wrong: tuple[str, ...] = ()
    corrupted: str | None = None
    corrupted_answer: str | None = None
    spans: dict[str, tuple[Span, ...]] = Field(default_factory=dict)
    corrupted_spans: dict[str, tuple[Span, ...]] = Field(default_factory=dict)
    facts: dict[str, JsonValue] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _spans_lie_inside(self) -> Example:
        for text, spans in ((self.prompt, self.spans), (self.corrupted, self.corrupted_spans)):
            for name, places in spans.items():
                for start, end in places:
                    if text is None or not 0 <= start < end <= len(text):
                        raise ValueError(f"span {name} [{start}, {end}) lies outside its prompt")
        return self


class TaskSet(Record):
    """Examples of one task, how they were made, and where the task comes from."""

    name: str = Field(min_length=1)
    description: str
    source: str = ""
    seed: int | None = None
    parameters: dict[str, JsonValue] = Field(default_factory=dict)
    examples: tuple[Example, ...] = Field(min_length=1)

    def __len__(self) -> int:
        return len(self.examples)
