"""A changed model on a task, against plain forward passes with a hook, and on the trained model."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from headlab.analyses.changed_model import change_of, changed, evaluate
from headlab.records.errors import HeadError, PromptError, TaskError
from headlab.records.evaluation import Steer
from headlab.records.example import Example, TaskSet
from headlab.records.steering import SteeringVector


def small_task() -> TaskSet:
    rows = [
        ("the cat sat on", " the mat", (" a dog", " big")),
        ("one two three", " four five", (" six",)),
        ("red blue red", " blue", ()),
    ]
    return TaskSet(
        name="small",
        description="",
        examples=tuple(Example(prompt=p, answer=a, wrong=w) for p, a, w in rows),
    )


def logprobs_by_hand(model, text: str, scale: dict[tuple[int, int], float]) -> torch.Tensor:
    """Log-probability of every token after the first, by the plain model with plain hooks."""
    facts, handles = model.facts, []

    def hook(layer):
        def change(_module, arguments):
            z = arguments[0].clone()
            for (at, index), factor in scale.items():
                if at == layer:
                    z[..., index * facts.d_head : (index + 1) * facts.d_head] *= factor
            return (z, *arguments[1:])

        return change

    for layer in range(facts.n_layers):
        handles.append(model.output_projection(layer).register_forward_pre_hook(hook(layer)))
    ids = torch.tensor([model.vocabulary.encode(text)])
    with torch.no_grad():
        logits = model.module(ids).logits[0].double()
    for handle in handles:
        handle.remove()
    return torch.log_softmax(logits, -1)[:-1].gather(1, ids[0, 1:, None]).squeeze(1)


@pytest.mark.parametrize("name", ["llama-gqa", "gpt2", "neox"])
def test_scores_are_those_of_plain_passes(tiny_model, name: str) -> None:
    model, task = tiny_model(name), small_task()
    found = evaluate(model, task, ["L1H2"], {"L0H1": 0.5}, random_sets=0, batch=2)
    for score, scale in (
        (found.base, {}),
        (found.changed, {(1, 2): 0.0, (0, 1): 0.5}),
    ):
        answers, totals, n = [], 0.0, 0
        chosen = []
        for example in task.examples:
            sums = []
            for answer in (example.answer, *example.wrong):
                own = logprobs_by_hand(model, example.prompt + answer, scale)
                tail = len(own) - len(model.vocabulary.encode(example.prompt)) + 1
                sums.append(float(own[-tail:].sum()))
                if answer == example.answer:
                    totals, n = totals + float(own.sum()), n + len(own)
            answers.append(sums[0])
            if example.wrong:
                chosen.append(sums[0] > max(sums[1:]))
        assert score.answer_logprob == pytest.approx(np.mean(answers), abs=1e-4)
        assert score.perplexity == pytest.approx(np.exp(-totals / n), rel=1e-4)
        assert score.choice_accuracy == np.mean(chosen)


def test_the_heads_of_an_operation_are_needed_for_it(demo_model) -> None:
    from headlab.analyses.relation_scores import relation_scores
    from headlab.relations.bundled import relation

    operation = relation("country_to_capital")
    scores = relation_scores(demo_model, "country_to_capital", control_draws=0)
    pairs = operation.pairs[:24]
    shown = "; ".join(
        operation.few_shot.format(source=s, target=t) for s, t in operation.pairs[40:44]
    )
    examples = tuple(
        Example(
            prompt=f"{shown}; {operation.few_shot.split('{target}')[0].format(source=s).rstrip()}",
            answer=f" {t}",
        )
        for s, t in pairs
    )
    task = TaskSet(name="capitals", description="", examples=examples)
    found = evaluate(demo_model, task, scores.ranked()[:14], random_sets=2)
    assert found.base.accuracy > 0.9
    assert found.changed.accuracy < 0.3
    assert min(one.accuracy for one in found.random) > found.changed.accuracy + 0.3
    assert found.table().column("run")[0] == "unchanged"


def test_nothing_changed_changes_nothing(tiny_model) -> None:
    model = tiny_model("llama-gqa")
    zero = SteeringVector(layer=1, vector=(0.0,) * model.facts.d_model)
    found = evaluate(model, small_task(), scale={"L0H0": 1.0}, steer=[Steer(vector=zero)])
    assert found.changed == found.base
    assert all(one == found.base for one in found.random)  # a factor of one, anywhere


def test_a_changed_model_generates_changed_text(demo_model) -> None:
    ids = torch.tensor([demo_model.vocabulary.encode("The capital of France is")])

    def continued() -> list[int]:
        return demo_model.module.generate(ids, max_new_tokens=6, do_sample=False)[0].tolist()

    before = continued()
    with changed(
        demo_model, change_of(demo_model, [h for h in demo_model.heads() if h.layer == 1])
    ):
        assert continued() != before
    assert continued() == before


def test_random_sets_are_reproducible_and_need_other_heads(tiny_model) -> None:
    model, task = tiny_model("llama-gqa"), small_task()
    first = evaluate(model, task, ["L0H0", "L1H1"], random_sets=2, seed=3)
    again = evaluate(model, task, ["L0H0", "L1H1"], random_sets=2, seed=3)
    assert first.random == again.random
    with pytest.raises(HeadError, match="too few others"):
        evaluate(model, task, [str(head) for head in model.heads()])


def test_bad_input_is_named(tiny_model) -> None:
    model = tiny_model("llama-gqa")
    glued = TaskSet(name="x", description="", examples=(Example(prompt="the cat ", answer="sat"),))
    with pytest.raises(TaskError, match="does not continue its prompt"):
        evaluate(model, glued)
    long = TaskSet(
        name="x", description="", examples=(Example(prompt="the " * 5000 + "cat", answer=" sat"),)
    )
    with pytest.raises(PromptError, match="reads at most"):
        evaluate(model, long)
    with pytest.raises(HeadError):
        evaluate(model, small_task(), ["L7H0"])
    with pytest.raises(ValueError, match="changed twice"):
        evaluate(model, small_task(), ["L0H0"], {"L0H0": 0.5})
