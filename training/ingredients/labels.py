"""The label set: tasks and their labels in output order, read from data/labels.tsv."""

from __future__ import annotations

import csv
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "data"


def read_tsv(path: Path) -> list[dict[str, str]]:
    """Rows of a tab-separated file with a header line and no quoting."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def _load() -> dict[str, dict[str, str]]:
    tasks: dict[str, dict[str, str]] = {}
    for row in read_tsv(DATA / "labels.tsv"):
        tasks.setdefault(row["task"], {})[row["label"]] = row["sentence"]
    return tasks


SENTENCES = _load()
TASKS = {task: tuple(labels) for task, labels in SENTENCES.items()}
SIZES = {task: len(labels) for task, labels in TASKS.items()}
KINDS = ("object", "joke", "gross", "chemical", "being", "idea", "gibberish", "near_food", "cosmetic", "reviewed")
