"""Scores of answers against labels."""

from __future__ import annotations

from collections import Counter

import numpy as np

from .labels import TASKS
from .lexicon import Example


def expected_calibration_error(confidence: np.ndarray, right: np.ndarray, bins: int = 15) -> float:
    """ECE over equal-width bins: the mean gap of confidence and accuracy, weighted by the bins' sizes (Guo et al. 2017)."""
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [abs(confidence[place == b].mean() - right[place == b].mean()) * (place == b).sum() for b in set(place)]
    return float(sum(gaps) / len(confidence))


def _f1(picked: Counter, gold: Counter, both: Counter) -> float:
    return 2 * sum(both.values()) / max(1, sum(picked.values()) + sum(gold.values()))


def score(answers: list[dict], examples: list[Example]) -> dict:
    """All scores of one set. A source or category counts as wrong where the answer says `not_ingredient` of an ingredient."""
    right = np.array([a["ingredient"]["label"] == e.ingredient for a, e in zip(answers, examples, strict=True)])
    confidence = np.array([a["ingredient"]["confidence"] for a in answers])
    foods = [(a, e) for a, e in zip(answers, examples, strict=True) if e.ingredient == "ingredient"]
    sources = np.array([bool(a["source"]) and a["source"]["label"] == e.source for a, e in foods])
    picked, gold, both = Counter(), Counter(), Counter()
    exact = []
    for a, e in foods:
        mine, theirs = {c["label"] for c in a["categories"]}, set(e.categories)
        picked.update(mine)
        gold.update(theirs)
        both.update(mine & theirs)
        exact.append(mine == theirs)
    result = {
        "names": len(examples),
        "ingredient": {"accuracy": _mean(right), "ece": round(expected_calibration_error(confidence, right), 4)},
        "source": {"accuracy": _mean(sources)},
        "categories": {"microF1": round(_f1(picked, gold, both), 4), "exact": _mean(np.array(exact))},
        "needsReview": {t: _mean(np.array([t in a["needsReview"] for a in answers])) for t in TASKS},
    }
    sure = np.array(["ingredient" not in a["needsReview"] for a in answers])
    sure_source = np.array(["source" not in a["needsReview"] for a, _ in foods])
    result["ingredient"]["accuracySure"] = _mean(right[sure])
    result["source"]["accuracySure"] = _mean(sources[sure_source])
    result["animalAsPlantUnflagged"] = round(sum(_silent_risk(a, e) for a, e in foods) / len(examples), 4)
    result["groups"] = {
        group: _mean(np.array([r for r, e in zip(right, examples, strict=True) if e.group == group]))
        for group in dict.fromkeys(e.group for e in examples)
    }
    result["categoriesF1"] = {
        label: round(2 * both[label] / max(1, picked[label] + gold[label]), 4) for label in TASKS["categories"] if gold[label]
    }
    return result


def _silent_risk(answer: dict, example: Example) -> bool:
    animal = example.source in ("dead_animal", "animal_product")
    source = answer["source"]
    return animal and source is not None and source["label"] == "plant" and "source" not in answer["needsReview"]


def _mean(values: np.ndarray) -> float | None:
    return round(float(values.mean()), 4) if len(values) else None
