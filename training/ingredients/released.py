"""Reads a model back from the file of its release: its weights are those of the 8-bit graph, as floats."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from transformers import BertConfig, BertModel

from .model import MultiTaskTokenClassifier


def load_released(path: Path, manifest: dict) -> MultiTaskTokenClassifier:
    """The model of an int8 file that GraphWriter wrote, ready for evaluation. Raises KeyError where the file has another shape than its manifest says."""
    tensors = {t.name: numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}
    shape = manifest["architecture"]
    config = BertConfig(
        vocab_size=shape["vocabulary"],
        num_hidden_layers=shape["layers"],
        hidden_size=shape["hidden"],
        num_attention_heads=shape["heads"],
        intermediate_size=len(tensors["encoder.encoder.layer.0.intermediate.dense.bias"]),
        max_position_embeddings=manifest["maxTokens"],
    )
    sizes = {task: len(settings["labels"]) for task, settings in manifest["tasks"].items()}
    model = MultiTaskTokenClassifier(BertModel(config, add_pooling_layer=False), sizes)
    state = {name: torch.tensor(values) for name, values in _state(tensors, shape["layers"]).items()}
    # Positions and the one token type are added up in a release.
    state["encoder.embeddings.token_type_embeddings.weight"] = torch.zeros_like(model.encoder.embeddings.token_type_embeddings.weight)
    model.load_state_dict(state, strict=True)
    return model.eval()


def _state(tensors: dict[str, np.ndarray], layers: int) -> dict[str, np.ndarray]:
    """The model's weights by their names in PyTorch."""
    embeddings = "encoder.embeddings"
    state = {
        f"{embeddings}.word_embeddings.weight": tensors["words.int8"].astype(np.float32) * tensors["words.scale"],
        f"{embeddings}.position_embeddings.weight": tensors["places"],
        **_norm(tensors, f"{embeddings}.LayerNorm"),
        **{name: values for name, values in tensors.items() if name.startswith("heads.")},
    }
    for index in range(layers):
        layer = f"encoder.encoder.layer.{index}"
        attention = f"{layer}.attention.self"
        products = ("qkv",) if f"{attention}.qkv.weight_int8" in tensors else ("q", "kv")
        weights = np.split(np.concatenate([_weight(tensors, f"{attention}.{product}") for product in products]), 3)
        biases = np.split(np.concatenate([tensors[f"{attention}.{product}.bias"] for product in products]), 3)
        for part, weight, bias in zip(("query", "key", "value"), weights, biases, strict=True):
            state |= {f"{attention}.{part}.weight": weight, f"{attention}.{part}.bias": bias}
        for dense in (f"{layer}.attention.output.dense", f"{layer}.intermediate.dense", f"{layer}.output.dense"):
            state |= {f"{dense}.weight": _weight(tensors, dense), f"{dense}.bias": tensors[f"{dense}.bias"]}
        state |= _norm(tensors, f"{layer}.attention.output.LayerNorm") | _norm(tensors, f"{layer}.output.LayerNorm")
    return state


def _weight(tensors: dict[str, np.ndarray], product: str) -> np.ndarray:
    """(m, n) float32 of a product: without the divisors that its input was divided by."""
    weight = tensors[f"{product}.weight_int8"].T.astype(np.float32) * tensors[f"{product}.scale"][:, None]
    return weight * tensors[f"{product}.factors"] if f"{product}.factors" in tensors else weight


def _norm(tensors: dict[str, np.ndarray], name: str) -> dict[str, np.ndarray]:
    return {f"{name}.weight": tensors[f"{name}.gamma"], f"{name}.bias": tensors[f"{name}.beta"]}
