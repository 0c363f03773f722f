"""Lists of what is no ingredient: objects, drugs, diseases, poisons, people, places, words, strings that break programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .names import tidy, typed
from .weak import Weak, other
from .wordlists import read_lists

NAUGHTY = "naughty-strings/blns.json"
QUICKDRAW = "quickdraw/categories.txt"
# file: keys that are read; every list below them counts, and of an entry that is an object the values of _NAMES.
FAKER = {
    "appliance": ("equipment",),
    "construction": ("heavy_equipment", "materials", "roles", "trades"),
    "house": ("furniture", "rooms"),
    "hobby": ("activity",),
    "electrical_components": ("active", "passive", "electromechanical"),
}
CORPORA = (
    "objects/objects objects/clothing objects/containers objects/premodern_weapons medicine/drugs medicine/diseases medicine/symptoms "
    "medicine/cancer "
    "medicine/infectious_diseases plants/toxic_plants science/toxic_chemicals materials/abridged-body-fluids materials/building-materials "
    "materials/fabrics materials/fibers materials/gemstones materials/metals materials/packaging materials/decorative-stones "
    "materials/sculpture-materials materials/technical-fabrics technology/appliances technology/fireworks technology/guns_n_rifles "
    "humans/occupations humans/firstNames humans/lastNames humans/moods humans/atus_activities animals/dogs animals/cats corporations/cars "
    "geography/countries geography/us_cities geography/geographic_features architecture/rooms music/instruments music/genres sports/sports "
    "words/interjections words/adverbs transportation/commercial-aircraft"
).split()
FILES = (NAUGHTY, QUICKDRAW, *(f"faker-ruby/{name}.yml" for name in FAKER), *(f"corpora/{name}.json" for name in CORPORA))
_NAMES = ("name", "city", "category", "title")
_NOT_A_LIST = ("description", "source", "comments", "Description")
# Lawful or normal to eat, so no answer by the list they stand in.
_MAYBE_EATEN = set(
    """water salt blood milk ice snow air gold silver iron copper zinc calcium magnesium potassium honey bone egg horse goat bile
    alcohol charcoal clay chalk caffeine aspirin yarrow rhubarb elderberry elder comfrey tansy almond cassava potato tomato cherry
    apricot mango cashew nutmeg starfruit taro yew cranberry sorrel borage lupin hyssop wormwood""".split()
)


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for entry in value:
            yield from _leaves(entry)
    elif isinstance(value, dict):
        names = [value[key] for key in _NAMES if isinstance(value.get(key), str)]
        yield from names
        if not names:
            for key, entry in value.items():
                if key not in _NOT_A_LIST and not isinstance(entry, str):
                    yield from _leaves(entry)


def rows(folder: Path) -> Iterator[Weak]:
    """All lists, each name with the list it is from."""
    for file in CORPORA:
        for text in _leaves(json.loads((folder / f"corpora/{file}.json").read_text(encoding="utf-8-sig"))):
            name = tidy(text)
            if name and name not in _MAYBE_EATEN and len(name) > 2:
                yield other(name, f"corpora {file.split('/')[1]}")
    for file, keys in FAKER.items():
        for key, text in read_lists(folder / f"faker-ruby/{file}.yml"):
            if key in keys and (name := tidy(text)):
                yield other(name, "faker")
    for text in (folder / QUICKDRAW).read_text(encoding="utf-8").splitlines():
        if name := tidy(text):
            yield other(name, "quickdraw")
    for text in json.loads((folder / NAUGHTY).read_text(encoding="utf-8")):
        # Taken as they are: their signs are the point.
        if (name := typed(text)) and len(name) <= 80:
            yield other(name, "naughty-strings")
