"""The published numbers: whose they are, and how far ours lie from them."""

from __future__ import annotations

import pytest

from headlab.records.relation import Relation
from headlab.records.table import Table
from headlab.workflow.validation.published import (
    MODELS,
    differences,
    published_model,
    with_authors_k,
)


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("openai-community/gpt2-xl", "gpt2-xl"),
        ("/somewhere/models/gpt2-xl/", "gpt2-xl"),
        ("EleutherAI/pythia-12b", "pythia-12b"),
        ("meta-llama/Llama-3.1-8B", "llama-3.1-8b"),
        ("meta-llama/Meta-Llama-3.1-8B", "llama-3.1-8b"),
        ("gpt2", None),
        ("EleutherAI/pythia-12b-deduped", None),
        ("meta-llama/Llama-3.1-8B-Instruct", None),
    ],
)
def test_published_models_are_known_by_name(name: str, model: str | None) -> None:
    found = published_model(name)
    assert (found and found.name) == model


def test_published_numbers_are_the_papers() -> None:
    xl, pythia, llama = MODELS
    assert len(xl.numbers) == 12 + 6
    assert xl.steps() == (38, 54)
    assert [(one.measure, one.value, one.n_heads) for one in pythia.numbers] == [
        ("base_accuracy", 0.97, 84),
        ("accuracy", 0.00, 84),
        ("random_mean", 0.95, 84),
    ]
    assert llama.relations("correlation") == (
        "country_to_capital",
        "name_copying",
        "verb_to_past_tense",
        "work_to_location",
    )
    known = {(one.relation, one.measure): one.value for one in llama.numbers}
    assert known["work_to_location", "with_context"] == 0.448
    assert known["noun_to_pronoun", "accuracy"] == 0.98


def test_the_authors_k_follows_the_model() -> None:
    pairs = (("the", "the"), ("a", "cat"))
    relations = [
        Relation(name=name, pairs=pairs, k=k)
        for name, k in (("copying", 1), ("country_to_capital", 10))
    ]
    for model, wanted in ((MODELS[2], [3, 25]), (MODELS[0], [1, 10]), (None, [1, 10])):
        assert [one.k for one in with_authors_k(model, relations)] == wanted


def test_differences_by_hand() -> None:
    rows = [
        {"relation": "country_to_capital", "n_heads": 38, "last": False, "base_accuracy": 0.9}
        | {"accuracy": 0.1, "random_mean": 0.8},
        {"relation": "country_to_capital", "n_heads": 150, "last": True, "base_accuracy": 0.9}
        | {"accuracy": 0.0, "random_mean": 0.7},
    ]
    table = differences(MODELS[0], "causality", Table.of("causality", rows))
    assert table is not None
    found = {row["measure"]: row for row in table.dicts()}
    assert found["accuracy"]["published"] == 0.0
    assert found["accuracy"]["ours"] == 0.1
    assert found["base_accuracy"]["difference"] == pytest.approx(0.02)
    assert found["random_mean"]["difference"] == pytest.approx(-0.03)
    assert len(table) == 3  # no row for the year, which was not run
    last = [{"relation": "noun_to_pronoun", "n_heads": 9, "last": True, "accuracy": 0.9}]
    last[0] |= {"base_accuracy": 1.0, "random_mean": 0.99}
    table = differences(MODELS[2], "causality", Table.of("causality", last))
    assert table is not None
    assert [row["measure"] for row in table.dicts()] == ["base_accuracy", "accuracy"]
    assert differences(None, "causality", Table.of("causality", rows)) is None
    assert differences(MODELS[1], "correlation", Table.of("correlation", rows)) is None
