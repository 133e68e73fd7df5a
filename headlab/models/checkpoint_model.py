"""`open_checkpoint`: a model's weights straight from its files, for what needs no forward pass."""

from __future__ import annotations

import os
from typing import Any

import torch
from torch import Tensor, nn

from headlab.models.families import Family, part
from headlab.models.fingerprint import model_fingerprint, weight_files
from headlab.models.language_model import LanguageModel
from headlab.models.meta_module import build_without_weights, compute_buffers, kept_in_float32
from headlab.models.model_facts import facts_of
from headlab.models.sources import Progress, find_checkpoint, resolve_device, silent
from headlab.models.stored_weights import StoredWeights
from headlab.models.tensor_files import TensorFiles
from headlab.models.vocabulary import Vocabulary
from headlab.records.errors import ModelError
from headlab.records.model import ModelFacts

_ROWS = 1 << 14
"""Rows of the embedding that are checked together."""


class CheckpointModel(LanguageModel):
    """The weights of a checkpoint by head, read from its files; made by `open_checkpoint`.

    It serves whatever works on weights alone (relation scores, salient mappings, likeness of heads)
    with one layer at a time in memory, and equals the loaded model in every number. A forward pass
    raises ModelError.
    """

    def __init__(
        self,
        module: Any,
        vocabulary: Vocabulary,
        family: Family,
        facts: ModelFacts,
        weights: StoredWeights,
    ):
        super().__init__(module, vocabulary, family, facts)
        self._weights = weights
        self._device = torch.device(facts.device)
        blocks: Any = part(module, family.layers)
        for whole in (module, module.base_model, *blocks):
            whole.register_forward_pre_hook(self._refuse_to_run)

    @property
    def device(self) -> torch.device:
        return self._device

    def _embedding_rows(self, ids: Tensor | slice) -> Tensor:
        return self._rows(self.module.get_input_embeddings())[ids].to(self.dtype)

    def W_U_rows(self) -> Tensor:
        """Unembedding by token, `[d_vocab, d_model]`, without a copy where the file's dtype can hold
        the same numbers: a view of the mapped file."""
        return self._rows(self.module.get_output_embeddings())

    def release(self) -> None:
        """Give back the memory of the layer that is held and of the pages that were read."""
        self._weights.release()

    def _rows(self, table: nn.Module) -> Tensor:
        """A table of token rows: as it is stored where the model's dtype holds the same numbers."""
        stored = self._weights.stored(table)
        if (
            stored is not None
            and self._device.type == "cpu"
            and torch.promote_types(stored.dtype, self.dtype) == self.dtype
        ):
            return stored
        weight = table.weight
        assert isinstance(weight, torch.Tensor)
        return weight.detach()

    def check_tables(self) -> None:
        """Raise ModelError where the embedding or the unembedding is not finite."""
        for table in (self.module.get_input_embeddings(), self.module.get_output_embeddings()):
            for block in self._rows(table).split(_ROWS):
                self._weights.refuse_not_finite(self._weights.path(table), block)
                self.release()

    def _refuse_to_run(self, _module: nn.Module, _arguments: Any) -> None:
        raise ModelError(
            f"{self.facts.name} was opened to read its weights from their files, so it cannot run on "
            f"prompts. Load it with headlab.load_model({self.facts.name!r}) for that."
        )


def open_checkpoint(
    name: str | os.PathLike[str],
    device: str = "auto",
    dtype: str = "auto",
    revision: str | None = None,
    *,
    progress: Progress = silent,
) -> CheckpointModel:
    """Open a checkpoint for the analyses of weights: a local folder, a hub id or `"demo"`.

    The model is never built: its files are mapped, and a layer is read when it is asked for. On a CPU
    weights take no memory besides the mapped pages, which are given back layer by layer, except those
    that another `dtype` or experts stored apart make copies of; on another device the embedding, the
    unembedding and the layers in use lie there. Arguments, `facts` and numbers are those of
    `load_model`, so results are found again in its cache. `progress` is called before every step, and
    for every block while the files are hashed; an exception from it ends the work. Raises ModelError,
    saying what would work; weights that are not finite are found when they are read, those of the
    embedding and the unembedding here.
    """
    checkpoint = find_checkpoint(str(name), dtype, revision, progress)
    folder, family = checkpoint.folder, checkpoint.family
    progress("opening the weights", 0, 0)
    place = torch.empty(0, device=resolve_device(device)).device  # with its number, as in cuda:0
    files = TensorFiles(weight_files(folder))
    module = build_without_weights(folder, dtype, files)
    blocks: Any = part(module, family.layers)
    compute_buffers(module, blocks[1:], place)
    weights = StoredWeights(
        module, list(blocks), files, checkpoint.name, place, kept_in_float32(module)
    )
    fingerprint = model_fingerprint(
        folder, lambda done, total: progress("hashing the weights", done, total)
    )
    facts = facts_of(
        module,
        family,
        checkpoint.vocabulary,
        folder=folder,
        name=checkpoint.name,
        revision=checkpoint.revision,
        device=str(place),
        fingerprint=fingerprint,
    )
    model = CheckpointModel(module, checkpoint.vocabulary, family, facts, weights)
    progress("checking the embedding", 0, 0)
    model.check_tables()
    return model
