"""The pictures of the model card, as SVG whose bytes depend on the figures alone."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("svg")
from matplotlib import pyplot as plt  # noqa: E402 - a backend is chosen before pyplot is read

from .labels import TASKS
from .metrics import Scored, category_sets, confusion, label_of, reliability, risk_coverage

mpl.rcParams.update(
    {
        "svg.hashsalt": "ingredient-classifier", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False,
        "axes.grid": True, "grid.alpha": 0.3, "figure.dpi": 100, "figure.constrained_layout.use": True, "savefig.facecolor": "white",
    }
)  # fmt: skip
COLOURS = {"ingredient": "#1b6e53", "source": "#b5541c", "categories": "#3b5b9a"}


def _save(figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    plt.close(figure)


def draw_reliability(scored: Scored, path: Path) -> None:
    """Accuracy against confidence, a panel a task; the size of a dot is how many answers it stands for."""
    figure, axes = plt.subplots(1, 3, figsize=(9, 3), sharey=True)
    for axis, (task, (confidence, right)) in zip(axes, scored.confidences().items(), strict=True):
        points = reliability(confidence, right)
        axis.plot([0, 1], [0, 1], color="grey", linewidth=0.8, linestyle="--")
        axis.scatter([p[0] for p in points], [p[1] for p in points], s=[12 + 120 * p[2] / len(right) for p in points], color=COLOURS[task])
        axis.set(title=task, xlabel="confidence", xlim=(0, 1.03), ylim=(0, 1.03))
    axes[0].set_ylabel("share that is right")
    _save(figure, path)


def draw_risk_coverage(scored: Scored, path: Path) -> None:
    """The error rate among the surest answers, against how many are answered; the dot is where `needsReview` parts them."""
    figure, axis = plt.subplots(figsize=(6, 3.4))
    for task, (sure, right, review) in scored.answered().items():
        coverage, risk = risk_coverage(sure, right)
        axis.plot(coverage, 100 * risk, color=COLOURS[task], label=task)
        axis.scatter([1 - review.mean()], [100 * (~right[~review]).mean()], color=COLOURS[task], zorder=3)
    axis.set(xlabel="share of names answered without review", ylabel="errors, %", ylim=(0, None))
    axis.legend()
    _save(figure, path)


def draw_confusion(scored: Scored, path: Path) -> None:
    """`ingredient` and `source`: rows are right, columns were answered."""
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.4), width_ratios=[1, 1.8])
    for axis, task in zip(axes, ("ingredient", "source"), strict=True):
        labels = TASKS[task]
        table = confusion([label_of(a, task) for a in scored.answers], [getattr(e, task) for e in scored.examples], labels)
        columns = [*labels, "none"] if task == "source" else list(labels)
        table = table[:, : len(columns)]
        axis.imshow(np.log1p(table), cmap="Greens")
        for row, column in np.ndindex(*table.shape):
            dark = np.log1p(table[row, column]) > 0.6 * np.log1p(table).max()
            axis.text(column, row, str(table[row, column]), ha="center", va="center", color="white" if dark else "black")
        axis.set_xticks(range(len(columns)), columns, rotation=20)
        axis.set_yticks(range(len(labels)), labels)
        axis.grid(visible=False)
        axis.set(title=task, xlabel="answered", ylabel="right")
    _save(figure, path)


def draw_categories(scored: Scored, path: Path) -> None:
    """Which categories are mixed up: of the names whose category was missed, what was answered in its place."""
    labels = TASKS["categories"]
    table = np.zeros((len(labels), len(labels)))
    for mine, example in zip(category_sets(scored.answers), scored.examples, strict=True):
        theirs = set(example.categories or ())
        for missed in theirs - mine:
            for instead in mine - theirs:
                table[labels.index(missed), labels.index(instead)] += 1
    figure, axis = plt.subplots(figsize=(7.2, 6.4))
    axis.imshow(table, cmap="Blues")
    for row, column in np.ndindex(*table.shape):
        if table[row, column]:
            axis.text(column, row, int(table[row, column]), ha="center", va="center", fontsize=7)
    axis.set_xticks(range(len(labels)), labels, rotation=90, fontsize=7)
    axis.set_yticks(range(len(labels)), labels, fontsize=7)
    axis.grid(visible=False)
    axis.set(xlabel="answered instead", ylabel="missed")
    _save(figure, path)


def draw_students(rows: list[dict], path: Path) -> None:
    """Accuracy against latency, size and memory, a panel each; a line a vocabulary. rows: see scripts.compare."""
    figure, axes = plt.subplots(2, 3, figsize=(10, 5.6), sharey="row")
    measures = (("p50Ms", "one name, ms"), ("megabytes", "file, MB"), ("rssMb", "peak memory, MB"))
    scores = (("source", "source accuracy, %"), ("microF1", "categories micro-F1, %"))
    for line, (score, score_title) in zip(axes, scores, strict=True):
        for axis, (measure, title) in zip(line, measures, strict=True):
            for vocabulary in sorted({row["vocabulary"] for row in rows}):
                mine = sorted((row for row in rows if row["vocabulary"] == vocabulary), key=lambda row: row["layers"])
                axis.plot([row[measure] for row in mine], [100 * row[score] for row in mine], "o-", label=f"{vocabulary:,} words")
                for row in mine:
                    axis.annotate(str(row["layers"]), (row[measure], 100 * row[score]), textcoords="offset points", xytext=(3, 3), fontsize=7)
            axis.set_xlabel(title)
        line[0].set_ylabel(score_title)
    axes[0][0].legend(fontsize=7, title="layers are written at the dots", title_fontsize=7)
    _save(figure, path)
