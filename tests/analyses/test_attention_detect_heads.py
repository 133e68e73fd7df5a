"""All detectors by name: what runs, what is skipped with its reason, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import headlab
from headlab.analyses.attention import (
    linked_detectors,
    moving_detectors,
    row_detectors,
)
from headlab.analyses.attention.detectors import detect_heads, detectors
from headlab.analyses.attention.links import (
    Links,
)
from headlab.analyses.attention.named_heads import NAMED
from headlab.records.attention import AttentionReport, HeadDetections
from headlab.records.errors import PromptError, TaskError

Load = Callable[[str], Any]
A, B, C, D = 5, 260, 7, 261
IDS = [A, B, C, A, B, D, A]


def test_all_detectors_run_on_the_demo_model(demo_model: Any) -> None:
    seen: list[tuple[int, int]] = []
    found = detect_heads(demo_model, progress=lambda done, total: seen.append((done, total)))
    assert {*found.names(), *(one.name for one in found.skipped)} == set(detectors()) == set(NAMED)
    assert {one.name for one in found.skipped} == {"retrieval", "negative_attention"}
    reasons = {one.name: one.reason for one in found.skipped}
    assert "reads at most 128" in reasons["retrieval"]
    assert "yes and no are one token each" in reasons["negative_attention"]
    assert found["previous_token"].of(found["previous_token"].best()) > 0.99
    assert found["induction"].of(found["induction"].best()) > 0.98
    assert found["induction"].best().layer == 1
    assert found["induction"].control is not None
    assert found["induction"].control < 0.05
    mover = found["name_mover"]
    assert mover.of(mover.best()) > 5 * (mover.control or 1)
    assert seen[0] == (0, 17)
    assert seen[-1] == (17, 17)
    table = found.table(2)
    assert len(table) == 2 * len(found.found)
    first = table.dicts()[0]
    assert (first["detector"], first["head_name"], first["stages"], first["rank"]) == (
        "previous_token",
        "previous token head",
        "ICI",
        1,
    )
    assert any(note.startswith("retrieval did not run") for note in table.notes)
    assert HeadDetections.model_validate_json(found.model_dump_json()) == found


def test_a_tokenizer_without_the_words_gets_reasons(tiny_model: Load) -> None:
    """Names, numbers and letters are spelled in bytes there."""
    found = detect_heads(tiny_model("lfm2"))
    reasons = {one.name: one.reason for one in found.skipped}
    assert "the name is one token" in reasons["name_mover"]
    assert "name_mover" not in found.names()
    assert found["successor"].provenance.parameters["sequences"] == {"numbers": 10}
    assert np.isnan(found["successor"].values[0]).all(), "layer 0 has no heads"
    assert np.isnan(found["copy_suppression"].values[0]).all()
    assert not np.isnan(found["subword_merge"].values[1]).any()


def test_one_detector_by_name(tiny_model: Load) -> None:
    model = tiny_model("gpt2")
    found = detect_heads(model, "positional", ["one two three four five"])
    assert found.names() == ("positional",)
    assert found["positional"].provenance.parameters["prompts"] == 1
    assert found["positional"].provenance.analysis == "head_detectors/positional"
    with pytest.raises(TaskError, match="Known ones: positional"):
        detect_heads(model, ["positionl"])
    with pytest.raises(TaskError, match="No detectors"):
        detect_heads(model, [])
    with pytest.raises(PromptError, match="Prompt 1"):
        detect_heads(model, "positional", [""])
    with pytest.raises(KeyError):
        found["induction"]
    assert headlab.detect_heads is detect_heads


class Stop(Exception):
    pass


def test_detecting_can_be_cancelled(tiny_model: Load) -> None:
    model = tiny_model("gpt2")

    def stop(done: int, _total: int) -> None:
        if done == 1:
            raise Stop

    hooks = [len(one._forward_hooks) for one in model.module.modules()]
    with pytest.raises(Stop):
        detect_heads(model, ["previous_token", "anti_induction"], progress=stop)
    assert model.module.config._attn_implementation == "sdpa"
    assert [len(one._forward_hooks) for one in model.module.modules()] == hooks


def test_bad_links_are_named(tiny_model: Load) -> None:
    model = tiny_model("gpt2")
    with pytest.raises(TaskError, match="starts at position 9"):
        linked_detectors.retrieval(model, [IDS], [Links.of([(9, 1)])])
    with pytest.raises(TaskError, match="2 sets of links"):
        linked_detectors.retrieval(model, [IDS], [Links.of([(3, 1)])] * 2)
    with pytest.raises(TaskError, match="no token to retrieve"):
        linked_detectors.retrieval(model, [IDS], [Links.of([])])
    with pytest.raises(TaskError, match="occurs twice"):
        linked_detectors.duplicate_token(model, [[A, B, C]])
    with pytest.raises(TaskError, match="one token for this"):
        linked_detectors.subword_merge(model, ["the cat sat"])
    with pytest.raises(TaskError, match="No names"):
        moving_detectors.name_mover(model, [IDS], [Links.of([])])
    with pytest.raises(TaskError, match="two or more"):
        row_detectors.constant(model, [IDS], [[3]])


def test_metrics_and_detections_make_one_tidy_table(tiny_model: Load) -> None:
    model = tiny_model("gpt2")
    metrics = headlab.attention_metrics(model, [IDS])
    found = detect_heads(model, ["positional", "duplicate_token"], [IDS])
    table = AttentionReport(metrics=metrics, detections=found).table()
    assert len(table) == 12 * (6 + 2)
    rows = table.dicts()
    assert {row["kind"] for row in rows} == {"metric", "detector"}
    last = rows[-1]
    assert (last["measure"], last["layer"], last["head"]) == ("duplicate_token", 2, 3)
    assert last["value"] == found["duplicate_token"].of("L2H3")
    assert last["control"] == found["duplicate_token"].control
