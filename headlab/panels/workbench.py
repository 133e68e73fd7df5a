"""The workbench: from a model to a reviewed description, by pointing and clicking."""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets

from headlab.models.language_model import LanguageModel
from headlab.panels.assets import asset
from headlab.panels.desk import Desk
from headlab.panels.dispatch import Dispatch
from headlab.records.bench import BenchStatus, Job
from headlab.records.head import Head
from headlab.workflow.jobs import JobRunner


class Workbench(anywidget.AnyWidget):
    """A panel for choosing a model, seeing its heads, reading one, drafting and reviewing.

    `model`: what `headlab.load_model` returns or takes; None: choose in the panel.
    `selected` ("L5H3", or "" for none) and `measure` (such as "relation/country_to_capital") can be
    read, set, observed and linked like any widget's traits.
    """

    _esm = asset("workbench.js")
    _css = asset("headlab.css")

    selected = traitlets.Unicode("").tag(sync=True)
    measure = traitlets.Unicode("").tag(sync=True)
    status = traitlets.Dict().tag(sync=True)
    typing = traitlets.Dict().tag(sync=True)

    def __init__(self, model: LanguageModel | str | None = None, **traits: Any) -> None:
        super().__init__(status=BenchStatus().model_dump(mode="json"), **traits)
        self._desk = Desk()
        self._job: Job | None = None
        self._dispatch = Dispatch(
            self._desk, JobRunner(self._show_job), self._reply, self._catalogue_changed
        )
        self.on_msg(lambda _widget, content, _buffers: self._dispatch.receive(content))
        if model is not None:
            self.load(model)

    def load(self, model: LanguageModel | str) -> None:
        """Load a model, beside the notebook's cells; the panel shows the progress."""
        if isinstance(model, LanguageModel):
            name = model.facts.name
            self._dispatch.run(
                f"Taking {name} in hand", lambda progress: self._desk.take(model, name, progress)
            )
        else:
            self._dispatch.run(
                f"Loading {model}", lambda progress: self._desk.load(model, progress)
            )

    def close(self) -> None:
        """End the panel and its work."""
        self._dispatch.close()
        self._desk.close()
        super().close()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """The live panel; where no front end shows it, a sentence that says what to do."""
        found = super()._repr_mimebundle_(**kwargs)
        if found is not None:
            facts = self._desk.facts
            on = f" on {facts.name}" if facts else ""
            found[0]["text/plain"] = f"HeadLab workbench{on}. Run this cell to open it."
        return found

    @traitlets.validate("selected")
    def _check_selected(self, proposal: Any) -> str:
        text: str = proposal["value"]
        return str(Head.parse(text)) if text else ""

    def _show_job(self, job: Job | None) -> None:
        self._job = job
        facts = self._desk.facts
        status = BenchStatus(
            model=facts, model_name=self._desk.name, job=job, warning=self._desk.warning
        )
        self.status = status.model_dump(mode="json")

    def _reply(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        self.send(content, buffers)

    def _catalogue_changed(self) -> None:
        self.send({"event": "catalogue"})
