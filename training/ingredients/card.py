"""MODEL_CARD.md: what the model is, its scores with their intervals, its errors, its limits, its data."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import numpy as np

from .labels import TASKS, read_tsv
from .metrics import Scored, category_sets, label_of, precision_recall, worst
from .release import TAUGHT_FILE
from .scores import GOALS, SHORT, value_of

WORST = 100
# A share of fewer names says nothing: one name is more than three points.
FEWEST = 30
# What scripts.compare_precision writes beside the pictures.
PRECISION = "precision.tsv"
PRECISION_COLUMNS = ("version", "names", "model", *SHORT)
# Written by hand: docs/model/notes/*.md. What holds for one version alone has the version in its name, and stands in the card of no other.
NOTES = Path(__file__).resolve().parents[2] / "docs" / "model" / "notes"


def percent(value: float | None) -> str:
    """A share as the card shows it."""
    return "–" if value is None else f"{100 * value:.1f} %"


def shown(score: str, value: float | None) -> str:
    """A score as the card shows it: an ECE as a number, a share in percent."""
    return "–" if value is None else f"{value:.3f}" if score.endswith("ECE") else percent(value)


def cell(score: str, value: float | None, interval: tuple[float, float] | None, count: int) -> str:
    """A score with its interval and the number of names behind it; of too few names, the number alone."""
    if value is None or interval is None or count < FEWEST:
        return f"– (of {count})"
    low, high = (shown(score, bound) for bound in interval)
    return f"{shown(score, value)} ({low} to {high}; of {count:,})"


def group_cell(scored: Scored, rows: np.ndarray, group: str) -> str:
    """The `ingredient` accuracy of a group within some rows."""
    chosen = np.intersect1d(rows, scored.rows_of(group))
    if len(chosen) < FEWEST:
        return cell("", None, None, len(chosen))
    return cell("", round(float(scored.right[chosen].mean()), 4), scored.accuracy_interval(chosen), len(chosen))


def goal_table(scored: Scored, split: dict[str, np.ndarray]) -> str:
    """A row a goal: its bound, and the score over each part of the names (see seen.parts), each with its interval and number of names."""
    values, intervals, counts = ({part: of(rows) for part, rows in split.items()} for of in (scored.values, scored.intervals, scored.counts))
    groups = scored.by_group()
    heads = " | ".join(f"{part} ({len(rows)})" for part, rows in split.items())
    lines = [f"| | goal | {heads} | |", "| --- |" + " --- |" * (len(split) + 2)]
    for goal in GOALS:
        if goal.group is None:
            name = goal.score
            cells = [cell(name, values[part][name], intervals[part].get(name), counts[part][name]) for part in split]
        else:
            cells = [group_cell(scored, rows, goal.group) for rows in split.values()]
        bound = f"{'≥' if goal.at_least else '≤'} {shown(goal.score, goal.bound)}"
        met = "met" if goal.met(value_of(goal, values["all"], groups)) else "missed"
        lines.append(f"| {goal.title} | {bound} | {' | '.join(cells)} | {met} |")
    return "\n".join(lines)


def composition(scored: Scored, split: dict[str, np.ndarray]) -> str:
    """What each part of the names is made of: foods, and names by group."""
    lines = ["| names | foods | others | by group |", "| --- | --- | --- | --- |"]
    for part, rows in split.items():
        groups = Counter(scored.examples[row].group for row in rows)
        foods = int(scored.is_food[rows].sum())
        lines.append(f"| {part} | {foods} | {len(rows) - foods} | {', '.join(f'{group} {count}' for group, count in groups.most_common())} |")
    return "\n".join(lines)


def group_table(scored: Scored) -> str:
    """`ingredient` accuracy of each group of names."""
    rows = np.arange(len(scored.examples))
    return "\n".join(["| group | `ingredient` accuracy |", "| --- | --- |", *(f"| {group} | {group_cell(scored, rows, group)} |" for group in scored.by_group())])


def precision_table(version: str, path: Path) -> str:
    """What scripts.compare_precision found for this release; empty where it found nothing."""
    rows = [row for row in read_tsv(path) if row["version"] == version] if path.exists() else []
    if not rows:
        return ""
    lines = ["| names | | `ingredient` | `source` | micro-F1 | exact set |", "| --- | --- | --- | --- | --- | --- |"]
    lines += [f"| {' | '.join(row[column] for column in PRECISION_COLUMNS[1:])} |" for row in rows]
    about = "`scripts.compare_precision` bounds what int8 may lose over names of the lexicon, chosen by a hash; the test set's rows only inform."
    return "\n".join([*lines, "", about])


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


def error_list(scored: Scored, rows: np.ndarray) -> tuple[int, str]:
    """The errors among some rows of which the model was surest, WORST at most: how many, and a table of them."""
    lines = ["| name | task | right | answered | confidence |", "| --- | --- | --- | --- | --- |"]
    found = worst([scored.answers[row] for row in rows], [scored.examples[row] for row in rows], WORST)
    for sure, task, example, answer in found:
        if task == "categories":
            right, said = ", ".join(example.categories or ()), ", ".join(c["label"] for c in answer["categories"])
        else:
            right, said = getattr(example, task), label_of(answer, task)
        name = re.sub(r"([|\\`*_<>\[\]])", r"\\\1", example.name)
        lines.append(f"| {name} | {task} | {right} | {said} | {sure:.3f} |")
    return len(found), "\n".join(lines)


def unseen_foods(scored: Scored, split: dict[str, np.ndarray]) -> str:
    """What the parts say of foods that the model never met."""
    foods = {part: int(scored.is_food[rows].sum()) for part, rows in split.items()}
    new = foods.get("new", 0)
    if new >= FEWEST:
        return f"Of the {foods['all']} foods {new} are new: their column says how well the model labels foods that it never met."
    return f"""Of the {foods["all"]} foods {new} are new, too few for a figure: these scores say how well the model holds what it was taught, misspelt too, and say of `source` and `categories` of
