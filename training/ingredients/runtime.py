"""The reference of inference: manifest and model file in, answers out, as shared/model does it in TypeScript.

Fixtures for the parity tests and all scores come from here; the model file is the one that is shipped.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime

from .text import Encoder, key_of, normal_form, trim_name

MAX_CONFIDENCE = 0.9999  # 1 is a person's
DECIMALS = 4


def softmax(logits: np.ndarray) -> np.ndarray:
    """Over the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """Element by element."""
    return 1.0 / (1.0 + np.exp(-logits))


class Session:
    """A model file with the vocabulary beside it; runs one name at a time, as answers must not depend on a batch."""

    def __init__(self, model: Path, vocab: Path, max_tokens: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        # The graph is written fused; as in Node, no optimiser may make it depend on the machine.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self.encoder = Encoder(vocab, max_tokens)

    def logits(self, normal_names: list[str]) -> dict[str, np.ndarray]:
        """Returns {task: (B, labels) float32} for B normal forms."""
        rows = []
        for ids in self.encoder.ids(normal_names):
            array = np.array([ids], dtype=np.int64)
            rows.append(self.session.run(None, {"input_ids": array, "attention_mask": np.ones_like(array)}))
        tasks = [output.name for output in self.session.get_outputs()]
        return {task: np.concatenate([row[i] for row in rows]) for i, task in enumerate(tasks)}


@dataclass(frozen=True)
class Decoder:
    """Logits to answers, by the manifest's calibration and thresholds."""

    tasks: dict[str, dict]
    """The manifest's `tasks`."""

    def probabilities(self, logits: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Calibrated probabilities of each task, of the same shapes as `logits`."""
        result = {}
        for name, task in self.tasks.items():
            scaled = logits[name].astype(np.float64) / task["temperature"] + task.get("bias", 0.0)
            result[name] = softmax(scaled) if task["activation"] == "softmax" else sigmoid(scaled)
        return result

    def decode(self, probabilities: dict[str, np.ndarray]) -> list[dict]:
        """One dict a row: `ingredient`, `source`, `categories`, `needsReview`, as in an answer."""
        count = len(probabilities["ingredient"])
        return [self._decode_row({task: values[row] for task, values in probabilities.items()}) for row in range(count)]

    def _decode_row(self, p: dict[str, np.ndarray]) -> dict:
        ingredient = self._best("ingredient", p["ingredient"])
        review = ["ingredient"] if p["ingredient"].max() < self.tasks["ingredient"]["reviewBelow"] else []
        if ingredient["label"] == "not_ingredient":
            return {"ingredient": ingredient, "source": None, "categories": [], "needsReview": review}
        if self._source_needs_review(p["source"]):
            review.append("source")
        chosen, certainty = self._categories(p["categories"])
        if certainty < self.tasks["categories"]["reviewBelow"]:
            review.append("categories")
        return {"ingredient": ingredient, "source": self._best("source", p["source"]), "categories": chosen, "needsReview": review}

    def _best(self, task: str, p: np.ndarray) -> dict:
        return {"label": self.tasks[task]["labels"][int(p.argmax())], "confidence": rounded(p.max())}

    def _source_needs_review(self, p: np.ndarray) -> bool:
        task = self.tasks["source"]
        animal = [i for i, label in enumerate(task["labels"]) if label in task["riskLabels"]]
        risky = int(p.argmax()) not in animal and p[animal].sum() >= task["reviewRiskFrom"]
        return bool(p.max() < task["reviewBelow"] or risky)

    def _categories(self, p: np.ndarray) -> tuple[list[dict], float]:
        """The categories above their thresholds (the best one if none is), and how sure the whole set is: the product of
        each label's probability of being on its side."""
        task = self.tasks["categories"]
        thresholds = np.array([task["thresholds"][label] for label in task["labels"]])
        picked = p >= thresholds
        if not picked.any():
            picked[int(p.argmax())] = True
        certainty = float(np.prod(np.where(picked, p, 1.0 - p)))
        order = sorted(np.flatnonzero(picked), key=lambda i: (-p[i], i))
        return [{"label": task["labels"][i], "confidence": rounded(p[i])} for i in order], certainty


def rounded(probability: float) -> float:
    """A confidence as answers carry it."""
    return min(MAX_CONFIDENCE, round(float(probability), DECIMALS))


class Classifier:
    """The shipped model: names in, answers out. Raises InvalidName for what is no name."""

    def __init__(self, artifacts: Path) -> None:
        self.manifest = json.loads((artifacts / "manifest.json").read_text(encoding="utf-8"))
        self.session = Session(artifacts / "model.onnx", artifacts / "vocab.txt", self.manifest["maxTokens"])
        self.decoder = Decoder(self.manifest["tasks"])

    def classify(self, names: list[str]) -> list[dict]:
        """Answers in the order of `names`, with the contract's fields."""
        trimmed = [trim_name(name) for name in names]
        normal = [normal_form(name) for name in trimmed]
        decoded = self.decoder.decode(self.decoder.probabilities(self.session.logits(normal)))
        return [
            {"name": name, "key": key_of(form), **answer, "model": self.manifest["version"], "origin": "model"}
            for name, form, answer in zip(trimmed, normal, decoded, strict=True)
        ]
