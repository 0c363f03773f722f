"""Compares one model for the three tasks with three models of a task each: accuracy at the same training, in docs/model/tasks.tsv.

    python -m scripts.compare_tasks --one build/…/start --ingredient build/…/ingredient-alone --source … --categories …

`runs/tasks.sh` trains and compares them. All are scored in float, on dev less the names of test, after calibration on the same names, as scripts.compare
scores teachers. Where they are one seed each, differences of a few names are no finding.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from ingredients.labels import SIZES
from ingredients.tables import write_table
from ingredients.train import SETTINGS_FILE
from scripts.compare import teacher_logits, teacher_row
from scripts.evaluate import FIGURES

COLUMNS = ("model", "steps", "ingredient", "source", "microF1", "exact")
TABLE = "tasks.tsv"


def steps_of(folder: Path) -> int:
    """The steps that a checkpoint was trained, from what `train` wrote beside it."""
    return json.loads((folder / SETTINGS_FILE).read_text(encoding="utf-8"))["steps"]


def merged_logits(folders: dict[str, Path]) -> dict[str, np.ndarray]:
    """Logits {task: (N, labels)} of the names that are scored, each task's from the folder of the model that was trained for it alone.

    Raises ValueError where a folder's model has another task, or more than one: it would not be alone.
    """
    result = {}
    for task, folder in folders.items():
        logits = teacher_logits(folder)
        if set(logits) != {task}:
            raise ValueError(f"{folder} has a model for {', '.join(logits)}, not for {task} alone")
        result |= logits
    return result


def task_rows(one: Path, alone: dict[str, Path]) -> list[dict]:
    """A row for the one model and one for the three; the steps of the three are given each, in the order of the tasks."""
    return [
        {**teacher_row("one model, three tasks", [teacher_logits(one)]), "steps": steps_of(one)},
        {**teacher_row("three models, a task each", [merged_logits(alone)]), "steps": " + ".join(str(steps_of(folder)) for folder in alone.values())},
    ]


def main() -> None:
    """Writes the table and prints it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", type=Path, required=True, help="a folder of scripts.finetune")
    for task in SIZES:
        parser.add_argument(f"--{task}", type=Path, required=True, help=f"a folder of scripts.finetune --task {task}")
    parser.add_argument("--output", type=Path, default=FIGURES)
    args = parser.parse_args()
    rows = task_rows(args.one, {task: getattr(args, task) for task in SIZES})
    write_table(args.output / TABLE, COLUMNS, rows)
    print((args.output / TABLE).read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
