"""Reads the open data once and writes what later steps need of it: weak labels, unlabelled names, texts about food.

    python -m scripts.prepare --open-data FOLDER --joined ../model-artifacts/teacher/joined.txt.gz --output build/data
"""

from __future__ import annotations

import argparse
from pathlib import Path

from ingredients.corpus import texts
from ingredients.lexicon import load_lexicon
from ingredients.open_data import load_open_data
from ingredients.pool import JOINED_FILE, joined_names, read_joined, unlabelled, write_joined
from ingredients.prepared import write_examples, write_texts

JOINED_NAMES = 80_000


def main() -> None:
    """Writes weak.tsv, pool.jsonl, joined.txt.gz and texts.jsonl."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--open-data", type=Path, required=True)
    parser.add_argument("--joined", type=Path, help="the names put together that teachers have labelled; without it they are drawn anew from the lexicon")
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args()
    args.output.mkdir(parents=True, exist_ok=True)
    lexicon = load_lexicon()
    known = {example.name for example in lexicon}
    weak = [example for example in load_open_data(args.open_data) if example.name not in known]
    joined = read_joined(args.joined) if args.joined else joined_names(lexicon, JOINED_NAMES)
    pool = unlabelled(lexicon, weak, args.open_data, joined)
    corpus = texts(args.open_data, lexicon)
    write_examples(args.output / "weak.tsv", weak)
    write_texts(args.output / "pool.jsonl", [example.name for example in pool])
    write_joined(args.output / JOINED_FILE, joined)
    write_texts(args.output / "texts.jsonl", corpus)
    print(f"{len(lexicon)} names labelled by hand, {len(weak)} weakly; {len(pool)} without labels; {len(corpus)} texts")


if __name__ == "__main__":
    main()
