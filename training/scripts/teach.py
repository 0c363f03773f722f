"""Labels all names by an ensemble of teachers, for students to learn from.

    python -m scripts.teach --data build/data --teacher build/teacher-1 --teacher build/teacher-2 --output labels.npz

The names that scripts.prepare put together are copied beside the labels: scripts.prepare --joined reads them for every student of these teachers.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import numpy as np

from ingredients.base import best_device, saved_model
from ingredients.lexicon import load_lexicon
from ingredients.pool import JOINED_FILE, save_labels
from ingredients.prepared import read_examples, read_texts
from ingredients.train import predict


def main() -> None:
    """Writes the mean of the teachers' logits, and the names put together beside it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--teacher", type=Path, action="append", required=True)
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args()
    names = [example.name for example in load_lexicon()]
    names += [example.name for example in read_examples(args.data / "weak.tsv")]
    names += read_texts(args.data / "pool.jsonl")
    names = list(dict.fromkeys(names))
    total: dict[str, np.ndarray] = {}
    for folder in args.teacher:
        model, encoder = saved_model(folder)
        for task, values in predict(model, encoder.shortened(48).ids(names), encoder.pad, best_device()).items():
            total[task] = total.get(task, 0) + values.numpy() / len(args.teacher)
    args.output.parent.mkdir(parents=True, exist_ok=True)
    save_labels(args.output, names, total)
    shutil.copyfile(args.data / JOINED_FILE, args.output.parent / JOINED_FILE)
    print(f"{len(names)} names labelled by {len(args.teacher)} teachers, {args.output.stat().st_size} bytes")


if __name__ == "__main__":
    main()
