"""The scores of a release: its answers on the test and development sets, its parts by what training held, beside the goals."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .metrics import Scored
from .runtime import Classifier, Session


@dataclass(frozen=True)
class Goal:
    """A row of the table of goals: what it is called, its bound, and whether more is better."""

    title: str
    score: str
    """A key of Scored.values, or "group:" and a group's name, whose `ingredient` accuracy it is."""
    bound: float
    at_least: bool = True

    @property
    def group(self) -> str | None:
        """The group of names whose accuracy it is; None for a score over all."""
        return self.score.removeprefix("group:") if self.score.startswith("group:") else None

    def met(self, value: float | None) -> bool:
        """Whether a value reaches the bound."""
        return value is not None and (value >= self.bound if self.at_least else value <= self.bound)


GOALS = (
    Goal("`ingredient` accuracy", "ingredient accuracy", 0.985),
    Goal("… jokes", "group:jokes", 0.95),
    Goal("… near-food words", "group:near_food", 0.95),
    Goal("… chemicals and medicines", "group:chemicals", 0.95),
    Goal("… beings", "group:beings", 0.95),
    Goal("… world-cuisine names", "group:world", 0.97),
    Goal("… noisy names", "group:noisy", 0.97),
    Goal("`source` accuracy", "source accuracy", 0.97),
    Goal("`categories` micro-F1", "categories micro-F1", 0.93),
    Goal("`categories` exact set", "categories exact set", 0.82),
    Goal("calibration error (ECE) of `ingredient`", "ingredient ECE", 0.02, at_least=False),
    Goal("animal food called `plant` and not in review", "animal food called plant, unflagged", 0.005, at_least=False),
    Goal("names with `ingredient` in review", "ingredient in review", 0.04, at_least=False),
    Goal("names with `source` in review", "source in review", 0.08, at_least=False),
    Goal("names with `categories` in review", "categories in review", 0.20, at_least=False),
    Goal("`ingredient` accuracy among the others", "ingredient accuracy, others", 0.995),
    Goal("`source` accuracy among the others", "source accuracy, others", 0.99),
)


# Columns of the tables of models, and the scores that stand in them.
SHORT = {"ingredient": "ingredient accuracy", "source": "source accuracy", "microF1": "categories micro-F1", "exact": "categories exact set"}


def value_of(goal: Goal, values: dict[str, float | None], groups: dict[str, float | None]) -> float | None:
    """The score that a goal speaks of."""
    return values[goal.score] if goal.group is None else groups.get(goal.group)


def set_scores(scored: Scored, split: dict[str, np.ndarray]) -> dict:
    """Scores of one evaluation set for the manifest, for each part of its names (see seen.parts)."""
    result: dict = {part: {"names": len(rows), **scored.values(rows)} for part, rows in split.items()}
    return {**result, "expectedCalibrationError": scored.calibration_errors(), "ingredientAccuracyByGroup": scored.by_group()}


def short_scores(scored: Scored) -> dict[str, float | None]:
    """The four scores of a row in a table of models."""
    values = scored.values(np.arange(len(scored.examples)))
    return {column: values[score] for column, score in SHORT.items()}


def replace_session(classifier: Classifier, model: Path) -> Classifier:
    """The same classifier on another model file."""
    other = object.__new__(Classifier)
    other.manifest, other.decoder = classifier.manifest, classifier.decoder
    other.session = Session(model, model.parent / "vocab.txt", classifier.manifest["maxTokens"])
    return other
