"""Measures anew what the students of docs/model/students.tsv cost: size, latency and memory, which depend on a model's shape and not on its weights.

    python -m scripts.measure_shapes

Each shape is made with random weights, written as the int8 graph that a release has, and measured as scripts.compare measures a student; scores stay
as they are. Run it on a machine that does nothing else. Rows take turns, so that what disturbs one disturbs all; a latency is the least of its turns.
"""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path

import torch

from ingredients.activations import observe
from ingredients.base import MAX_TOKENS
from ingredients.labels import SIZES
from ingredients.model import MultiTaskTokenClassifier, random_encoder
from ingredients.onnx_graph import GraphWriter
from scripts.compare import TABLE, measured, write_students
from scripts.evaluate import FIGURES

# Of every student, as of MiniLM.
HIDDEN, HEADS = 384, 12
TURNS = 15
SCORES = ("ingredient", "source", "microF1", "exact")


def write_shape(layers: int, vocabulary: int, folder: Path) -> None:
    """Writes the int8 graph of an untrained model into `folder`."""
    torch.manual_seed(0)
    model = MultiTaskTokenClassifier(random_encoder(vocabulary, layers, HIDDEN, HEADS, MAX_TOKENS), SIZES).eval()
    rows = torch.randint(vocabulary, (20, 9)).tolist()
    folder.mkdir(parents=True)
    GraphWriter(model, observe(model, rows)).write(folder / "model.onnx")


def main() -> None:
    """Rewrites the table and its plot."""
    with (FIGURES / TABLE).open(encoding="utf-8", newline="") as file:
        rows: list[dict] = list(csv.DictReader(file, delimiter="\t"))
    students = [row for row in rows if row["layers"]]
    with tempfile.TemporaryDirectory() as build:
        for row in students:
            row.update({"layers": int(row["layers"]), "vocabulary": int(row["vocabulary"]), **{score: float(row[score]) for score in SCORES}})
            write_shape(row["layers"], row["vocabulary"], Path(build) / row["model"])
        turns = [[measured(Path(build) / row["model"]) for row in students] for _ in range(TURNS)]
    for row, *costs in zip(students, *turns, strict=True):
        row.update({name: min(cost[name] for cost in costs) for name in costs[0]})
    write_students(rows, FIGURES)


if __name__ == "__main__":
    main()
