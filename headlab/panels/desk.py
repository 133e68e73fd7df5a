"""What a workbench can be asked, without the widget: one model in hand and the catalogue."""

from __future__ import annotations

import threading
from collections.abc import Callable

from headlab.catalogue import Catalogue
from headlab.catalogue.file_identity import FileId, file_id
from headlab.catalogue.place import find_place
from headlab.drafting import Endpoint
from headlab.models.language_model import LanguageModel
from headlab.models.loading import load_model
from headlab.records.bench import DrafterChoice, DraftEstimate, HeadView, ModelChoice
from headlab.records.card import EvidenceCard
from headlab.records.draft import Draft, DraftFailure
from headlab.records.edits import Annotation, OwnDraft, ReviewEdit
from headlab.records.entry import Entry, Revision
from headlab.records.errors import HeadLabError, SettingsError
from headlab.records.head import Head
from headlab.records.measure import Measure, MeasureValues
from headlab.records.model import ModelFacts
from headlab.records.prompt_text import PromptText
from headlab.settings import key_origin
from headlab.workflow.bench import Bench, Progress
from headlab.workflow.cache import ResultCache
from headlab.workflow.draft_jobs.single import estimate_single
from headlab.workflow.drafts import RULES, choose_endpoint, draft
from headlab.workflow.estimates import flop_rate
from headlab.workflow.jobs import JobProgress
from headlab.workflow.measures import measure_values, measures
from headlab.workflow.own_drafts import add_own_draft
from headlab.workflow.places import cache_folder
from headlab.workflow.recent import model_choices, remember_model