foods that it never met next to nothing. The new names measure whether what is no food is told apart."""


def note(name: str) -> str:
    """A section written by hand; empty where there is none."""
    path = NOTES / f"{name}.md"
    return path.read_text(encoding="utf-8").strip() if path.exists() else ""


def release_note(version: str) -> str:
    """How a version came to be; a sentence where nobody has written it."""
    return note(f"release-{version}") or f"## How the model came to be\nNo notes were written for this version (`docs/model/notes/release-{version}.md`)."


def limits(version: str) -> str:
    """What limits every model of this recipe, and what was measured of one version."""
    return "\n".join(filter(None, (note("limits"), note(f"limits-{version}"))))


def write_card(folder: Path, manifest: dict, scored: dict[str, Scored], splits: dict[str, dict[str, np.ndarray]], figures: Path) -> None:
    """Writes MODEL_CARD.md from the manifest, the answers to the evaluation sets and the parts of their names."""
    shape = manifest["architecture"]
    size = manifest["files"]["model.onnx"]["bytes"] / 1e6
    data = [f"| {d['name']} | {d['address']} | {d['licence']} |" for d in manifest["trainingData"]]
    precision = precision_table(manifest["version"], figures / PRECISION)
    precision = f"\n### int8 against float32\n{precision}\n" if precision else ""
    taught = len((folder / TAUGHT_FILE).read_text(encoding="utf-8").splitlines())
    errors, error_table = error_list(scored["dev"], splits["dev"]["not in test"])
    ece = ", ".join(f"`{task}` {shown('ECE', value)}" for task, value in manifest["scores"]["test"]["expectedCalibrationError"].items())
    text = f"""# Model card: ingredient classifier {manifest["version"]}

Written by `python -m scripts.evaluate` (from `training/`), which asks `npm run classify` for every answer below. `training/LOG.md` says how this model came to be.

