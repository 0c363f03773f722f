"""The lexicon: names labelled by hand, checked against the guide before anything is built from them."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .labels import DATA, KINDS, TASKS, read_tsv
from .text import InvalidName, normal_form, trim_name

COLUMNS = {
    "ingredients": ("name", "source", "categories"),
    "not_ingredients": ("name", "kind"),
    "evaluation": ("name", "group", "ingredient", "source", "categories"),
    "agreement": ("name", "ingredient", "source", "categories"),
}


class DataError(ValueError):
    """Data that breaks a rule; `problems` lists all of it, a line each with its place."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__(f"{len(problems)} problems in the data:\n" + "\n".join(problems))


@dataclass(frozen=True)
class Example:
    """A name with what is known of it; None where nobody labelled the task."""

    name: str
    """The normal form."""
    ingredient: str | None
    source: str | None
    categories: tuple[str, ...] | None
    group: str
    """The file's name, the kind of non-ingredient or the evaluation group."""
    weight: float = 1.0

    @property
    def labels(self) -> tuple:
        """What two rows of one name must agree on; the order of categories is free."""
        return self.ingredient, self.source, self.categories and frozenset(self.categories)


def read_example(row: dict[str, str], stem: str) -> Example:
    """One row as an Example. Raises ValueError, with a sentence, for whatever breaks the guide."""
    if None in row or None in row.values():
        raise ValueError("the line does not have as many columns as the header")
    try:
        name = normal_form(trim_name(row["name"]))
    except InvalidName as error:
        raise ValueError(str(error)) from error
    ingredient = row.get("ingredient", "not_ingredient" if "kind" in row else "ingredient")
    if ingredient not in TASKS["ingredient"]:
        raise ValueError(f"unknown label {ingredient!r} for ingredient")
    if row.get("kind", KINDS[0]) not in KINDS:
        raise ValueError(f"unknown kind {row['kind']!r}")
    group = row.get("group") or row.get("kind") or stem
    if ingredient == "not_ingredient":
        if row.get("source") or row.get("categories"):
            raise ValueError("a not_ingredient has no source and no categories")
        return Example(name, ingredient, None, None, group)
    if row["source"] not in TASKS["source"]:
        raise ValueError(f"unknown source {row['source']!r}")
    categories = tuple(row["categories"].split(","))
    unknown = [category for category in categories if category not in TASKS["categories"]]
    if unknown or len(set(categories)) != len(categories):
        raise ValueError(f"unknown or repeated categories in {row['categories']!r}")
    return Example(name, ingredient, row["source"], categories, group)


def _read_files(folder: str, data: Path) -> Iterator[tuple[str, Example | str]]:
    for path in sorted((data / folder).glob("*.tsv")):
        rows = read_tsv(path)
        if rows and tuple(key for key in rows[0] if key) != COLUMNS[folder]:
            yield f"{folder}/{path.name}:1", f"the header is not {' '.join(COLUMNS[folder])}"
            continue
        for line, row in enumerate(rows, start=2):
            place = f"{folder}/{path.name}:{line}"
            try:
                yield place, read_example(row, path.stem)
            except ValueError as error:
                yield place, f"{error}: {row.get('name')!r}"


def _gather(rows: Iterable[tuple[str, Example | str]]) -> list[Example]:
    """All rows. Raises DataError that lists every bad line and every name in two labels."""
    seen: dict[str, tuple[str, Example]] = {}
    problems, examples = [], []
    for place, example in rows:
        if isinstance(example, str):
            problems.append(f"{place}: {example}")
            continue
        first_place, first = seen.setdefault(example.name, (place, example))
        if first.labels != example.labels:
            problems.append(f"{place}: {example.name!r} is labelled otherwise in {first_place}")
        examples.append(example)
    if problems:
        raise DataError(problems)
    return examples


def load_lexicon(data: Path = DATA) -> list[Example]:
    """All names labelled by hand, once each. Raises DataError that lists every bad line and every name in two labels."""
    once: dict[str, Example] = {}
    for example in _gather(row for folder in ("ingredients", "not_ingredients") for row in _read_files(folder, data)):
        once.setdefault(example.name, example)
    return list(once.values())


def load_evaluation(name: str, data: Path = DATA) -> list[Example]:
    """The evaluation set `name` ("test" or "dev"), in file order. Raises DataError as load_lexicon does."""
    return _gather(row for row in _read_files("evaluation", data) if row[0].startswith(f"evaluation/{name}.tsv:"))


def load_agreement(data: Path = DATA) -> list[Example]:
    """The names labelled a second time, blind, in file order. Raises DataError as load_lexicon does."""
    return _gather(_read_files("agreement", data))


def load_calibration(data: Path = DATA) -> list[Example]:
    """The development set without the names, and near-duplicates, of the test set: what may be fitted to, since the two sets share names."""
    measured = {fold(example.name) for example in load_evaluation("test", data)}
    return [example for example in load_evaluation("dev", data) if fold(example.name) not in measured]


def by_hash(names: set[str]) -> list[str]:
    """The names in the order of their SHA-256, which nobody chose."""
    return sorted(names, key=lambda name: hashlib.sha256(name.encode()).digest())


def fold(name: str) -> str:
    """A name without what makes only a near-duplicate: plural endings, hyphens, accents and word order."""
    plain = "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))
    words = plain.replace("-", " ").replace("'", "").split()
    return " ".join(sorted(word[:-1] if len(word) > 3 and word.endswith("s") else word for word in words))
