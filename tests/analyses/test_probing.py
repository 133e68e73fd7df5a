"""Probes: a planted reading, a control that stays at chance, and scikit-learn by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from headlab.analyses.probing import probe_heads
from headlab.models.forward import Tokens, head_values
from headlab.records.errors import HeadError, PromptError, TaskError

WORDS = "the a cat dog mat sat on and then it ran red blue big small".split()


def texts(n: int, seed: int = 0) -> tuple[list[str], list[str]]:
    """Sentences whose last word is one of two; the label is which."""
    random = np.random.default_rng(seed)
    rows, labels = [], []
    for number in range(n):
        words = list(random.choice(WORDS, 4))
        last = ("Paris", "Rome")[number % 2]
        rows.append(" ".join([*words, last]))
        labels.append(last)
    return rows, labels


def test_a_probe_reads_what_the_last_token_is(tiny_model) -> None:
    model = tiny_model("llama-gqa")
    rows, labels = texts(60)
    found = probe_heads(model, rows, labels, ["L0H1", "L1H0", "L2H3"], control_draws=2)
    assert found.classes == ("Paris", "Rome")
    assert found.chance == 0.5
    assert found.accuracy.of(found.accuracy.best()) > 0.95
    assert 0.3 < np.nanmean(found.control) < 0.7
    assert found.accuracy.best() in found.above_control()
    assert found.accuracy.of(found.accuracy.best()) > found.control_best


def test_labels_that_texts_do_not_show_stay_at_chance(tiny_model) -> None:
    model = tiny_model("gpt2")
    rows, _ = texts(80, seed=3)
    labels = [str(one) for one in np.random.default_rng(5).integers(0, 2, 80)]
    found = probe_heads(model, rows, labels, control_draws=2, folds=3)
    assert np.nanmean(found.accuracy.values) < 0.62
    assert len(found.above_control()) <= 3  # of 12 heads, above the best of 24 shuffled runs


def test_a_score_is_that_of_scikit_learn_on_z(tiny_model) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import recall_score
    from sklearn.model_selection import StratifiedKFold
    from sklearn.preprocessing import StandardScaler

    model = tiny_model("neox")
    rows, labels = texts(30)
    labels = [labels[0], *labels[:-1]]  # shifted, so that the score is not 1
    found = probe_heads(model, rows, labels, ["L1H2"], folds=3, control_draws=0, seed=4)
    features = []
    for row in rows:
        values, _ = head_values(
            model, Tokens.pad([model.vocabulary.encode(row)], model.device), [1]
        )
        features.append(values[1][0, -1, 2].numpy())
    x, y = np.stack(features), np.array(labels)
    scores = []
    for train, test in StratifiedKFold(3, shuffle=True, random_state=4).split(x, y):
        scaler = StandardScaler().fit(x[train])
        probe = LogisticRegression(C=1.0, max_iter=2000).fit(scaler.transform(x[train]), y[train])
        guess = probe.predict(scaler.transform(x[test]))
        scores.append(recall_score(y[test], guess, average="macro"))
    assert found.accuracy.of("L1H2") == pytest.approx(np.mean(scores))
    assert np.isnan(found.accuracy.of("L1H1"))
    assert len(found.table()) == 1


def test_layers_that_are_held_apart_give_the_same(tiny_model, monkeypatch) -> None:
    model = tiny_model("llama-gqa")
    rows, labels = texts(24)
    whole = probe_heads(model, rows, labels, folds=3, control_draws=1)
    monkeypatch.setattr("headlab.analyses.probing.HELD", 1)
    apart = probe_heads(model, rows, labels, folds=3, control_draws=1)
    np.testing.assert_array_equal(whole.accuracy.values, apart.accuracy.values)
    assert whole.control_best == apart.control_best


def test_bad_input_is_named(tiny_model) -> None:
    model = tiny_model("llama-gqa")
    rows, labels = texts(20)
    with pytest.raises(TaskError, match="20 texts, but 19 labels"):
        probe_heads(model, rows, labels[1:])
    with pytest.raises(TaskError, match="All labels are 'x'"):
        probe_heads(model, rows, ["x"] * 20)
    with pytest.raises(TaskError, match=r"'Rome' has 1 texts, 5 folds"):
        probe_heads(model, rows, ["Paris"] * 19 + ["Rome"])
    with pytest.raises(TaskError, match="position 40 lies outside"):
        probe_heads(model, rows, labels, position=40)
    with pytest.raises(HeadError):
        probe_heads(model, rows, labels, ["L9H0"])
    with pytest.raises(PromptError, match="no texts"):
        probe_heads(model, [], [])


def test_a_cancelled_run_ends(tiny_model) -> None:
    model = tiny_model("llama-gqa")
    rows, labels = texts(20)

    class Stop(Exception): ...

    def progress(done: int, _total: int) -> None:
        if done == 2:
            raise Stop

    with pytest.raises(Stop):
        probe_heads(model, rows, labels, progress=progress)
    with torch.no_grad():
        assert torch.isfinite(model.module(torch.tensor([[1, 2, 3]])).logits).all()
