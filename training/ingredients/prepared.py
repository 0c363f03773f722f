"""What the steps of a release read of the open data, prepared once: weak labels, unlabelled names, texts. Kept in a build folder, not
in the project."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from .lexicon import Example

COLUMNS = ("name", "ingredient", "source", "categories", "group", "weight")


def write_examples(path: Path, examples: list[Example]) -> None:
    """One row an example; an empty field where nobody labelled the task."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", quoting=csv.QUOTE_NONE, quotechar=None)
        writer.writerow(COLUMNS)
        for e in examples:
            writer.writerow([e.name, e.ingredient or "", e.source or "", ",".join(e.categories or ()), e.group, e.weight])


def read_examples(path: Path) -> list[Example]:
    """What `write_examples` wrote."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        Example(
            row["name"], row["ingredient"] or None, row["source"] or None, tuple(row["categories"].split(",")) if row["categories"] else None,
            row["group"], float(row["weight"]),
        )
        for row in rows
    ]  # fmt: skip


def write_texts(path: Path, texts: list[str]) -> None:
    """A JSON string a line: texts may hold line separators."""
    path.write_text("".join(json.dumps(text, ensure_ascii=False) + "\n" for text in texts), encoding="utf-8")


def read_texts(path: Path) -> list[str]:
    """What `write_texts` wrote."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
