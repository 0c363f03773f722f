"""Text about food for domain adaptation: names with their definitions, food tables' descriptions, taxonomies.

The files are those that `open_data` names, read in place: `open_data.files.verify` has held them against data/sources.tsv where labels were read.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

from .lexicon import Example
from .open_data import ciqual, openfoodfacts, usda
from .text import normal_form

# What a kitchen, or a person who means something else, may name.
_FIELDS = ("food", "plant", "animal", "substance", "artifact", "body", "object", "person", "communication", "act")
_ALL_OF = ("food", "plant", "animal", "substance")
_SHARE_OF_OTHERS = 3  # every third


def _wordnet(folder: Path) -> Iterator[str]:
    """"member, member: definition" of each noun of the fields above."""
    for name in _FIELDS:
        blocks = re.split(r"^\d{8}-n:\n", (folder / f"open-english-wordnet/noun.{name}.yaml").read_text(encoding="utf-8"), flags=re.M)
        for number, block in enumerate(blocks[1:]):
            if name not in _ALL_OF and number % _SHARE_OF_OTHERS:
                continue
            members = _items(block, "members")
            definitions = _items(block, "definition")
            if members and definitions:
                yield f"{', '.join(members)}: {'; '.join(definitions)}"


def _items(block: str, key: str) -> list[str]:
    """The texts of a list in a WordNet block; folded lines are joined."""
    found = re.search(rf"^  {key}:\n((?:  - .*\n(?:    .*\n)*)+)", block, flags=re.M)
    if not found:
        return []
    return [" ".join(item.split()).strip("'\"") for item in re.split(r"^  - ", found.group(1), flags=re.M) if item.strip()]


def _usda(folder: Path) -> Iterator[str]:
    with gzip.open(folder / usda.FDC, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield f"{row['description']}: {row['category']}"


def _ciqual(folder: Path) -> Iterator[str]:
    for element in ElementTree.fromstring((folder / ciqual.FILE).read_text(encoding="utf-8-sig")).iter():
        if element.tag.endswith("_eng") and element.text and len(element.text.strip()) > 3:
            yield element.text.strip()


def _openfoodfacts(folder: Path) -> Iterator[str]:
    """"name, synonyms: parents" of ingredients and categories."""
    for file in (openfoodfacts.OLD, openfoodfacts.TEXTS):
        entries = json.loads(gzip.decompress((folder / file).read_bytes()))
        for entry in entries.values():
            names = entry.get("synonyms", {}).get("en") or [entry.get("name", {}).get("en", "")]
            parents = [entries.get(parent, {}).get("name", {}).get("en", "") for parent in entry.get("parents", [])]
            text = ", ".join(dict.fromkeys(filter(None, names[:4])))
            if text:
                yield f"{text}: {', '.join(filter(None, parents))}" if any(parents) else text


def texts(folder: Path, lexicon: list[Example]) -> list[str]:
    """Normal forms of all texts, once each, in a fixed order: those of the open data, and the hand-labelled names with their labels."""
    labelled = (
        f"{e.name}: {e.source.replace('_', ' ')}, {', '.join(e.categories or ()).replace('_', ' ')}" if e.source else f"{e.name}: not food"
        for e in lexicon
    )
    sources = (_wordnet(folder), _usda(folder), _ciqual(folder), _openfoodfacts(folder), labelled)
    return list(dict.fromkeys(normal_form(text)[:400] for source in sources for text in source))
