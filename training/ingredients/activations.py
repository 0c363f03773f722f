"""The ranges of the inputs of the model's products, observed on names: what an int8 graph with fixed ranges is made of."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime

from .augment import perturb
from .lexicon import by_hash, load_lexicon
from .model import MultiTaskTokenClassifier
from .onnx_graph import GraphWriter, InputRange
from .text import Encoder, normal_form, trim_name

NAMES = 4000
# A few channels of such an encoder reach ten times as far as the others, and would leave those a tenth of the levels: as many as this may be brought
# down to the next one, where the farthest reaches FAR times as far as that.
OUTLIERS = 7
FAR = 1.5


def write_int8(model: MultiTaskTokenClassifier, folder: Path) -> None:
    """Writes model.onnx into `folder`, whose vocab.txt the model reads, with the ranges that names of the lexicon take."""
    encoder = Encoder(folder / "vocab.txt", model.encoder.config.max_position_embeddings)
    GraphWriter(model, observe(model, observed_rows(encoder))).write(folder / "model.onnx")


def observed_rows(encoder: Encoder) -> list[list[int]]:
    """Token ids of names of the lexicon, chosen by their hash, and of as many misspelt or typed with an amount. The evaluation sets take no part."""
    rng = random.Random(11)
    names = by_hash({example.name for example in load_lexicon()})[:NAMES]
    return encoder.ids([*names, *(normal_form(trim_name(perturb(name, rng))) for name in names)])


def observe(model: MultiTaskTokenClassifier, rows: list[list[int]]) -> dict[str, InputRange]:
    """The range of each product's input, by the product's name, over rows of token ids: one at a time, as padding is no name."""
    writer = GraphWriter(model, None)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "observed.onnx"
        writer.write(path, observed=True)
        session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    tensors = list(dict.fromkeys(writer.inputs.values()))
    low: dict[str, np.ndarray] = {}
    high: dict[str, np.ndarray] = {}
    for row in rows:
        ids = np.array([row], dtype=np.int64)
        for name, values in zip(tensors, session.run(tensors, {"input_ids": ids, "attention_mask": np.ones_like(ids)}), strict=True):
            least, most = values[0].min(axis=0), values[0].max(axis=0)
            low[name] = np.minimum(low.get(name, least), least)
            high[name] = np.maximum(high.get(name, most), most)
    return {product: range_of(low[tensor], high[tensor]) for product, tensor in writer.inputs.items()}


def range_of(low: np.ndarray, high: np.ndarray) -> InputRange:
    """low, high: (n,) the least and the largest value of each of n features."""
    reach = np.maximum(np.abs(low), np.abs(high))
    usual = np.sort(reach)[-1 - min(OUTLIERS, len(reach) - 1)]
    divisors = np.maximum(1.0, reach / usual).astype(np.float32) if reach.max() > FAR * usual > 0 else None
    if divisors is not None:
        low, high = low / divisors, high / divisors
    return InputRange(min(0.0, float(low.min())), max(1e-6, float(high.max())), divisors)
