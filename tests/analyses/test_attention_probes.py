"""The detectors' prompts, on a tokenizer that has their words: every mark is on the right token."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from headlab.analyses.attention.detectors import detect_heads, detectors
from headlab.analyses.attention.links import Links, same_word
from headlab.analyses.attention.probes import INVENTED, LEAST, N_EXAMPLES, NEEDLE_WORDS, Probes
from headlab.models.loading import load_model
from headlab.relations.bundled import relation
from headlab.tasks.registry import task
from headlab.tasks.succession import SERIES


def words() -> list[str]:
    """The words of all tasks that detectors run on."""
    pairs = relation("country_to_capital").pairs
    asked: dict[str, dict[str, Any]] = {
        "ioi": {},
        "yes_no": {},
        "multiple_choice": {},
        "needle": {"length": NEEDLE_WORDS},
        "pairs": {"pairs": pairs, "shots": 5},
    }
    texts = [
        example.prompt + example.answer
        for name, parameters in asked.items()
        for example in task(name, n=N_EXAMPLES, **parameters).examples
    ]
    texts += [" ".join(series) for series in SERIES.values()]
    return sorted(set(re.findall(r"[A-Za-z]+", " ".join(texts))))


@pytest.fixture(scope="module")
def worded(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import GPT2Config, GPT2LMHeadModel

    folder: Path = tmp_path_factory.mktemp("worded")
    spelled = [*sorted(pre_tokenizers.ByteLevel.alphabet()), *(f"Ġ{word}" for word in words())]
    entries = {entry: number for number, entry in enumerate(["<|bos|>", *spelled])}
    tokenizer = Tokenizer(models.BPE(entries, [], ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|bos|>"])
    tokenizer.save(str(folder / "tokenizer.json"))
    about = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<|bos|>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(about))
    config = GPT2Config(
        vocab_size=tokenizer.get_vocab_size(),
        n_positions=256,
        n_embd=16,
        n_layer=2,
        n_head=2,
        bos_token_id=0,
        eos_token_id=0,
    )
    GPT2LMHeadModel(config).save_pretrained(folder)
    return load_model(folder)


@pytest.fixture
def probes(worded: Any) -> Probes:
    return Probes(worded, None, seed=0)


def text(model: Any, ids: list[int], place: int) -> str:
    return str(model.vocabulary.text_of(ids[place]))


def test_every_detector_runs(worded: Any) -> None:
    found = detect_heads(worded)
    assert found.skipped == ()
    assert found.names() == detectors()


def test_names(probes: Probes) -> None:
    prompts, links = probes.names
    examples = task("ioi", n=N_EXAMPLES).examples
    assert len(prompts) == len(examples)
    for ids, one, example in zip(prompts, links, examples, strict=True):
        ((destination, source),) = one.pairs
        assert destination == len(ids) - 1
        assert text(probes.model, ids, source) == example.answer
        assert text(probes.model, ids, destination) == " to"


def test_needles(probes: Probes) -> None:
    prompts, links = probes.needles
    assert len(prompts) == N_EXAMPLES
    for ids, one in zip(prompts, links, strict=True):
        ((destination, source),) = one.pairs
        assert ids[destination + 1] == ids[source], "the token to retrieve is what comes next"
        assert destination == len(ids) - 2
        assert text(probes.model, ids, source - 1) == " was"


def test_judgements_and_choices(probes: Probes) -> None:
    prompts, yes, no = probes.judgements
    for ids, first, second in zip(prompts, yes, no, strict=True):
        said = text(probes.model, ids, first), text(probes.model, ids, second)
        assert said == (" Yes", " No")
    questions, options = probes.choices
    for ids, letters in zip(questions, options, strict=True):
        assert [text(probes.model, ids, place) for place in letters] == list("ABCD")
        assert text(probes.model, ids, -1) == ":"


def test_labels_and_series(probes: Probes) -> None:
    prompts, links = probes.shots
    capitals = {f" {target}" for _, target in relation("country_to_capital").pairs}
    for ids, one in zip(prompts, links, strict=True):
        assert {destination for destination, _ in one.pairs} == {len(ids) - 1}
        said = "".join(text(probes.model, ids, source) for _, source in one.pairs)
        assert sum(said.count(capital) for capital in capitals) >= 5
    assert {name: len(items) for name, items in probes.series.items()} == {
        name: len(items) for name, items in SERIES.items()
    }


def test_invented_words_are_never_whole(probes: Probes) -> None:
    for sentence, ids in zip(INVENTED, probes.invented, strict=True):
        links: Links = same_word(ids, probes.model.vocabulary)
        assert links.n_destinations >= 3, sentence


def test_the_seed_decides(worded: Any) -> None:
    one, other = Probes(worded, None, seed=0), Probes(worded, None, seed=1)
    assert one.names[0] != other.names[0]
    assert one.repeated != other.repeated
    assert one.repeated == Probes(worded, None, seed=0).repeated
    assert LEAST <= N_EXAMPLES
