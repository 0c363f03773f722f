"""Open English WordNet: foods below known roots, and what has no sense of food."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .names import tidy
from .rules import dish_categories, label
from .weak import Weak, other, parts

_FIELDS = """Tops act animal artifact attribute body cognition communication event feeling food group location motive object person
phenomenon plant possession process quantity relation shape state substance time""".split()
FILES = tuple(f"open-english-wordnet/noun.{name}.yaml" for name in _FIELDS)
# A word with a sense in one of these may be eaten whatever its other senses.
_MAYBE_FOOD = {"food", "plant", "animal", "substance", "Tops"}
_SAFE_SUBSTANCES = {"15056943-n": "poison", "14899228-n": "fuel"}
_DRUGS = {"03252323-n", "03745652-n"}
_TOOLS = {"03626258-n", "04454577-n", "03117803-n"}
_DOG = "02086723-n"
_NOT_FOOD = {"07816067-n": "feed", "07576677-n": None, "07593928-n": None, "07589261-n": None}
_ROOTS = """
07723196-n plant vegetable|07721676-n plant fruit|07724543-n plant -|07740688-n plant -|07818393-n plant grain|07584671-n plant grain|
07753057-n plant nut|07786547-n plant seed|07827392-n plant herb|07828160-n plant spice|07665463-n dead_animal -|
    07660315-n dead_animal poultry|
07791351-n dead_animal fish|07791881-n dead_animal fish|07792521-n dead_animal fish|07792842-n dead_animal -|
    07799186-n dead_animal shellfish|
07856780-n - -|07859751-n animal_product -|07866305-n animal_product dairy|07687880-n - -|07689142-n - fat_oil|07874571-n - -|
07826883-n - -|07845388-n - condiment|07872246-n - -|07897775-n - -|07900542-n - alcohol,beverage|07637670-n - bakery|07695101-n - bakery|
07714660-n - pasta|07612255-n - -|07625449-n - -|07617570-n - confectionery|07572999-n - dish|07598762-n - -
"""
ROOTS = {
    root: (None if source == "-" else source, None if categories == "-" else tuple(categories.split(",")))
    for root, source, categories in (entry.split() for entry in parts(_ROOTS))
}


@dataclass
class Synset:
    """A synset: its field ("food"), members as written, and the ids above it."""

    field: str
    members: list[str] = field(default_factory=list)
    above: list[str] = field(default_factory=list)
    is_instance: bool = False


def read(path: Path, name: str) -> dict[str, Synset]:
    """The synsets of one file, by id. Only the keys that Synset holds are read, line by line: a YAML parser takes minutes."""
    synsets: dict[str, Synset] = {}
    current, key = Synset(name), ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if re.match(r"\d{8}-n:$", line):
            current = synsets[line[:-1]] = Synset(name)
        elif line.startswith("  - "):
            value = line[4:].strip().strip("'\"")
            if key == "members":
                current.members.append(value)
            elif key in ("hypernym", "instance_hypernym"):
                current.above.append(value)
                current.is_instance |= key == "instance_hypernym"
        elif re.match(r"  \w+:", line):
            key = line.strip().split(":")[0]
    return synsets


def read_all(folder: Path) -> dict[str, Synset]:
    """All nouns' synsets by id."""
    synsets: dict[str, Synset] = {}
    for file, name in zip(FILES, _FIELDS, strict=True):
        synsets.update(read(folder / file, name))
    return synsets


def above(key: str, synsets: dict[str, Synset]) -> list[str]:
    """The id and all above it, nearest first."""
    found = [key]
    for current in found:
        if current in synsets:
            found += [parent for parent in synsets[current].above if parent not in found]
    return found


def _other_kind(synset: Synset, line: list[str]) -> str | None:
    """The list of no foods that a synset belongs to, or None where it is not safe to say."""
    up = set(line)
    if synset.field == "artifact":
        return "drug" if up & _DRUGS else "tool" if up & _TOOLS else "artifact"
    if synset.field == "substance":
        return next((kind for root, kind in _SAFE_SUBSTANCES.items() if root in up), None)
    if synset.field == "animal":
        return "dog" if _DOG in up else None
    if synset.field in ("plant", "food", "body", "Tops"):
        return None
    return synset.field


def rows(folder: Path) -> Iterator[Weak]:
    """Foods below ROOTS, animal feed and all other nouns that have no sense in which they might be eaten."""
    synsets = read_all(folder)
    fields: dict[str, set[str]] = {}
    kinds: dict[str, str] = {}
    for key, synset in synsets.items():
        line = above(key, synsets)
        names = [name for member in synset.members if (name := tidy(member))]
        feed = next((_NOT_FOOD[root] for root in line if root in _NOT_FOOD), "")
        safe = synset.field in ("substance", "animal") and _other_kind(synset, line)
        for name in names:
            fields.setdefault(name, set()).add("safe" if safe or feed == "feed" else synset.field)
        if synset.field == "food":
            if feed == "":
                yield from _foods(names, line, synset)
            elif feed:
                kinds.update(dict.fromkeys(names, "feed"))
        elif kind := _other_kind(synset, line):
            for name in names:
                kinds.setdefault(name, kind)
    for name, kind in kinds.items():
        if not fields[name] & _MAYBE_FOOD:
            yield other(name, f"wordnet {kind}")


def _foods(names: list[str], line: list[str], synset: Synset) -> Iterator[Weak]:
    root = next((key for key in line if key in ROOTS), None)
    if root is None or synset.is_instance:
        return
    source, categories = ROOTS[root]
    for name in names:
        yield label(name, source, dish_categories(name) if categories == ("dish",) else categories, "wordnet")


def senses(folder: Path) -> tuple[set[str], set[str]]:
    """Two sets of words. The first clash: single words with a sense that is no food ("jack", "permit") and none that is, so that
    a fish of that name is not what people mean. The second have a sense as a food, an animal but for dogs, or a plant."""
    fields: dict[str, set[str]] = {}
    synsets = read_all(folder)
    for key, synset in synsets.items():
        name = "dog" if synset.field == "animal" and _DOG in above(key, synsets) else synset.field
        for member in synset.members:
            fields.setdefault(member.lower(), set()).add(name)
    living = {"animal", "plant", "substance"}
    clashes = {word for word, found in fields.items() if " " not in word and "food" not in found and found - living}
    return clashes, {word for word, found in fields.items() if found & {"food", "animal", "plant"}}
