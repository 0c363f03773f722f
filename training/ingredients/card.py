"""MODEL_CARD.md: what the model is, its scores with their intervals, its errors, its limits, its data."""

from __future__ import annotations

import re
from pathlib import Path

from .labels import TASKS
from .metrics import Scored, category_sets, label_of, precision_recall, worst
from .release import TAUGHT_FILE
from .scores import GOALS, parts, value_of

WORST = 100
# Written by hand: docs/model/notes/*.md, of which the card holds what they say of this release.
NOTES = Path(__file__).resolve().parents[2] / "docs" / "model" / "notes"


def percent(value: float | None) -> str:
    """A share as the card shows it."""
    return "–" if value is None else f"{100 * value:.1f} %"


def shown(score: str, value: float | None) -> str:
    """A score as the card shows it: an ECE as a number, a share in percent."""
    return "–" if value is None else f"{value:.3f}" if score.endswith("ECE") else percent(value)


def goal_table(scored: Scored, seen: set[int]) -> str:
    """A row a goal: its bound, the score with its interval, and the score over unseen and seen names."""
    split = parts(len(scored.examples), seen)
    values = {part: scored.values(rows) for part, rows in split.items()}
    intervals, groups = scored.intervals(split["all"]), scored.by_group()
    heads = " | ".join(f"{part} ({len(split[part])})" for part in split if part != "all")
    lines = [f"| | goal | all ({len(scored.examples)}) | 95 % interval | {heads} | |", "| --- |" + " --- |" * (len(split) + 3)]
    for goal in GOALS:
        value = value_of(goal, values["all"], groups)
        low, high = intervals.get(goal.score, (None, None))
        interval = f"{shown(goal.score, low)} to {shown(goal.score, high)}" if low is not None else "–"
        others = " | ".join(shown(goal.score, values[part].get(goal.score)) for part in split if part != "all")
        bound = f"{'≥' if goal.at_least else '≤'} {shown(goal.score, goal.bound)}"
        lines.append(f"| {goal.title} | {bound} | {shown(goal.score, value)} | {interval} | {others} | {'met' if goal.met(value) else 'missed'} |")
    return "\n".join(lines)


def label_table(scored: Scored) -> str:
    """Precision, recall and F1 of each label of each task."""
    foods = [(a, e) for a, e in zip(scored.answers, scored.examples, strict=True) if e.source]
    lines = ["| task | label | names | precision | recall | F1 |", "| --- | --- | --- | --- | --- | --- |"]
    for task, labels in TASKS.items():
        if task == "categories":
            picked, gold = category_sets([a for a, _ in foods]), [set(e.categories or ()) for _, e in foods]
        else:
            pairs = list(zip(scored.answers, scored.examples, strict=True)) if task == "ingredient" else foods
            picked = [{label_of(a, task) or ""} for a, _ in pairs]
            gold = [{getattr(e, task)} for _, e in pairs]
        for label, row in precision_recall(picked, gold, labels).items():
            lines.append(f"| {task} | {label} | {row['names']} | {row['precision']:.3f} | {row['recall']:.3f} | {row['f1']:.3f} |")
    return "\n".join(lines)


def error_list(scored: Scored) -> str:
    """The errors of which the model was surest."""
    lines = ["| name | task | right | answered | confidence |", "| --- | --- | --- | --- | --- |"]
    for sure, task, example, answer in worst(scored.answers, scored.examples, WORST):
        if task == "categories":
            right, said = ", ".join(example.categories or ()), ", ".join(c["label"] for c in answer["categories"])
        else:
            right, said = getattr(example, task), label_of(answer, task)
        name = re.sub(r"([|\\`*_<>\[\]])", r"\\\1", example.name)
        lines.append(f"| {name} | {task} | {right} | {said} | {sure:.3f} |")
    return "\n".join(lines)


def note(name: str) -> str:
    """A section written by hand; empty where there is none."""
    path = NOTES / f"{name}.md"
    return path.read_text(encoding="utf-8").strip() if path.exists() else ""