class Desk:
    """One model, its bench, and the catalogue in force. Methods that take a `progress` are long.

    Long methods run one at a time; the others may run beside them.
    """

    def __init__(self) -> None:
        self.name = ""
        self._bench: Bench | None = None
        self._catalogue: Catalogue | None = None
        self._file: FileId = None
        self._shown: EvidenceCard | None = None
        self._opening = threading.Lock()

    @property
    def facts(self) -> ModelFacts | None:
        return None if self._bench is None else self._bench.model.facts

    @property
    def warning(self) -> str:
        """What a person should know: results that cannot be kept."""
        return "" if self._bench is None else self._bench.cache.problem

    # the model

    def models(self) -> tuple[ModelChoice, ...]:
        return model_choices()

    def load(self, name: str, progress: Progress) -> None:
        """Take a model in hand; the one before stays until this one is there."""
        if not name.strip():
            raise HeadLabError("Name a model: demo, a folder, or a Hugging Face id such as gpt2.")
        self.take(load_model(name, progress=progress), name, progress)

    def take(self, model: LanguageModel, name: str, progress: Progress) -> None:
        """Take a loaded model in hand."""
        cache = ResultCache(cache_folder(), on_problem=_shown_in_status)
        bench = Bench(model, cache, progress)
        progress("timing a forward pass", 0, 0)
        flop_rate(bench.model)
        progress("reading kept results", 0, 0)
        bench.bundled_scores(compute=False)
        bench.sweep(compute=False)
        self._bench, self.name, self._shown = bench, name, None
        remember_model(name)

    # analyses

    def measures(self) -> tuple[Measure, ...]:
        return measures(self.bench)

    def values(self, key: str, progress: Progress) -> MeasureValues:
        self.bench.progress = progress
        return measure_values(self.bench, key, self.catalogue)

    def head(self, head: Head, progress: Progress, attention: bool = False) -> HeadView:
        """A head's evidence; attention that takes long is measured only if it is asked for."""
        bench = self.bench
        bench.progress = progress
        chosen, facts = bench.model.head(head), bench.model.facts
        swept = bench.sweep(compute=False)
        card = bench.card(chosen, bench.bundled_scores(), swept, attention=attention or None)
        self._shown = card
        siblings = [
            Head(layer=chosen.layer, index=index)
            for index in range(facts.n_heads)
            if index != chosen.index and facts.kv_head(index) == facts.kv_head(chosen.index)
        ]
        return HeadView(
            head=chosen,
            card=card,
            entry=self.catalogue().find(facts.fingerprint, chosen),
            siblings=tuple(siblings),
        )

    # drafts

    def drafters(self) -> tuple[DrafterChoice, ...]:
        rules = DrafterChoice(
            key="rules",
            title="Rules",
            detail="A plain summary of the evidence, without a language model. Offline, at once.",
        )
        return (rules, self._endpoint_choice())

    def draft(
        self,
        card: EvidenceCard,
        drafter: str,
        on_text: Callable[[str], None],
        progress: JobProgress,
        again: bool = False,
    ) -> tuple[Draft | DraftFailure, Entry | None]:
        """Draft from the evidence and keep the draft in the catalogue; needs no model. `again`: a
        known answer of a language model is not taken."""
        endpoint: Endpoint | None = None
        if drafter != RULES:
            endpoint = choose_endpoint(None)
            if endpoint is None:
                raise SettingsError("No language model is set. Name one in Settings > HeadLab.")
        progress("writing", 0, 0)
        catalogue = self.catalogue()
        found = draft(
            card,
            endpoint or RULES,
            on_text=on_text,
            cancelled=progress.cancelled,
            catalogue=catalogue,
            again=again,
        )
        drafted = isinstance(found, Draft)
        return found, catalogue.find(card.model.fingerprint, card.head) if drafted else None

    def estimate(self, head: Head) -> DraftEstimate | None:
        """What a draft of the head that is shown would take; None where nobody could be asked."""
        card = self._shown
        if card is None or card.head != self.bench.model.head(head):
            raise HeadLabError(f"The evidence of {head} is not shown here. Open the head first.")
        endpoint = choose_endpoint(None)
        return None if endpoint is None else estimate_single(card, endpoint, self.catalogue())

    def _endpoint_choice(self) -> DrafterChoice:
        title = "Language model"
        try:
            endpoint = choose_endpoint(None)
        except SettingsError as error:
            return DrafterChoice(key="endpoint", title=title, ready=False, reason=str(error))
        if endpoint is None:
            reason = "No language model is set. Name one in Settings > HeadLab."
            return DrafterChoice(key="endpoint", title=title, ready=False, reason=reason)
        title = f"{endpoint.model} at {endpoint.host}"
        if not endpoint.is_local and key_origin(endpoint.base_url) is None:
            reason = (
                f"There is no key for {endpoint.host}. Set HEADLAB_API_KEY, or run "
                "`headlab config set-key`."
            )
            return DrafterChoice(key="endpoint", title=title, ready=False, reason=reason)
        where = "on this machine" if endpoint.is_loopback else f"sent to {endpoint.host}"
        return DrafterChoice(key="endpoint", title=title, detail=f"The evidence is {where}.")

    # the catalogue

    def review(self, entry_id: int, edit: ReviewEdit, if_revision: int) -> Entry:
        return self.catalogue().review(entry_id, **dict(edit), if_revision=if_revision)

    def annotate(self, entry_id: int, annotation: Annotation, if_revision: int) -> Entry:
        return self.catalogue().annotate(entry_id, **dict(annotation), if_revision=if_revision)

    def undo(self, entry_id: int, if_revision: int) -> Entry:
        return self.catalogue().undo(entry_id, if_revision=if_revision)

    def redo(self, entry_id: int, if_revision: int) -> Entry:
        return self.catalogue().redo(entry_id, if_revision=if_revision)

    def add_draft(self, entry_id: int, own: OwnDraft, if_revision: int) -> Entry:
        return add_own_draft(self.catalogue(), entry_id, own, if_revision=if_revision)

    def history(self, entry_id: int) -> tuple[Revision, ...]:
        return self.catalogue().history(entry_id)

    def prompt_text(self, name: str) -> PromptText:
        return self.catalogue().prompt_text(name)

    def catalogue(self) -> Catalogue:
        """The catalogue in force; opened again when the settings name another place, or when its
        file was replaced."""
        with self._opening:
            place = find_place(None)
            in_force = (place.shown, file_id(place.path))
            if self._catalogue is None or (self._catalogue.place, self._file) != in_force:
                fresh = Catalogue.open()
                if self._catalogue is not None:
                    self._catalogue.close()
                self._catalogue, self._file = fresh, file_id(place.path)
            return self._catalogue

    def close(self) -> None:
        with self._opening:
            if self._catalogue is not None:
                self._catalogue.close()
                self._catalogue = None

    @property
    def bench(self) -> Bench:
        if self._bench is None:
            raise HeadLabError("No model is loaded. Choose one first.")
        return self._bench


def _shown_in_status(_problem: str) -> None:
    """The cache keeps the problem; the panel's status shows it."""
