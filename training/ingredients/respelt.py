"""Names that are another's spelling: a plural, a slip of one letter. Such names mostly mean one thing, so their labels should agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path

from .labels import DATA, read_tsv
from .lexicon import DataError, Example, fold

# In a shorter name one letter makes another word: "cod", "cob".
LETTERS = 8
TRUE_PAIRS = "true_pairs.tsv"
COLUMNS = ("name", "other", "why")


def shortened(name: str) -> set[str]:
    """A name and what is left of it without one of its letters: names of one edit share one of these."""
    return {name, *(name[:place] + name[place + 1 :] for place in range(len(name)))}


def one_edit(one: str, other: str) -> bool:
    """Whether a letter more, less or another makes one name the other (Levenshtein distance 1 at most)."""
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1:
        return False
    place = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    return short[place:] == long[place + 1 :] or short[place + 1 :] == long[place + 1 :]


def _alike(one: str, other: str) -> bool:
    return fold(one) == fold(other) or one_edit(one, other)


def contradictions(examples: list[Example]) -> list[tuple[Example, Example]]:
    """Pairs of equal `fold`, or one edit apart from LETTERS letters on, of which the sources differ, or one is no food."""
    groups = defaultdict(set)
    for row, example in enumerate(examples):
        groups["fold", fold(example.name)].add(row)
        if sum(letter.isalpha() for letter in example.name) >= LETTERS:
            for key in shortened(example.name):
                groups["edit", key].add(row)
    pairs = {pair for rows in groups.values() for pair in combinations(sorted(rows), 2)}
    found = ((examples[a], examples[b]) for a, b in sorted(pairs))
    return [(one, other) for one, other in found if one.labels[:2] != other.labels[:2] and _alike(one.name, other.name)]


def load_true_pairs(data: Path = DATA) -> set[frozenset[str]]:
    """The pairs that somebody looked at: two things that only look alike. Raises DataError that lists every line without a reason."""
    path = data / TRUE_PAIRS
    rows = read_tsv(path) if path.exists() else []
    bad = [f"{TRUE_PAIRS}:{line}: not {', '.join(COLUMNS)}" for line, row in enumerate(rows, start=2) if not all(row.get(key) for key in COLUMNS)]
    if bad:
        raise DataError(bad)
    return {frozenset((row["name"], row["other"])) for row in rows}


def pair_problems(examples: list[Example], true_pairs: Iterable[frozenset[str]]) -> list[str]:
    """A line each contradiction that is not a true pair, and each true pair that is no contradiction any more."""
    found = {frozenset((one.name, other.name)): (one, other) for one, other in contradictions(examples)}
    kept = set(true_pairs)
    wrong = [
        f"{one.name!r} is {one.source or one.ingredient} and {other.name!r} {other.source or other.ingredient}: mend one, or add the pair to {TRUE_PAIRS}"
        for pair, (one, other) in found.items()
        if pair not in kept
    ]
    return wrong + [f"{TRUE_PAIRS}: {' and '.join(sorted(pair))} contradict each other no longer" for pair in sorted(kept - set(found), key=sorted)]
