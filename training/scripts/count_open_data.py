"""Counts the weak labels of the open data: `python -m scripts.count_open_data --open-data FOLDER`."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from ingredients.open_data import DataError, merge_open_data


def main() -> int:
    """Prints counts by label and by source and what was dropped, or every problem; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--open-data", type=Path, required=True, help="the folder that holds the files of data/sources.tsv")
    try:
        merged = merge_open_data(parser.parse_args().open_data)
    except DataError as error:
        print(error, file=sys.stderr)
        return 1
    examples = merged.examples
    print("ingredient:", dict(Counter(example.ingredient for example in examples)))
    print("source:", dict(Counter(example.source for example in examples if example.ingredient == "ingredient")))
    print("with categories:", sum(example.categories is not None for example in examples))
    print("categories:", dict(Counter(c for example in examples for c in example.categories or ()).most_common()))
    print("weight:", dict(Counter(example.weight for example in examples)))
    for side in ("ingredient", "not_ingredient"):
        origins = Counter(origin for example in examples if example.ingredient == side for origin in example.group.split("+"))
        print(f"{side} by source:", dict(origins.most_common()))
    print("dropped as conflicts: source", merged.dropped["source"], "categories", merged.dropped["categories"])
    left_out = {task: merged.dropped[task] for task in ("sides", "clash", "cap")}
    print("names left out:", left_out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
