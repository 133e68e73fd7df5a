"""How long an analysis would take on this machine, from one timed forward pass."""

from __future__ import annotations

import time
from weakref import WeakKeyDictionary

import torch

from headlab.models.language_model import LanguageModel
from headlab.relations.bundled import relation, relations
from headlab.relations.prompts import bundled_prompts

PROBE = 64
_RATES: WeakKeyDictionary[LanguageModel, float] = WeakKeyDictionary()


def flop_rate(model: LanguageModel) -> float:
    """Floating-point operations a second of a forward pass over 64 tokens, measured once."""
    if model not in _RATES:
        ids = torch.zeros((1, PROBE), dtype=torch.long, device=model.facts.device)
        with torch.inference_mode():
            model.module(input_ids=ids)
            started = time.perf_counter()
            model.module(input_ids=ids)
            if ids.is_cuda:
                torch.cuda.synchronize()
        seconds = max(time.perf_counter() - started, 1e-6)
        _RATES[model] = 2 * model.facts.n_parameters * PROBE / seconds
    return _RATES[model]


def score_seconds(model: LanguageModel) -> float:
    """Relation and suppression scores of all operations: every pair against a first block of
    targets, for every head; most pairs leave there (see `analyses.projections`)."""
    facts = model.facts
    pairs = sum(len(relation(name).pairs) for name in relations())
    each = 2 * facts.d_model * (2 * facts.d_head + pairs)
    return 2 * pairs * each * facts.total_heads / flop_rate(model)


def ablation_seconds(model: LanguageModel) -> float:
    """Every head removed by itself on the bundled prompts: on average half of the layers run anew."""
    tokens = sum(len(text.split()) for text in bundled_prompts()) * 1.5
    pass_seconds = 2 * model.facts.n_parameters * tokens / flop_rate(model)
    return pass_seconds * (1 + 0.6 * model.facts.total_heads)


def detection_seconds(model: LanguageModel) -> float:
    """One detector of named heads: some two thousand tokens in the kernel that gives patterns."""
    tokens = 2048
    return 2 * 2 * model.facts.n_parameters * tokens / flop_rate(model)
