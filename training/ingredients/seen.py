"""Which names of the evaluation sets a release's training held: their scores are given apart."""

from __future__ import annotations

import json
from pathlib import Path

from .labels import DATA
from .lexicon import fold, load_evaluation

SEEN_NAMES = DATA / "evaluation" / "seen.json"
SETS = ("test", "dev")


def write_seen(version: str, names: list[str], path: Path = SEEN_NAMES) -> None:
    """Writes the rows of each set whose name, up to a plural, a hyphen or the order of words, is among `names`."""
    known = {fold(name) for name in names}
    rows = {name: [i for i, e in enumerate(load_evaluation(name)) if fold(e.name) in known] for name in SETS}
    path.write_text(json.dumps({"version": version, **rows}) + "\n", encoding="utf-8")


def read_seen(version: str, path: Path = SEEN_NAMES) -> dict[str, set[int]]:
    """The rows of each set that the release's training held. Raises ValueError where the file is another release's."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    if kept["version"] != version:
        raise ValueError(f"{path.name} belongs to model {kept['version']}, not {version}: run scripts.export again")
    return {name: set(kept[name]) for name in SETS}
