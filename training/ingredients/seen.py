"""Which names of the evaluation sets a release's training held, and which the sets share: their scores are given apart."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from .labels import DATA
from .lexicon import Example, fold, load_evaluation
from .respelt import shortened

SEEN_NAMES = DATA / "evaluation" / "seen.json"
SETS = ("test", "dev")
NOISY = "noisy"
# A run of words that is shorter says little of what the name is about: "2 tbsp" is near many.
RUN_LETTERS = 4


def _runs(name: str) -> list[str]:
    words = name.split()
    runs = (" ".join(words[start:end]) for start in range(len(words)) for end in range(start + 1, len(words) + 1))
    return [run for run in runs if len(run) >= RUN_LETTERS]


def held(examples: list[Example], names: list[str]) -> dict[str, list[int]]:
    """Rows of examples that are among `names` up to a plural, a hyphen or the order of words ("seen"), and of the others those that are noise
    around one of them ("noise"): one slip away, or of the group of noisy names with a run of words in them that is."""
    known = {fold(name) for name in names}
    near = {text for name in known for text in shortened(name)}
    seen = [row for row, e in enumerate(examples) if fold(e.name) in known]

    def is_noise(example: Example) -> bool:
        texts = _runs(example.name) if example.group == NOISY else [example.name]
        return any(not near.isdisjoint(shortened(fold(text))) for text in texts)

    others = sorted(set(range(len(examples))) - set(seen))
    return {"seen": seen, "noise": [row for row in others if is_noise(examples[row])]}


def write_seen(version: str, names: list[str], path: Path = SEEN_NAMES) -> None:
    """Writes, for each set, which rows training held and which are noise around what it held."""
    rows = {name: held(load_evaluation(name), names) for name in SETS}
    path.write_text(json.dumps({"version": version, **rows}) + "\n", encoding="utf-8")


def read_seen(version: str, path: Path = SEEN_NAMES) -> dict[str, dict[str, set[int]]]:
    """What `write_seen` wrote: {set: {"seen": rows, "noise": rows}}. Raises ValueError where the file is another release's."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    if kept["version"] != version:
        raise ValueError(f"{path.name} belongs to model {kept['version']}, not {version}: run scripts.export again")
    return {name: {part: set(rows) for part, rows in kept[name].items()} for name in SETS}


def parts(name: str, rows: dict[str, set[int]]) -> dict[str, np.ndarray]:
    """The rows of a set by what a score over them says: all; those that the other set lacks, which no fit has met; those seen in training, those
    that are noise around a seen name, and those that are new. Empty parts are left out."""
    [other] = [one for one in SETS if one != name]
    examples, shared = load_evaluation(name), {fold(e.name) for e in load_evaluation(other)}
    everything = set(range(len(examples)))
    split = {
        "all": everything,
        f"not in {other}": {row for row in everything if fold(examples[row].name) not in shared},
        "seen": rows["seen"],
        "noise": rows["noise"],
        "new": everything - rows["seen"] - rows["noise"],
    }
    return {part: np.array(sorted(chosen), dtype=int) for part, chosen in split.items() if chosen}