def write_card(folder: Path, manifest: dict, scored: dict[str, Scored], seen: dict[str, set[int]]) -> None:
    """Writes MODEL_CARD.md from the manifest and the answers to the evaluation sets."""
    shape = manifest["architecture"]
    size = manifest["files"]["model.onnx"]["bytes"] / 1e6
    data = [f"| {d['name']} | {d['address']} | {d['licence']} |" for d in manifest["trainingData"]]
    taught = len((folder / TAUGHT_FILE).read_text(encoding="utf-8").splitlines())
    groups = manifest["scores"]["test"]["ingredientAccuracyByGroup"]
    text = f"""# Model card: ingredient classifier {manifest["version"]}

Written by `python -m scripts.evaluate` (from `training/`), which asks `npm run classify` for every answer below. `training/LOG.md` says how this model came to be.

## What it is
One BERT encoder of {shape["layers"]} layers, {shape["hidden"]} wide, with a vocabulary of {shape["vocabulary"]:,} word pieces, as a token classifier for three tasks: {size:.1f} MB. Behind the
name stand three control tokens, one a task, and only their outputs are read: `ingredient` (softmax over 2), `source` (softmax over 4), `categories`
(a sigmoid for each of 27). Weights are 8-bit per channel within [-64, 63], activations are quantised token by token, so an answer does not depend on
its batch. It is the student of an ensemble of larger models. `taught.txt` beside it has the {taught:,} ingredients of the lexicon that it was taught: an
explanation names the nearest of them, and no answer depends on them.

**Intended use**: names of ingredients and dishes as people type them into a food application, English first, at most 120 characters.
**Not intended**: allergen, dietary or religious advice by itself (act on `needsReview`, and let a person decide where health is at stake), other
languages' whole vocabulary, lists, recipes, sentences.

## Goals and scores
`training/data/evaluation/test.tsv`: 900 names labelled by hand before any training, its hash committed first; neither its rows nor its labels were read
by training or tuning. Everyday names of it stand in the training data too, so the scores are also given apart: "seen" names were met in training (up to
a plural, a hyphen or the order of words) under labels of other annotators, "unseen" ones were not. A source or category counts as wrong where the answer
denies that the name is an ingredient. Intervals: 2,000 bootstrap samples.

{goal_table(scored["test"], seen["test"])}

`ingredient` accuracy by group of names: {", ".join(f"{group} {percent(value)}" for group, value in groups.items())}.

Two careful annotators with one guide agree on the source of 96.4 % of the foods of a random sample, and on the whole set of categories of 82.7 % (micro-F1
0.928), so scores much above that measure the habits of one of them.

### Each label
{label_table(scored["test"])}

### What is taken for what
![Confusion matrices of ingredient and source](../docs/model/confusion.svg)
![Categories missed, and what was answered instead](../docs/model/categories.svg)

### How far the confidence can be trusted
Temperatures (and a bias for categories), thresholds of the categories and the bounds of `needsReview` were fitted on `dev.tsv`, 900 other names.
![Reliability: accuracy against confidence](../docs/model/reliability.svg)
![Risk and coverage: errors among the surest answers](../docs/model/risk-coverage.svg)

### The development set
Most of its names were seen in training, and calibration was fitted to it: these scores are not a measure of quality.

{goal_table(scored["dev"], seen["dev"])}

<details><summary>The {WORST} errors on the development set of which the model was surest</summary>

The errors on the test set are not listed: whoever reads them begins to tune on them. `python -m scripts.evaluate --errors test` prints them.

{error_list(scored["dev"])}

</details>

{note("release")}

## Limits
{note("limits")}

## Data and licences
| data | address | licence |
| --- | --- | --- |
{chr(10).join(data)}

Contains information from Open Food Facts, made available under the Open Database License (ODbL) 1.0; individual contents under the
Database Contents License. The model is a produced work of that database; the database itself is not distributed with it.
"""
    (folder / "MODEL_CARD.md").write_text(text, encoding="utf-8")
