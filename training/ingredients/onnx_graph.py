"""Writes the model as an ONNX graph with 8-bit weights and fixed activation ranges, whose answers do not depend on the batch.

Scheme: W8A8, weights per output channel, activations with one scale and zero point a product, observed beforehand (`activations`).
A linear layer y = x W + b becomes
    q = round(x / s) + z                                   uint8, s and z constants of the graph
    y = (q - z) W_q  as int32,  times s and each channel's scale, plus b
`MatMulIntegerToFloat` and `QAttention` are exact in int32, and no scale is computed from what is asked, so a row's answer cannot depend on its
neighbours (unlike `DynamicQuantizeLinear`, whose scale spans the whole batch). Weights lie within [-64, 63]: 255 * 64 * 2 fits the
16-bit sums of `vpmaddubsw`, so kernels without VNNI do not saturate. Where a few channels reach far beyond the others, x is divided by
a vector that brings them down, and W multiplied by it.

The graph is written already fused (MatMulIntegerToFloat, QAttention, MultiHeadAttention and Gelu of com.microsoft, which
are the same on every CPU), so that a session needs no optimiser at start. The last layer computes only the control tokens.

Sources: Jacob et al. 2018 (arXiv:1712.05877); dividing outlying channels: Xiao et al. 2023 (arXiv:2211.10438).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .model import MultiTaskTokenClassifier

WEIGHT_MAX = 64  # weights lie in [-64, 63]
LEVELS = 255  # steps of a uint8
OPSET = 17


@dataclass(frozen=True)
class InputRange:
    """What the input of a product may be: low <= x / divisors <= high, with low <= 0 < high. Beyond it, x is cut off."""

    low: float
    high: float
    divisors: np.ndarray | None = None
    """(n,) float32 for n features; None divides by nothing."""

    def scale_and_zero_point(self) -> tuple[np.ndarray, np.ndarray]:
        """float32 and uint8 scalars: a level's height, and the level of 0."""
        scale = (self.high - self.low) / LEVELS
        return np.array(scale, np.float32), np.array(round(-self.low / scale), np.uint8)


