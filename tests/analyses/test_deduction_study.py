"""The deduction study on a tiny model that is trained to write the proofs.

What the study finds is tested on the whole training (slow), how it works on a brief one.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch

import headlab
from headlab.analyses.deduction.proofs import ProofSet
from headlab.cli import main
from headlab.records.deduction import DeductionStudy
from headlab.records.errors import TaskError
from headlab.records.head import Head

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from deduction_model import BRIEF, train

SHAPE = {"n_steps": 2, "n_distractors": 2, "shots": 0}
ROLES = ("premise", "termination", "rule")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("brief")
    train(made, BRIEF, pool=1000)
    return made


@pytest.fixture(scope="module")
def model(folder: Path) -> Any:
    return headlab.load_model(folder, dtype="float32")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Any:
    made = tmp_path_factory.mktemp("trained")
    train(made)
    return headlab.load_model(made, dtype="float32")


@pytest.fixture(scope="module")
def study(trained: Any) -> DeductionStudy:
    """Two heads a role, patched at the causal span too: the first layer's heads read there."""
    return headlab.deduction_study(trained, n=24, seed=5, share=0.08, positions="all", **SHAPE)


@contextmanager
def without(model: Any, heads: list[Head]) -> Iterator[None]:
    """Heads removed by the plainest means: their columns of the output projection's input."""
    size = model.facts.d_head

    def hook(layer: int) -> Callable[..., Any]:
        def change(_module: Any, arguments: Any) -> Any:
            z = arguments[0].clone()
            for head in heads:
                if head.layer == layer:
                    z[..., head.index * size : (head.index + 1) * size] = 0
            return (z,)

        return change

    layers = model.module.model.layers
    handles = [
        block.self_attn.o_proj.register_forward_pre_hook(hook(number))
        for number, block in enumerate(layers)
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@torch.no_grad()
def written(model: Any, prompt: str, n_tokens: int) -> list[int]:
    """Greedy decoding, token by token."""
    ids = model.vocabulary.encode(prompt)
    for _ in range(n_tokens):
        logits = model.module(input_ids=torch.tensor([ids])).logits[0, -1]
        ids.append(int(logits.argmax()))
    return ids


@pytest.mark.slow
@pytest.mark.parametrize("removed", [[], ["L1H2", "L1H4"]])
def test_accuracy_is_that_of_greedy_decoding(trained: Any, removed: list[str]) -> None:
    heads = [Head.parse(one) for one in removed]
    proofs = headlab.task("deduction", n=6, seed=9, **SHAPE)
    right = []
    with without(trained, heads):
        for example in proofs.examples:
            whole = trained.vocabulary.encode(example.prompt + example.answer)
            start = len(trained.vocabulary.encode(example.prompt))
            right.append(written(trained, example.prompt, len(whole) - start) == whole)
    assert ProofSet(trained, proofs).accuracy(heads).proofs == pytest.approx(sum(right) / 6)


def test_words_are_counted_by_role(model: Any) -> None:
    proofs = headlab.task("deduction", n=8, seed=3, **SHAPE)
    heads = [Head.parse("L2H4")]
    hits: dict[str, list[bool]] = {role: [] for role in ROLES}
    with without(model, heads), torch.no_grad():
        for example in proofs.examples:
            text = example.prompt + example.answer
            decisions = example.facts["decisions"]
            assert isinstance(decisions, list)
            for one in decisions:
                before = model.vocabulary.encode(text[: one["start"]].rstrip())  # type: ignore[index,misc]
                logits = model.module(input_ids=torch.tensor([before])).logits[0, -1]
                word = text[one["start"] : one["end"]]  # type: ignore[index,misc]
                shown = model.vocabulary.text_of(int(logits.argmax())).strip()
                hits[one["role"]].append(shown == word)  # type: ignore[index]
    found = ProofSet(model, proofs).accuracy(heads).words
    assert 0 < min(found.values()) < max(found.values())  # else any place would do
    assert found == pytest.approx({role: sum(own) / len(own) for role, own in hits.items()})


@pytest.mark.slow
def test_the_study_finds_the_heads_that_the_proofs_take(study: DeductionStudy) -> None:
    assert study.base.proofs >= 0.9
    assert [one.role for one in study.roles] == list(ROLES)
    for one in study.roles:
        assert list(one.heads) == one.patching.effect.ranked()[:2]
        assert one.patching.mean_clean > 0.9
        assert one.patching.mean_corrupted < one.patching.mean_clean - 0.3
        assert one.patching.effect.of(one.heads[0]) > 0.3
    assert set(study.union.heads) == {head for one in study.roles for head in one.heads}


@pytest.mark.slow
def test_without_them_the_task_is_gone_and_without_others_it_is_not(study: DeductionStudy) -> None:
    union = study.union
    assert union.without.proofs <= 0.05
    assert len(union.random_heads) == 3
    assert all(not set(drawn) & set(union.heads) for drawn in union.random_heads)
    assert all(len(drawn) == len(union.heads) for drawn in union.random_heads)
    assert union.random_mean >= 0.6
    assert union.verdict(study.base.proofs) == "specific"


@pytest.mark.slow
def test_the_premises_are_read_one_token_back_by_the_first_layer(
    trained: Any, study: DeductionStudy
) -> None:
    """The model's first heads look back a fixed distance; this one carries what a premise follows."""
    head = study.role("premise").heads[0]
    assert head.layer == 0
    last = headlab.deduction_study(trained, n=6, draws=1, seed=5, **SHAPE)
    assert head not in last.role("premise").heads  # it acts before the decision position
    assert [len(one.heads) for one in last.roles] == [1, 1, 1]


def test_the_tables_say_what_was_done(model: Any) -> None:
    study = headlab.deduction_study(model, n=4, seed=5, share=0.08, draws=2, **SHAPE)
    table = study.table()
    assert table.column("set") == (*ROLES, "union")
    assert table.provenance is not None
    assert table.provenance.seed == 5
    assert any("chosen budget" in note for note in table.notes)
    assert any("nothing about other benchmarks" in note for note in table.notes)
    effects = study.effects()
    assert len(effects) == len(ROLES) * study.n_heads
    assert sum(bool(taken) for taken in effects.column("taken")) == 2 * len(ROLES)
    assert DeductionStudy.model_validate_json(study.model_dump_json()) == study


def test_a_larger_share_takes_more_heads_and_seeds_repeat(model: Any) -> None:
    small = headlab.deduction_study(model, n=3, share=0.1, draws=1, **SHAPE)
    sizes = [len(one.heads) for one in small.roles]
    assert max(sizes) == round(0.1 * small.n_heads)
    again = headlab.deduction_study(model, n=3, share=0.1, draws=1, **SHAPE)
    assert again.table().rows == small.table().rows


def test_progress_covers_the_work_and_ends_it(model: Any) -> None:
    seen: list[tuple[int, int]] = []
    headlab.deduction_study(model, n=2, draws=1, progress=lambda *now: seen.append(now), **SHAPE)
    assert seen == sorted(seen)
    assert seen[0][0] == 0
    assert seen[-1][0] == seen[-1][1]

    def stop(done: int, _total: int) -> None:
        if done > 1500:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        headlab.deduction_study(model, n=2, progress=stop, **SHAPE)


def test_a_tokenizer_that_splits_the_words_is_refused(tiny_model: Callable[[str], Any]) -> None:
    with pytest.raises(TaskError, match="tokens after its prompt"):
        headlab.deduction_study(tiny_model("llama"), n=2, **SHAPE)


@pytest.mark.parametrize(
    "wrong", [{"share": 0}, {"share": 1}, {"draws": 0}, {"positions": "share"}]
)
def test_wrong_budgets_are_refused(model: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="share"):
        headlab.deduction_study(model, **wrong)


def test_the_command_prints_and_writes(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    task = ["--steps", "2", "--distractors", "2", "--shots", "0", "--n", "3", "--draws", "1"]
    out = tmp_path / "study"
    assert main(["deduction", str(folder), *task, "--out", str(out)]) == 0
    shown = capsys.readouterr().out
    assert "Heads of each role" in shown
    assert "union" in shown
    assert "chosen budget" in " ".join(shown.split())
    for name in ("deduction_knock_outs", "deduction_effects"):
        assert (out / f"{name}.csv").read_text().count("\n") > 3
    found = DeductionStudy.model_validate_json((out / "study.json").read_text())
    assert found.n_proofs == 3
    assert main(["deduction", str(folder), "--share", "2"]) == 1
    assert "--share 2.0" in capsys.readouterr().err
