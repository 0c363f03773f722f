"""What scripts.prepare would write, in small and from the lexicon alone: for smoke runs on machines without the open data.

    python -m scripts.smoke_data --output build/data
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from ingredients.lexicon import load_lexicon
from ingredients.pool import JOINED_FILE, joined_names, write_joined
from ingredients.prepared import write_examples, write_texts


def main() -> None:
    """Writes weak.tsv (lexicon names spelt backwards), pool.jsonl, joined.txt.gz and texts.jsonl."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args()
    args.output.mkdir(parents=True, exist_ok=True)
    lexicon = load_lexicon()
    weak = [replace(e, name=e.name[::-1], weight=0.3, group="smoke") for e in lexicon[::40]]
    write_examples(args.output / "weak.tsv", [e for e in weak if e.name == e.name.strip()])
    joined = joined_names(lexicon, 500)
    write_texts(args.output / "pool.jsonl", joined)
    write_joined(args.output / JOINED_FILE, joined)
    write_texts(args.output / "texts.jsonl", [f"{e.name}: {e.group}" for e in lexicon[::40]])


if __name__ == "__main__":
    main()