def quantize_rows(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """weights: (rows, n) float. Returns int8 (rows, n) within [-63, 63] and float32 scales (rows, 1)."""
    scale = np.abs(weights).max(axis=1, keepdims=True) / (WEIGHT_MAX - 1)
    scale[scale == 0] = 1.0
    quantized = np.clip(np.rint(weights / scale), -WEIGHT_MAX, WEIGHT_MAX - 1)
    return quantized.astype(np.int8), scale.astype(np.float32)


class _Graph:
    """Collects nodes and initializers; every method returns the name of a tensor."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self._count = 0

    def constant(self, name: str, array: np.ndarray) -> str:
        self.initializers.append(numpy_helper.from_array(array.copy(order="C"), name))
        return name

    def add(self, op: str, inputs: list[str], outputs: int = 1, domain: str = "", **attributes) -> str:
        self._count += 1
        names = [f"{op}_{self._count}" + (f"_{i}" if i else "") for i in range(outputs)]
        self.nodes.append(helper.make_node(op, inputs, names, name=names[0], domain=domain, **attributes))
        return names[0]


class GraphWriter:
    """Writes one MultiTaskTokenClassifier: in int8 where `ranges` has the range of each product's input, the same graph in float32 where it is None."""

    def __init__(self, model: MultiTaskTokenClassifier, ranges: dict[str, InputRange] | None) -> None:
        self.model = model
        self.config = model.encoder.config
        self.ranges = ranges
        self.inputs: dict[str, str] = {}
        """Once the float32 graph is written: the tensor that each product of a layer reads, by the product's name."""
        self.g = _Graph()
        self.state = {name: tensor.detach().numpy() for name, tensor in model.state_dict().items()}

    def write(self, path: Path, observed: bool = False) -> None:
        """Inputs `input_ids`, `attention_mask`: int64 (B, T). Outputs `ingredient`, `source`, `categories`: float (B, n); where `observed`, also
        the inputs of all products, each under its own tensor's name."""
        g = self.g
        hidden = self._embed()
        mask_rows = g.add("Cast", ["attention_mask"], to=TensorProto.INT32)
        last = self.config.num_hidden_layers - 1
        for layer in range(last):
            hidden = self._layer(layer, hidden, hidden, mask_rows)
        control = self._gather_control(hidden)
        hidden = self._layer(last, hidden, control, mask_rows)
        outputs = self._heads(hidden)
        self._save(path, outputs, list(dict.fromkeys(self.inputs.values())) if observed else [])

    def _linear(self, x: str, name: str, weight: np.ndarray, bias: np.ndarray) -> str:
        """x (B, T, n) times weight (m, n) transposed, plus bias (m)."""
        g = self.g
        offset = g.constant(f"{name}.bias", bias)
        if self.ranges is None:
            self.inputs[name] = x
            return g.add("Add", [g.add("MatMul", [x, g.constant(f"{name}.weight", weight.T)]), offset])
        q, w, scale, w_scale, zero_point = self._quantized(x, name, weight, self.ranges)
        return g.add("MatMulIntegerToFloat", [q, w, scale, w_scale, zero_point, "", offset], domain="com.microsoft")

    def _quantized(self, x: str, name: str, weight: np.ndarray, ranges: dict[str, InputRange]) -> tuple[str, str, str, str, str]:
        """A product's input (B, T, n) in uint8, its weights (n, m) in int8, the scales of both and the input's zero point."""
        g = self.g
        divisors = ranges[name].divisors
        if divisors is not None:
            x = g.add("Mul", [x, g.constant(f"{name}.factors", 1 / divisors)])
            weight = weight * divisors
        scale, zero_point = ranges[name].scale_and_zero_point()
        levels = [g.constant(f"{name}.input_scale", scale), g.constant(f"{name}.input_zero_point", zero_point)]
        rows, row_scales = quantize_rows(weight)
        q = g.add("QuantizeLinear", [x, *levels])
        return q, g.constant(f"{name}.weight_int8", rows.T), levels[0], g.constant(f"{name}.scale", row_scales[:, 0]), levels[1]

    def _embed(self) -> str:
        g, prefix = self.g, "encoder.embeddings"
        words = self.state[f"{prefix}.word_embeddings.weight"]
        # One token type: its row joins every position's.
        places = self.state[f"{prefix}.position_embeddings.weight"] + self.state[f"{prefix}.token_type_embeddings.weight"][0]
        if self.ranges is not None:
            rows, scales = quantize_rows(words)
            picked = g.add("Cast", [g.add("Gather", [g.constant("words.int8", rows), "input_ids"])], to=TensorProto.FLOAT)
            embedded = g.add("Mul", [picked, g.add("Gather", [g.constant("words.scale", scales), "input_ids"])])
        else:
            embedded = g.add("Gather", [g.constant("words", words), "input_ids"])
        length = g.add("Slice", [g.add("Shape", ["input_ids"]), g.constant("one", np.array([1])), g.constant("two", np.array([2]))])
        position = g.add("Slice", [g.constant("places", places), g.constant("zero", np.array([0])), length, "zero"])
        return self._normalized(embedded, position, f"{prefix}.LayerNorm")

    def _normalized(self, x: str, skip: str, name: str) -> str:
        """The sum of both, normalised. Two operators: SkipLayerNormalization takes twice as long as they do."""
        g = self.g
        gamma = g.constant(f"{name}.gamma", self.state[f"{name}.weight"])
        beta = g.constant(f"{name}.beta", self.state[f"{name}.bias"])
        return g.add("LayerNormalization", [g.add("Add", [x, skip]), gamma, beta], axis=-1, epsilon=self.config.layer_norm_eps)

    def _layer(self, index: int, hidden: str, queries: str, mask: str) -> str:
        """One transformer layer; `queries` is `hidden`, or in the last layer the control tokens' rows of it."""
        prefix = f"encoder.encoder.layer.{index}"
        a, out = f"{prefix}.attention.self", f"{prefix}.attention.output"
        context = self._self_attention(hidden, a, mask) if queries == hidden else self._attention_of(queries, hidden, a, mask)
        attended = self._normalized(self._dense(context, f"{out}.dense"), queries, f"{out}.LayerNorm")
        inner = self.g.add("Gelu", [self._dense(attended, f"{prefix}.intermediate.dense")], domain="com.microsoft")
        return self._normalized(self._dense(inner, f"{prefix}.output.dense"), attended, f"{prefix}.output.LayerNorm")

    def _dense(self, x: str, name: str) -> str:
        """The linear layer of that name."""
        return self._linear(x, name, self.state[f"{name}.weight"], self.state[f"{name}.bias"])

    def _joined(self, name: str, *parts: str) -> tuple[np.ndarray, np.ndarray]:
        """Weights and biases of several linear layers with one input, as one."""
        weights, biases = ([self.state[f"{name}.{part}.{kind}"] for part in parts] for kind in ("weight", "bias"))
        return np.concatenate(weights), np.concatenate(biases)

    def _self_attention(self, hidden: str, name: str, mask: str) -> str:
        """hidden (B, T, H) attends to itself."""
        g = self.g
        weight, bias = self._joined(name, "query", "key", "value")
        if self.ranges is None:
            return self._attention(self._split(self._linear(hidden, f"{name}.qkv", weight, bias), name, 3), mask)
        # One operator for the product and the attention: the same sums as apart, without a copy of each part.
        q, w, scale, w_scale, zero_point = self._quantized(hidden, f"{name}.qkv", weight, self.ranges)
        inputs = [q, w, g.constant(f"{name}.qkv.bias", bias), scale, w_scale, mask, zero_point]
        return g.add("QAttention", inputs, domain="com.microsoft", num_heads=self.config.num_attention_heads)

    def _attention_of(self, queries: str, hidden: str, name: str, mask: str) -> str:
        """queries (B, Q, H) attend to hidden (B, T, H)."""
        query = self._linear(queries, f"{name}.q", *self._joined(name, "query"))
        both = self._linear(hidden, f"{name}.kv", *self._joined(name, "key", "value"))
        return self._attention([query, *self._split(both, name, 2)], mask)

    def _split(self, joined: str, name: str, parts: int) -> list[str]:
        """joined (B, T, parts H) in its parts."""
        sizes = self.g.constant(f"{name}.split", np.full(parts, self.config.hidden_size))
        first = self.g.add("Split", [joined, sizes], outputs=parts, axis=-1)
        return [first, *(f"{first}_{part}" for part in range(1, parts))]

    def _attention(self, parts: list[str], mask: str) -> str:
        """parts: queries, keys and values, each (B, T, H)."""
        return self.g.add("MultiHeadAttention", [*parts, "", mask], domain="com.microsoft", num_heads=self.config.num_attention_heads)

    def _gather_control(self, hidden: str) -> str:
        """hidden: (B, T, H). Returns each row's own control tokens, (B, tasks, H)."""
        g = self.g
        tasks = len(self.model.heads)
        lengths = g.add("ReduceSum", ["attention_mask", g.constant("axis_1", np.array([1]))], keepdims=1)
        offsets = g.constant("control_offsets", np.arange(-1 - tasks, -1, dtype=np.int64)[None, :])
        places = g.add("Unsqueeze", [g.add("Add", [lengths, offsets]), g.constant("axis_2", np.array([2]))])
        return g.add("GatherND", [hidden, places], batch_dims=1)

    def _heads(self, control: str) -> list[tuple[str, int]]:
        g = self.g
        outputs = []
        for index, (task, head) in enumerate(self.model.heads.items()):
            row = g.add("Gather", [control, g.constant(f"control_{task}", np.array(index))], axis=1)
            weight = g.constant(f"heads.{task}.weight", self.state[f"heads.{task}.weight"])
            bias = g.constant(f"heads.{task}.bias", self.state[f"heads.{task}.bias"])
            g.nodes.append(helper.make_node("Gemm", [row, weight, bias], [task], name=task, transB=1))
            outputs.append((task, head.out_features))
        return outputs

    def _save(self, path: Path, outputs: list[tuple[str, int]], observed: list[str]) -> None:
        int64 = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"]) for name in ("input_ids", "attention_mask")]
        floats = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", size]) for name, size in outputs]
        floats += [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", None, None]) for name in observed]
        graph = helper.make_graph(self.g.nodes, "ingredient_classifier", int64, floats, self.g.initializers)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("com.microsoft", 1)]
        model = helper.make_model(graph, opset_imports=opsets, producer_name="ingredient-classifier", ir_version=8)
        onnx.checker.check_model(model)
        onnx.save(model, str(path))
