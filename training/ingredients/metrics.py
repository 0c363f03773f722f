"""Scores of answers against labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np

from .labels import TASKS
from .lexicon import Example

ANIMAL = ("dead_animal", "animal_product")
BOOTSTRAPS = 2000
INTERVAL = (2.5, 97.5)


def expected_calibration_error(confidence: np.ndarray, right: np.ndarray, bins: int = 15) -> float:
    """ECE over equal-width bins: the mean gap of confidence and accuracy, weighted by the bins' sizes (Guo et al. 2017)."""
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [abs(confidence[place == b].mean() - right[place == b].mean()) * (place == b).sum() for b in set(place)]
    return float(sum(gaps) / len(confidence))


def _mean(values: np.ndarray) -> float | None:
    return round(float(values.mean()), 4) if len(values) else None


def label_of(answer: dict, task: str) -> str | None:
    """The label of a single-label task; None for the source of what is no ingredient."""
    value = answer[task]
    return value["label"] if value else None


def category_sets(answers: list[dict]) -> list[set[str]]:
    """Each answer's categories."""
    return [{category["label"] for category in answer["categories"]} for answer in answers]


class Scored:
    """Answers beside their examples, as arrays from which every score follows. A source or category counts as wrong where the answer
    says `not_ingredient` of an ingredient."""

    def __init__(self, answers: list[dict], examples: list[Example]) -> None:
        self.answers, self.examples = answers, examples
        self.right = np.array([label_of(a, "ingredient") == e.ingredient for a, e in self._pairs()], dtype=bool)
        self.confidence = np.array([a["ingredient"]["confidence"] for a in answers], dtype=float)
        self.is_food = np.array([e.ingredient == "ingredient" for e in examples], dtype=bool)
        self.source_right = np.array([label_of(a, "source") == e.source for a, e in self._pairs()], dtype=bool)
        mine, theirs = category_sets(answers), [set(e.categories or ()) for e in examples]
        self.picked = np.array([len(a) for a in mine])
        self.gold = np.array([len(b) for b in theirs])
        self.both = np.array([len(a & b) for a, b in zip(mine, theirs, strict=True)])
        self.exact = np.array([a == b for a, b in zip(mine, theirs, strict=True)], dtype=bool)
        self.review = {task: np.array([task in a["needsReview"] for a in answers], dtype=bool) for task in TASKS}
        self.silent_risk = np.array([_silent_risk(a, e) for a, e in self._pairs()], dtype=bool)

    def _pairs(self):
        return zip(self.answers, self.examples, strict=True)

    def values(self, rows: np.ndarray) -> dict[str, float | None]:
        """The scores that a table shows, over some rows; foods alone for source and categories."""
        food = rows[self.is_food[rows]]
        sure = rows[~self.review["ingredient"][rows]]
        sure_source = food[~self.review["source"][food]]
        both, total = self.both[food].sum(), self.picked[food].sum() + self.gold[food].sum()
        return {
            "ingredient accuracy": _mean(self.right[rows]),
            "source accuracy": _mean(self.source_right[food]),
            "categories micro-F1": round(2 * float(both) / max(1, int(total)), 4) if len(food) else None,
            "categories exact set": _mean(self.exact[food]),
            "ingredient ECE": round(expected_calibration_error(self.confidence[rows], self.right[rows]), 4),
            "animal food called plant, unflagged": _mean(self.silent_risk[rows]),
            "ingredient in review": _mean(self.review["ingredient"][rows]),
            "source in review": _mean(self.review["source"][rows]),
            "categories in review": _mean(self.review["categories"][rows]),
            "ingredient accuracy, others": _mean(self.right[sure]),
            "source accuracy, others": _mean(self.source_right[sure_source]),
        }

    def counts(self, rows: np.ndarray) -> dict[str, int]:
        """Of how many names each of `values` is a share."""
        food = rows[self.is_food[rows]]
        foods = {"source accuracy", "categories micro-F1", "categories exact set"}
        result = {score: len(food) if score in foods else len(rows) for score in self.values(rows)}
        result["ingredient accuracy, others"] = int((~self.review["ingredient"][rows]).sum())
        result["source accuracy, others"] = int((~self.review["source"][food]).sum())
        return result

    def confidences(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Confidence and whether it was right, of each answer of a task; each category that was answered counts by itself."""
        foods = [(a, e, right) for (a, e), right in zip(self._pairs(), self.source_right, strict=True) if e.source and a["source"]]
        categories = [(c["confidence"], c["label"] in (e.categories or ())) for a, e, _ in foods for c in a["categories"]]
        return {
            "ingredient": (self.confidence, self.right),
            "source": (np.array([a["source"]["confidence"] for a, _, _ in foods]), np.array([right for _, _, right in foods])),
            "categories": (np.array([c for c, _ in categories]), np.array([right for _, right in categories])),
        }

    def calibration_errors(self) -> dict[str, float | None]:
        """The ECE of each task, over `confidences`; None for a task without an answer."""
        return {
            task: round(expected_calibration_error(confidence, right), 4) if len(right) else None
            for task, (confidence, right) in self.confidences().items()
        }

    def answered(self) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Confidence, whether it was right, and whether review was asked for, of each name that a task answers. A set of categories is as sure as
        the least sure of them, and right where it is the whole set."""
        food = self.is_food & np.array([a["source"] is not None for a in self.answers], dtype=bool)
        foods = [a for a, is_answered in zip(self.answers, food, strict=True) if is_answered]
        least = np.array([min(c["confidence"] for c in a["categories"]) for a in foods])
        return {
            "ingredient": (self.confidence, self.right, self.review["ingredient"]),
            "source": (np.array([a["source"]["confidence"] for a in foods]), self.source_right[food], self.review["source"][food]),
            "categories": (least, self.exact[food], self.review["categories"][food]),
        }

    def intervals(self, rows: np.ndarray, seed: int = 1) -> dict[str, tuple[float, float]]:
        """95 % bootstrap intervals of `values` over resampled rows (Efron 1979); of a score that no sample has, none."""
        rng = np.random.default_rng(seed)
        drawn = [self.values(rng.choice(rows, len(rows))) for _ in range(BOOTSTRAPS)]
        result = {}
        for name in drawn[0]:
            found = [value for draw in drawn if (value := draw[name]) is not None]
            if found:
                low, high = np.percentile(found, INTERVAL)
                result[name] = (round(float(low), 4), round(float(high), 4))
        return result

    def rows_of(self, group: str) -> np.ndarray:
        """The rows of a group of names."""
        return np.array([row for row, example in enumerate(self.examples) if example.group == group], dtype=int)

    def accuracy_interval(self, rows: np.ndarray, seed: int = 1) -> tuple[float, float]:
        """The 95 % bootstrap interval of `ingredient` accuracy alone, over some rows."""
        right = self.right[rows]
        drawn = np.random.default_rng(seed).choice(right, (BOOTSTRAPS, len(right))).mean(axis=1)
        low, high = np.percentile(drawn, INTERVAL)
        return round(float(low), 4), round(float(high), 4)

    def by_group(self) -> dict[str, float | None]:
        """`ingredient` accuracy of each group of names."""
        return {group: _mean(self.right[self.rows_of(group)]) for group in dict.fromkeys(example.group for example in self.examples)}


def _silent_risk(answer: dict, example: Example) -> bool:
    return example.source in ANIMAL and label_of(answer, "source") == "plant" and "source" not in answer["needsReview"]


def precision_recall(picked: list[set[str]], gold: list[set[str]], labels: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """Precision, recall, F1 and the number of names of each label, over sets of labels."""
    counts = {name: Counter(label for group in groups for label in group) for name, groups in (("picked", picked), ("gold", gold))}
    both = Counter(label for a, b in zip(picked, gold, strict=True) for label in a & b)
    result = {}
    for label in labels:
        p = both[label] / counts["picked"][label] if counts["picked"][label] else 0.0
        r = both[label] / counts["gold"][label] if counts["gold"][label] else 0.0
        result[label] = {"precision": p, "recall": r, "f1": 2 * p * r / (p + r) if p + r else 0.0, "names": counts["gold"][label]}
    return result


def confusion(picked: list[str | None], gold: list[str | None], labels: tuple[str, ...]) -> np.ndarray:
    """(C, C + 1) counts: a row a label that is right, a column a label that was answered; the last column where none was."""
    result = np.zeros((len(labels), len(labels) + 1), dtype=int)
    for mine, theirs in zip(picked, gold, strict=True):
        if theirs is not None:
            result[labels.index(theirs), labels.index(mine) if mine is not None else len(labels)] += 1
    return result


def risk_coverage(confidence: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coverage and error rate when the surest k names are answered, k = 1 … N (El-Yaniv and Wiener 2010)."""
    order = np.argsort(-confidence, kind="stable")
    count = np.arange(1, len(order) + 1)
    return count / len(order), np.cumsum(~right[order]) / count


def reliability(confidence: np.ndarray, right: np.ndarray, bins: int = 10) -> list[tuple[float, float, int]]:
    """(mean confidence, accuracy, names) of each bin of equal width that holds a name."""
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    return [(confidence[place == b].mean(), right[place == b].mean(), int((place == b).sum())) for b in range(bins) if (place == b).any()]


def worst(answers: list[dict], examples: list[Example], count: int) -> list[tuple[float, str, Example, dict]]:
    """The `count` errors of which the model was surest: (confidence, task, example, answer). An error in an earlier task hides the
    later ones of its name."""
    found = []
    for answer, example in zip(answers, examples, strict=True):
        task: str | None = next((t for t in ("ingredient", "source") if label_of(answer, t) != getattr(example, t)), None)
        if task is not None:
            found.append((answer[task]["confidence"], task, example, answer))
        elif {c["label"] for c in answer["categories"]} != set(example.categories or ()):
            wrong: Callable[[dict], bool] = lambda c, e=example: c["label"] not in (e.categories or ())  # noqa: E731
            sure = max([c["confidence"] for c in answer["categories"] if wrong(c)], default=0.5)
            found.append((sure, "categories", example, answer))
    return sorted(found, key=lambda entry: -entry[0])[:count]
