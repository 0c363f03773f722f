"""Checks the hand-labelled data and prints how much there is: `python -m scripts.check_data [--open-data FOLDER]`.

With a folder, its files are held against data/sources.tsv as well.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from ingredients.checks import check_data
from ingredients.lexicon import DataError, fold, load_evaluation, load_lexicon


def main() -> int:
    """Prints counts, or every problem; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--open-data", type=Path, help="the folder that holds the files of data/sources.tsv")
    try:
        check_data(open_data=parser.parse_args().open_data)
    except DataError as error:
        print(error, file=sys.stderr)
        return 1
    lexicon = load_lexicon()
    sets = {name: load_evaluation(name) for name in ("test", "dev")}
    for label in ("ingredient", "not_ingredient"):
        names = [example for example in lexicon if example.ingredient == label]
        print(f"{label}: {len(names)} names, {len({fold(example.name) for example in names})} without near-duplicates")
    print("source:", dict(Counter(example.source for example in lexicon if example.source)))
    print("categories:", dict(Counter(c for example in lexicon for c in example.categories or ()).most_common()))
    print("kinds:", dict(Counter(example.group for example in lexicon if example.ingredient == "not_ingredient")))
    known = {example.name for example in lexicon}
    for name, examples in sets.items():
        seen = sum(example.name in known for example in examples)
        print(f"evaluation {name}: {len(examples)} names, {seen} of them in the lexicon")
    return 0


if __name__ == "__main__":
    sys.exit(main())
