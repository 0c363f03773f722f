"""What quantising costs: the scores of a release in float32 and in int8, with one calibration.

    python -m scripts.compare_precision --float-model build/…/float32.onnx [--artifacts ../model-artifacts] [--output ../docs/model]

Prints both rows and their difference, over names of the lexicon and over the test set, writes them to precision.tsv, which the model card shows, and fails
where int8 loses more than MOST_LOST points over the lexicon's. The test set has 560 foods, of which two are 0.36 points: its rows only inform.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ingredients.activations import NAMES as OBSERVED
from ingredients.card import PRECISION, PRECISION_COLUMNS, precision_table
from ingredients.lexicon import Example, by_hash, load_evaluation, load_lexicon
from ingredients.metrics import Scored
from ingredients.runtime import Classifier
from ingredients.scores import SHORT, replace_session, short_scores
from ingredients.tables import write_table
from scripts.evaluate import FIGURES
from scripts.export import ARTIFACTS

MOST_LOST = 0.3
# As many as ADR 12 measured: one food of them is 0.013 points.
LEXICON_NAMES = 10_000
GATE, SHOWN = "lexicon", "test"


def lexicon_sample(count: int) -> list[Example]:
    """Names of the lexicon chosen by their hash, behind those that the activations' ranges were observed on: these would flatter int8."""
    lexicon = {example.name: example for example in load_lexicon()}
    return [lexicon[name] for name in by_hash(set(lexicon))[OBSERVED : OBSERVED + count]]


def precision_rows(version: str, names: str, exact: dict[str, float], int8: dict[str, float]) -> list[dict]:
    """The scores of both over some names, as shares of one, and the points that int8 loses."""
    lost = {score: round(100 * (exact[score] - int8[score]), 2) for score in SHORT}
    return [{"version": version, "names": names, "model": model, **row} for model, row in (("float32", exact), ("int8", int8), ("points lost", lost))]


def most_lost(rows: list[dict]) -> float:
    """The points that int8 loses in the score where it loses most, over the names that decide."""
    [lost] = [row for row in rows if row["names"] == GATE and row["model"] == "points lost"]
    return max(lost[score] for score in SHORT)


def main() -> int:
    """Scores, writes, prints; returns 1 where too much is lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--float-model", type=Path, required=True, help="what scripts.export wrote beside the checkpoint")
    parser.add_argument("--artifacts", type=Path, default=ARTIFACTS)
    parser.add_argument("--output", type=Path, default=FIGURES)
    parser.add_argument("--most", type=float, default=MOST_LOST, help="points that may be lost in any score over names of the lexicon")
    parser.add_argument("--names", type=int, default=LEXICON_NAMES, help="how many names of the lexicon")
    args = parser.parse_args()
    classifier = Classifier(args.artifacts)
    exact = replace_session(classifier, args.float_model)
    version = classifier.manifest["version"]
    rows = []
    for title, examples in ((GATE, lexicon_sample(args.names)), (SHOWN, load_evaluation("test"))):
        both = [short_scores(Scored(each.classify([example.name for example in examples]), examples)) for each in (exact, classifier)]
        rows += precision_rows(version, title, *both)
    write_table(args.output / PRECISION, PRECISION_COLUMNS, rows)
    print(precision_table(version, args.output / PRECISION))
    worst = most_lost(rows)
    if worst > args.most:
        print(f"int8 loses {worst} points over {args.names} names of the lexicon, and at most {args.most} may be lost", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
