"""Which weak labels to doubt: confident learning over predictions from models that did not see the name.

Source: Northcutt et al. 2021 (arXiv:1911.00068): a label is doubted where another label's predicted probability passes that label's
own mean confidence, and the given one's does not. For sets of categories, a label is doubted by its own sigmoid.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .labels import TASKS
from .lexicon import Example
from .runtime import sigmoid, softmax

# A category that the models miss, or add, with at least this certainty makes the set doubtful.
MISSED, ADDED = 0.04, 0.9
DOUBTED_WEIGHT = 0.5


def thresholds(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Each label's mean probability over the examples that carry it, (C,); infinite where none does. labels: (N,), -1 for none."""
    return np.array([probabilities[labels == c, c].mean() if (labels == c).any() else np.inf for c in range(probabilities.shape[1])])


def doubted(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """True (N,) where another label is confidently predicted and the given one is not."""
    bounds = thresholds(probabilities, labels)
    passing = np.where(probabilities >= bounds, probabilities, -1.0)
    best = passing.argmax(axis=1)
    return (labels >= 0) & (passing.max(axis=1) > 0) & (best != labels)


def doubted_sets(probabilities: np.ndarray, sets: np.ndarray) -> np.ndarray:
    """True (N,) where a category is there against the models or missing against them. sets: (N, C) 0/1, NaN where unknown."""
    missing = (sets == 1) & (probabilities < MISSED)
    added = (sets == 0) & (probabilities > ADDED)
    return (missing | added).any(axis=1)


@dataclass(frozen=True)
class Doubts:
    """Boolean arrays (N,) over examples, a task each."""

    ingredient: np.ndarray
    source: np.ndarray
    categories: np.ndarray


def find_doubts(examples: list[Example], logits: dict[str, np.ndarray]) -> Doubts:
    """Doubts about the labels of `examples`, from logits {task: (N, labels)} of models that were trained without them."""
    single = {}
    for task in ("ingredient", "source"):
        labels = np.array([TASKS[task].index(label) if (label := getattr(e, task)) else -1 for e in examples])
        single[task] = doubted(softmax(logits[task].astype(np.float64)), labels)
    sets = np.full((len(examples), len(TASKS["categories"])), np.nan)
    for row, example in enumerate(examples):
        if example.categories is not None:
            sets[row] = 0
            sets[row, [TASKS["categories"].index(label) for label in example.categories]] = 1
    return Doubts(single["ingredient"], single["source"], doubted_sets(sigmoid(logits["categories"].astype(np.float64)), sets))


def without_doubts(examples: list[Example], doubts: Doubts) -> list[Example]:
    """The examples less those whose `ingredient` is doubted; a doubted source or set is left out, and its name weighs less."""
    kept = []
    for row, example in enumerate(examples):
        if doubts.ingredient[row]:
            continue
        source = None if doubts.source[row] else example.source
        categories = None if doubts.categories[row] or doubts.source[row] else example.categories
        less = DOUBTED_WEIGHT if doubts.source[row] or doubts.categories[row] else 1.0
        kept.append(replace(example, source=source, categories=categories, weight=example.weight * less))
    return kept
