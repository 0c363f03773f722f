"""What quantising costs: the scores of a release in float32 and in int8, with one calibration.

    python -m scripts.compare_precision --float-model build/…/float32.onnx [--artifacts ../model-artifacts] [--output ../docs/model]

Prints both rows and their difference, writes them to precision.tsv, which the model card shows, and fails where int8 loses more than MOST_LOST points.
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

from ingredients.card import PRECISION, precision_table
from ingredients.lexicon import load_evaluation
from ingredients.metrics import Scored
from ingredients.runtime import Classifier
from ingredients.scores import SHORT, replace_session, short_scores
from scripts.evaluate import FIGURES
from scripts.export import ARTIFACTS

MOST_LOST = 0.3


def precision_rows(version: str, exact: dict[str, float], int8: dict[str, float]) -> list[dict]:
    """The scores of both, as shares of one, and the points that int8 loses."""
    lost = {score: round(100 * (exact[score] - int8[score]), 2) for score in SHORT}
    return [{"version": version, "model": name, **row} for name, row in (("float32", exact), ("int8", int8), ("points lost", lost))]


def main() -> int:
    """Scores, writes, prints; returns 1 where too much is lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--float-model", type=Path, required=True, help="what scripts.export wrote beside the checkpoint")
    parser.add_argument("--artifacts", type=Path, default=ARTIFACTS)
    parser.add_argument("--output", type=Path, default=FIGURES)
    parser.add_argument("--most", type=float, default=MOST_LOST, help="points that may be lost in any score")
    args = parser.parse_args()
    examples = load_evaluation("test")
    classifier = Classifier(args.artifacts)
    both = [
        short_scores(Scored(each.classify([example.name for example in examples]), examples))
        for each in (replace_session(classifier, args.float_model), classifier)
    ]
    rows = precision_rows(classifier.manifest["version"], *both)
    args.output.mkdir(parents=True, exist_ok=True)
    with (args.output / PRECISION).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ("version", "model", *SHORT), delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(precision_table(classifier.manifest["version"], args.output / PRECISION))
    worst = max(rows[-1][score] for score in SHORT)
    if worst > args.most:
        print(f"int8 loses {worst} points, and at most {args.most} may be lost", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
