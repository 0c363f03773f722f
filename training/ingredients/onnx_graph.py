"""Writes the model as an ONNX graph with 8-bit weights whose answers do not depend on the batch.

Scheme: W8A8, weights per output channel, activations per token. A linear layer y = x W + b becomes
    s = max|x| / 127 over each token's own features        (B, T, 1) float
    q = round(x / s) + 128                                 uint8, zero point 128
    y = (q - 128) W_q  as int32,  times s and each channel's scale, plus b
`MatMulInteger` is exact in int32, and every scale is computed from one token alone, so a row's answer cannot
depend on its neighbours (unlike `DynamicQuantizeLinear`, whose scale spans the whole batch). Weights lie within
[-64, 63]: 255 * 64 * 2 fits the 16-bit sums of `vpmaddubsw`, so kernels without VNNI do not saturate.

The graph is written already fused (SkipLayerNormalization, BiasGelu, MultiHeadAttention of com.microsoft, which are
the same on every CPU), so that a session needs no optimiser at start. The last layer computes only the control tokens.

Sources: Jacob et al. 2018 (arXiv:1712.05877); per-token activations: Yao et al. 2022 (arXiv:2206.01861).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .model import MultiTaskTokenClassifier

WEIGHT_MAX = 64  # weights lie in [-64, 63]
ACTIVATION_MAX = 127
OPSET = 17


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
    """Writes one MultiTaskTokenClassifier; `int8=False` writes the same graph in float32, to compare with."""

    def __init__(self, model: MultiTaskTokenClassifier, int8: bool = True) -> None:
        self.model = model
        self.config = model.encoder.config
        self.int8 = int8
        self.g = _Graph()
        self.state = {name: tensor.detach().numpy() for name, tensor in model.state_dict().items()}

    def write(self, path: Path) -> None:
        """Inputs `input_ids`, `attention_mask`: int64 (B, T). Outputs `ingredient`, `source`, `categories`: float (B, n)."""
        g = self.g
        self._constants()
        hidden = self._embed()
        mask_rows = g.add("Cast", ["attention_mask"], to=TensorProto.INT32)
        last = self.config.num_hidden_layers - 1
        for layer in range(last):
            hidden = self._layer(layer, hidden, hidden, mask_rows)
        control = self._gather_control(hidden)
        hidden = self._layer(last, hidden, control, mask_rows)
        outputs = self._heads(hidden)
        self._save(path, outputs)

    def _constants(self) -> None:
        g = self.g
        g.constant("activation_max", np.array(ACTIVATION_MAX, np.float32))
        g.constant("zero_point_float", np.array(128.0, np.float32))
        g.constant("zero_point", np.array(128, np.uint8))
        g.constant("tiny", np.array(1e-10, np.float32))
        g.constant("axis_1", np.array([1], np.int64))

    def _quantized_input(self, x: str) -> tuple[str, str]:
        """x: (B, T, n) float. Returns uint8 (B, T, n) and each token's scale (B, T, 1)."""
        g = self.g
        largest = g.add("ReduceMax", [g.add("Abs", [x])], axes=[-1], keepdims=1)
        scale = g.add("Div", [g.add("Max", [largest, "tiny"]), "activation_max"])
        shifted = g.add("Add", [g.add("Round", [g.add("Div", [x, scale])]), "zero_point_float"])
        return g.add("Cast", [shifted], to=TensorProto.UINT8), scale

    def _linear(self, x: str | tuple[str, str], name: str, weight: np.ndarray) -> str:
        """x (B, T, n) times weight (m, n) transposed, without the bias; x may be quantised already."""
        g = self.g
        if not self.int8:
            return g.add("MatMul", [x, g.constant(f"{name}.weight", weight.T)])
        q, scale = x if isinstance(x, tuple) else self._quantized_input(x)
        rows, row_scales = quantize_rows(weight)
        w = g.constant(f"{name}.weight_int8", rows.T)
        sums = g.add("Cast", [g.add("MatMulInteger", [q, w, "zero_point"])], to=TensorProto.FLOAT)
        return g.add("Mul", [g.add("Mul", [sums, g.constant(f"{name}.scale", row_scales[:, 0])]), scale])

    def _embed(self) -> str:
        g, prefix = self.g, "encoder.embeddings"
        words = self.state[f"{prefix}.word_embeddings.weight"]
        # One token type: its row joins every position's.
        places = self.state[f"{prefix}.position_embeddings.weight"] + self.state[f"{prefix}.token_type_embeddings.weight"][0]
        if self.int8:
            rows, scales = quantize_rows(words)
            picked = g.add("Cast", [g.add("Gather", [g.constant("words.int8", rows), "input_ids"])], to=TensorProto.FLOAT)
            embedded = g.add("Mul", [picked, g.add("Gather", [g.constant("words.scale", scales), "input_ids"])])
        else:
            embedded = g.add("Gather", [g.constant("words", words), "input_ids"])
        length = g.add("Slice", [g.add("Shape", ["input_ids"]), g.constant("one", np.array([1])), g.constant("two", np.array([2]))])
        position = g.add("Slice", [g.constant("places", places), g.constant("zero", np.array([0])), length, "zero"])
        return self._normalized(embedded, position, f"{prefix}.LayerNorm", None)

    def _normalized(self, x: str, skip: str, name: str, bias: np.ndarray | None) -> str:
        g = self.g
        gamma = g.constant(f"{name}.gamma", self.state[f"{name}.weight"])
        beta = g.constant(f"{name}.beta", self.state[f"{name}.bias"])
        if bias is None:
            summed = g.add("Add", [x, skip])
            return g.add("LayerNormalization", [summed, gamma, beta], axis=-1, epsilon=self.config.layer_norm_eps)
        inputs = [x, skip, gamma, beta, g.constant(f"{name}.input_bias", bias)]
        return g.add("SkipLayerNormalization", inputs, domain="com.microsoft", epsilon=self.config.layer_norm_eps)

    def _layer(self, index: int, hidden: str, queries: str, mask: str) -> str:
        """One transformer layer; `queries` is `hidden`, or in the last layer the control tokens' rows of it."""
        g, s, prefix = self.g, self.state, f"encoder.encoder.layer.{index}"
        a = f"{prefix}.attention.self"
        size = self.config.hidden_size
        weight = np.concatenate([s[f"{a}.{part}.weight"] for part in ("query", "key", "value")])
        bias = np.concatenate([s[f"{a}.{part}.bias"] for part in ("query", "key", "value")])
        source = self._quantized_input(hidden) if self.int8 else hidden
        if queries == hidden:
            joined = self._linear(source, f"{a}.qkv", weight)
            bounds = [g.constant(f"{a}.split", np.array([size, size, size]))]
            query = g.add("Split", [joined, *bounds], outputs=3, axis=-1)
            key, value = f"{query}_1", f"{query}_2"
        else:
            query = self._linear(queries, f"{a}.q", weight[:size])
            joined = self._linear(source, f"{a}.kv", weight[size:])
            key = g.add("Split", [joined, g.constant(f"{a}.split", np.array([size, size]))], outputs=2, axis=-1)
            value = f"{key}_1"
        context = g.add(
            "MultiHeadAttention",
            [query, key, value, g.constant(f"{a}.bias", bias), mask],
            domain="com.microsoft",
            num_heads=self.config.num_attention_heads,
        )
        out = f"{prefix}.attention.output"
        projected = self._linear(context, f"{out}.dense", s[f"{out}.dense.weight"])
        attended = self._normalized(projected, queries, f"{out}.LayerNorm", s[f"{out}.dense.bias"])
        inner = self._linear(attended, f"{prefix}.intermediate", s[f"{prefix}.intermediate.dense.weight"])
        inner_bias = g.constant(f"{prefix}.intermediate.bias", s[f"{prefix}.intermediate.dense.bias"])
        activated = g.add("BiasGelu", [inner, inner_bias], domain="com.microsoft")
        outer = self._linear(activated, f"{prefix}.output", s[f"{prefix}.output.dense.weight"])
        return self._normalized(outer, attended, f"{prefix}.output.LayerNorm", s[f"{prefix}.output.dense.bias"])

    def _gather_control(self, hidden: str) -> str:
        """hidden: (B, T, H). Returns each row's own control tokens, (B, tasks, H)."""
        g = self.g
        tasks = len(self.model.heads)
        lengths = g.add("ReduceSum", ["attention_mask", "axis_1"], keepdims=1)
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

    def _save(self, path: Path, outputs: list[tuple[str, int]]) -> None:
        int64 = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"]) for name in ("input_ids", "attention_mask")]
        floats = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", size]) for name, size in outputs]
        graph = helper.make_graph(self.g.nodes, "ingredient_classifier", int64, floats, self.g.initializers)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("com.microsoft", 1)]
        model = helper.make_model(graph, opset_imports=opsets, producer_name="ingredient-classifier", ir_version=8)
        onnx.checker.check_model(model)
        onnx.save(model, str(path))
