"""The doubted weak labels by name hash, so that a list of them can be shared without the names of the open data."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .confident import Doubts
from .lexicon import Example
from .pool import name_hash

TASKS = ("ingredient", "source", "categories")


def write_doubts(path: Path, examples: list[Example], doubts: Doubts) -> None:
    """A line a doubted name: its hash and the tasks in doubt, sorted."""
    lines = []
    for row, example in enumerate(examples):
        tasks = [task for task in TASKS if getattr(doubts, task)[row]]
        if tasks:
            lines.append(f"{name_hash(example.name):016x}\t{','.join(tasks)}")
    path.write_text("name_sha256_64\ttasks\n" + "".join(f"{line}\n" for line in sorted(lines)), encoding="utf-8")


def read_doubts(path: Path, examples: list[Example]) -> Doubts:
    """What `write_doubts` wrote, for these examples."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    found = {int(name, 16): set(tasks.split(",")) for name, tasks in rows}
    hashes = [name_hash(example.name) for example in examples]
    return Doubts(*(np.array([task in found.get(value, ()) for value in hashes], dtype=bool) for task in TASKS))
