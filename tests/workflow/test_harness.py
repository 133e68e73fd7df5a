"""The real lm-evaluation-harness on a task file; it needs the extra `evaluation`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from headlab.records.errors import HeadError, TaskError
from headlab.workflow.harness import evaluate_with_harness

TASK = """task: capitals
dataset_path: json
dataset_kwargs:
  data_files:
    test: {data}
test_split: test
output_type: multiple_choice
doc_to_text: "{{{{prompt}}}}"
doc_to_choice: "{{{{choices}}}}"
doc_to_target: "{{{{label}}}}"
target_delimiter: " "
metric_list:
  - metric: acc
    aggregation: mean
    higher_is_better: true
"""


@pytest.fixture
def task_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    from headlab.relations.bundled import relation

    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    pairs = relation("country_to_capital").pairs
    rows = [
        {
            "prompt": f"The capital of {source} is",
            "choices": [target, pairs[(number + 7) % 30][1]],
            "label": 0,
        }
        for number, (source, target) in enumerate(pairs[:30])
    ]
    folder = tmp_path / "tasks"
    folder.mkdir()
    data = folder / "capitals.jsonl"
    data.write_text("\n".join(json.dumps(row) for row in rows))
    (folder / "capitals.yaml").write_text(TASK.format(data=data))
    return folder


@pytest.mark.slow
def test_removed_heads_cost_accuracy(demo_model, task_folder: Path) -> None:
    pytest.importorskip("lm_eval", reason="needs the extra 'evaluation'")
    middle = [head for head in demo_model.heads() if head.layer == 1]
    found = evaluate_with_harness(demo_model, ["capitals"], middle, task_folder=task_folder)
    (row,) = [row for row in found.dicts() if row["metric"] == "acc"]
    assert row["unchanged"] > 0.9
    assert row["changed"] < row["unchanged"] - 0.2
    assert row["difference"] == pytest.approx(row["changed"] - row["unchanged"])
    with pytest.raises(TaskError, match="no task 'nothing-such'"):
        evaluate_with_harness(demo_model, ["nothing-such"], task_folder=task_folder)


def test_a_missing_extra_or_head_is_named(demo_model, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "lm_eval", None)
    with pytest.raises(TaskError, match=r"pip install 'headlab\[evaluation\]'"):
        evaluate_with_harness(demo_model, ["capitals"])
    with pytest.raises(HeadError):
        evaluate_with_harness(demo_model, ["capitals"], ["L40H0"])
