"""How far the answers of the ledger carry a writer of pairs, and what it would ask next."""

from __future__ import annotations

from dataclasses import dataclass

from headlab.catalogue.jobs import JobLedger
from headlab.drafting import Endpoint
from headlab.drafting.judging.judge import Judge
from headlab.drafting.judging.prompts import Ask
from headlab.records.judge_reply import JudgeReply
from headlab.workflow.description_tests.questions import more_pairs
from headlab.workflow.description_tests.writers import Writer
from headlab.workflow.draft_jobs.plan import content_key


@dataclass(frozen=True)
class Outlook:
    """What writing the pairs of one text takes: `known` rounds are answered, `ask` is the next one
    (None: there is none), and `further` ones may follow, about as long as they would be."""

    known: int
    ask: Ask | None
    further: tuple[Ask, ...]


class _NotKnown(Exception):
    """The first question without an answer."""

    def __init__(self, ask: Ask):
        super().__init__("no answer is known")
        self.ask = ask


class RecalledJudge(Judge):
    """A judge that says what the ledger knows of it, and sends nothing."""

    def __init__(self, endpoint: Endpoint, ledger: JobLedger):
        super().__init__(endpoint)
        self._ledger = ledger
        self._recalled = 0

    def reply_to(self, ask: Ask) -> JudgeReply:
        key = content_key(ask, self.endpoint)
        found = self._ledger.answers([key]).get(key)
        if not isinstance(found, JudgeReply):
            raise _NotKnown(ask)
        self._recalled += 1
        return found

    def outlook(self, writer: Writer, text: str) -> Outlook:
        """What a writer that asks this judge has still to ask for one text."""
        self._recalled = 0
        try:
            writer.write(text)
        except _NotKnown as unknown:
            further = more_pairs(text)[self._recalled :]
            return Outlook(self._recalled, unknown.ask, tuple(further))
        return Outlook(self._recalled, None, ())