## What it is
One BERT encoder of {shape["layers"]} layers, {shape["hidden"]} wide, with a vocabulary of {shape["vocabulary"]:,} word pieces, as a token classifier for three tasks: {size:.1f} MB. Behind the
name stand three control tokens, one a task, and only their outputs are read: `ingredient` (softmax over 2), `source` (softmax over 4), `categories`
(a sigmoid for each of 27). Weights are 8-bit per channel within [-64, 63], activations have ranges fixed beforehand, so an answer does not depend on its
batch. It is the student of an ensemble of larger models. `taught.txt` beside it has the {taught:,} ingredients of the lexicon that it was taught: an
explanation names the nearest of them, and no answer depends on them.

**Intended use**: names of ingredients and dishes as people type them into a food application, English first, at most 120 characters.
**Not intended**: allergen, dietary or religious advice by itself (act on `needsReview`, and let a person decide where health is at stake), other
languages' whole vocabulary, lists, recipes, sentences.

## Goals and scores
`training/data/evaluation/test.tsv`: 900 names labelled by hand before any training, its hash committed first. Training read neither the file nor its labels. Tuning
read `dev.tsv` alone, but the two sets share names, so the scores are given apart: "not in dev" are the names of the test set that the development set lacks, near-duplicates
counted as the same. Everyday names of the test set stand in the training data too, where the same team labelled them by the same guide: "seen" names were met in
training, up to a plural, a hyphen or the order of words; "noise" are misspellings, amounts, brands and preparations around a seen name; "new" names are neither. A
source or category counts as wrong where the answer denies that the name is an ingredient.

In brackets: the 95 % interval of 2,000 bootstrap samples, and of how many names (foods, for `source` and `categories`). A part of fewer than {FEWEST} names has no figure. Where
no name of a part was wrong, the bootstrap sees no spread; of n such names, up to 3 / n may be wrong.

{goal_table(scored["test"], splits["test"])}

{composition(scored["test"], splits["test"])}

{unseen_foods(scored["test"], splits["test"])}

{group_table(scored["test"])}

Of a random sample of the lexicon, labelled again blind, the two annotators had the same source for 618 of 641 foods (96.4 %) and the same set of categories for 530 (82.7 %, micro-F1
0.928); of a second sample, of names added later, for 396 of 412 (96.1 %) and 337 (81.8 %, 0.916). Scores much above that measure the habits of one annotator.

### Each label
{label_table(scored["test"])}

### What is taken for what
![Confusion matrices of ingredient and source](../docs/model/confusion.svg)
![Categories missed, and what was answered instead](../docs/model/categories.svg)

### How far the confidence can be trusted
Temperatures (and a bias for categories), thresholds of the categories and the bounds of `needsReview` are fitted on `dev.tsv`, by
`scripts.export` on the names that the test set lacks; where a release was fitted otherwise, the notes below say so.
Calibration error (ECE, 15 bins) on the test set: {ece}, where each category that was answered counts by itself.
![Reliability: accuracy against confidence](../docs/model/reliability.svg)
![Risk and coverage: errors among the surest answers](../docs/model/risk-coverage.svg)

In the second picture a set of categories is as sure as the least sure of them, and an error where it is not the whole set.

### The development set
Most of its names were seen in training, and calibration was fitted to it: these scores are not a measure of quality.

{goal_table(scored["dev"], splits["dev"])}

{composition(scored["dev"], splits["dev"])}

<details><summary>The {errors} errors of which the model was surest, among the names of the development set that the test set lacks</summary>

The errors on the test set are not listed: whoever reads them begins to tune on them. `python -m scripts.evaluate --errors test` prints them.

{error_table}

</details>

{release_note(manifest["version"])}
{precision}
## Limits
{limits(manifest["version"])}

## Data and licences
| data | address | licence |
| --- | --- | --- |
{chr(10).join(data)}

{note("notices")}
"""
    (folder / "MODEL_CARD.md").write_text(text, encoding="utf-8")
