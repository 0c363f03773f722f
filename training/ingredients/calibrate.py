"""Calibration, thresholds and the bounds of `needsReview`, all chosen on the development set.

Temperature scaling: Guo et al. 2017 (arXiv:1706.04599).
"""

from __future__ import annotations

import numpy as np

from .labels import SENTENCES, TASKS
from .lexicon import Example
from .runtime import Decoder, sigmoid, softmax
from .text import CONTROL_TOKENS

RISK_LABELS = ("dead_animal", "animal_product")
REVIEW_RISK_FROM = 0.06
# Shares of the development set's names that may ask for review, below the goals so that a harder set still meets them.
REVIEW_SHARE = {"ingredient": 0.035, "source": 0.072, "categories": 0.175}
TEMPERATURES = np.exp(np.linspace(np.log(0.4), np.log(4.0), 120))


def fit_temperature(logits: np.ndarray, targets: np.ndarray) -> float:
    """The temperature that makes the (N,) targets likeliest under softmax(logits / T), logits (N, C)."""
    rows = np.arange(len(targets))
    return float(min(TEMPERATURES, key=lambda t: -np.log(softmax(logits / t)[rows, targets] + 1e-12).mean()))


def fit_sigmoid(logits: np.ndarray, targets: np.ndarray) -> tuple[float, float]:
    """Temperature and bias of sigmoid(logits / T + b), by grid, for (N, C) logits and 0/1 targets."""

    def cost(temperature: float, bias: float) -> float:
        p = np.clip(sigmoid(logits / temperature + bias), 1e-9, 1 - 1e-9)
        return -(targets * np.log(p) + (1 - targets) * np.log(1 - p)).mean()

    grid = [(t, b) for t in TEMPERATURES[::2] for b in np.linspace(-1.0, 1.0, 21)]
    temperature, bias = min(grid, key=lambda pair: cost(*pair))
    return float(temperature), float(bias)


def fit_thresholds(probabilities: np.ndarray, targets: np.ndarray, strength: float = 12.0) -> np.ndarray:
    """A threshold for each label: its own best for F1, drawn to the common best one by `strength` / positives."""
    steps = np.linspace(0.2, 0.7, 51)

    def f1(p: np.ndarray, y: np.ndarray, t: float) -> float:
        picked = p >= t
        return 2 * (picked * y).sum() / max(1, picked.sum() + y.sum())

    common = max(steps, key=lambda t: f1(probabilities, targets, t))
    result = []
    for label in range(targets.shape[1]):
        p, y = probabilities[:, label], targets[:, label]
        own = np.mean([t for t in steps if f1(p, y, t) >= f1(p, y, max(steps, key=lambda s: f1(p, y, s))) - 1e-9])
        share = y.sum() / (y.sum() + strength)
        result.append(share * own + (1 - share) * common)
    return np.round(np.array(result), 3)


def task_settings() -> dict[str, dict]:
    """The manifest's `tasks` before calibration."""
    return {
        task: {
            "controlToken": CONTROL_TOKENS[task],
            "activation": "sigmoid" if task == "categories" else "softmax",
            "labels": list(labels),
            "descriptions": SENTENCES[task],
            "temperature": 1.0,
            "reviewBelow": 0.0,
        }
        for task, labels in TASKS.items()
    }


def calibrate(logits: dict[str, np.ndarray], examples: list[Example]) -> dict[str, dict]:
    """The manifest's `tasks`, fitted to the logits of the development set's names."""
    tasks = task_settings()
    is_food = np.array([example.ingredient == "ingredient" for example in examples])
    foods = [example for example in examples if example.ingredient == "ingredient"]
    index = {task: {label: i for i, label in enumerate(labels)} for task, labels in TASKS.items()}

    targets = np.array([index["ingredient"][e.ingredient] for e in examples])
    tasks["ingredient"]["temperature"] = round(fit_temperature(logits["ingredient"], targets), 4)
    sources = np.array([index["source"][e.source] for e in foods])
    tasks["source"]["temperature"] = round(fit_temperature(logits["source"][is_food], sources), 4)
    multi = np.zeros((len(foods), len(TASKS["categories"])))
    for row, example in enumerate(foods):
        multi[row, [index["categories"][label] for label in example.categories]] = 1
    temperature, bias = fit_sigmoid(logits["categories"][is_food], multi)
    tasks["categories"] |= {"temperature": round(temperature, 4), "bias": round(bias, 4)}
    p = Decoder(tasks).probabilities(logits)
    thresholds = fit_thresholds(p["categories"][is_food], multi)
    tasks["categories"]["thresholds"] = dict(zip(TASKS["categories"], map(float, thresholds), strict=True))
    _review_bounds(tasks, p)
    return tasks


def _review_bounds(tasks: dict[str, dict], p: dict[str, np.ndarray]) -> None:
    """Sets each `reviewBelow` so that its share of all names asks for review, the risky sources included."""
    tasks["source"] |= {"riskLabels": list(RISK_LABELS), "reviewRiskFrom": REVIEW_RISK_FROM}
    decoder = Decoder(tasks)
    count = len(p["ingredient"])
    sure = p["ingredient"].max(axis=1)
    tasks["ingredient"]["reviewBelow"] = bound(sure, REVIEW_SHARE["ingredient"], count)
    answered = p["ingredient"].argmax(axis=1) == TASKS["ingredient"].index("ingredient")
    risky = np.array([decoder._source_needs_review(row) for row in p["source"]]) & answered
    left = max(0.0, REVIEW_SHARE["source"] - risky.sum() / count)
    tasks["source"]["reviewBelow"] = bound(p["source"].max(axis=1)[answered & ~risky], left, count)
    certainty = np.array([decoder._categories(row)[1] for row in p["categories"][answered]])
    tasks["categories"]["reviewBelow"] = bound(certainty, REVIEW_SHARE["categories"], count)


def bound(certainty: np.ndarray, share: float, count: int) -> float:
    """The bound below which at most `share` of `count` names lie; 0 where no name has a certainty."""
    if not len(certainty):
        return 0.0
    allowed = int(share * count)
    ordered = np.sort(certainty)
    return round(float(ordered[min(allowed, len(ordered) - 1)]), 4)
