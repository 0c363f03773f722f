"""Scores the shipped model on the evaluation sets, and writes its card with pictures: one command.

    python -m scripts.evaluate [--artifacts ../model-artifacts] [--errors test]

The names are labelled by the project's own `npm run classify`, as a user would (after `npm ci`); with --reference by training's own runtime, which
answers alike. `--errors SET` prints the errors of a set instead of writing anything.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
from pathlib import Path

from ingredients.card import write_card
from ingredients.figures import draw_categories, draw_confusion, draw_reliability, draw_risk_coverage
from ingredients.lexicon import load_evaluation
from ingredients.metrics import Scored, worst
from ingredients.release import load_manifest, save_manifest
from ingredients.runtime import Classifier
from ingredients.scores import GOALS, set_scores, value_of
from ingredients.seen import SEEN_NAMES, SETS, parts, read_seen
from scripts.export import ARTIFACTS

ROOT = Path(__file__).resolve().parents[2]
FIGURES = ROOT / "docs" / "model"


def classify(names: list[str], artifacts: Path) -> list[dict]:
    """Answers of `npm run classify` to `names`, in their order."""
    command = ["npm", "run", "--silent", "classify", "--", "--json"]
    environment = {**os.environ, "MODEL_DIR": str(artifacts.resolve())}
    text = "".join(f"{name}\n" for name in names)
    done = subprocess.run(command, cwd=ROOT, input=text, capture_output=True, text=True, check=False, env=environment)
    answers = [json.loads(line) for line in done.stdout.splitlines() if line]
    if done.returncode != 0 or len(answers) != len(names):
        raise RuntimeError(f"npm run classify failed: run `npm ci` first\n{done.stderr or done.stdout[-500:]}")
    return answers


def main() -> None:
    """Scores, draws, writes; or prints a set's errors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--artifacts", type=Path, default=ARTIFACTS)
    parser.add_argument("--figures", type=Path, default=FIGURES)
    parser.add_argument("--seen", type=Path, default=SEEN_NAMES)
    parser.add_argument("--reference", action="store_true", help="use training's own runtime in the place of npm run classify")
    parser.add_argument("--errors", choices=SETS)
    args = parser.parse_args()
    manifest = load_manifest(args.artifacts)
    seen = read_seen(manifest["version"], args.seen)
    scored = {}
    for name in SETS:
        examples = load_evaluation(name)
        names = [example.name for example in examples]
        answers = Classifier(args.artifacts).classify(names) if args.reference else classify(names, args.artifacts)
        scored[name] = Scored(answers, examples)
    if args.errors:
        chosen = scored[args.errors]
        for sure, task, example, answer in worst(chosen.answers, chosen.examples, len(chosen.examples)):
            said = (answer["source"] or {}).get("label"), ",".join(c["label"] for c in answer["categories"])
            print(f"{sure:.3f}\t{task}\t{example.group}\t{example.name}\t{example.source} {','.join(example.categories or ())}\t{said[0]} {said[1]}")
        return
    splits = {name: parts(name, seen[name]) for name in SETS}
    manifest["scores"] = {name: set_scores(scored[name], splits[name]) for name in SETS}
    save_manifest(args.artifacts, manifest)
    draw_reliability(scored["test"], args.figures / "reliability.svg")
    draw_risk_coverage(scored["test"], args.figures / "risk-coverage.svg")
    draw_confusion(scored["test"], args.figures / "confusion.svg")
    draw_categories(scored["test"], args.figures / "categories.svg")
    write_card(args.artifacts, manifest, scored, splits, args.figures)
    test, groups = manifest["scores"]["test"]["all"], manifest["scores"]["test"]["ingredientAccuracyByGroup"]
    for goal in GOALS:
        value = value_of(goal, test, groups)
        sign = "≥" if goal.at_least else "≤"
        print(f"{'met   ' if goal.met(value) else 'missed'} {goal.title} {value} (goal {sign} {goal.bound})")


if __name__ == "__main__":
    main()
