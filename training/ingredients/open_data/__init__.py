"""Weakly labelled names out of open data: a module a source, a rule a list, and only what the rule gives safely.

The files are not part of the project. They are read where they lie, and must be those of data/sources.tsv.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from ..labels import DATA
from ..lexicon import DataError, Example
from . import ciqual, foodon, notfood, openfoodfacts, shopify, usda, wordlists, wordnet
from .files import verify
from .merge import Merged, merge
from .weak import Weak

__all__ = ["DataError", "Merged", "Weak", "load_open_data", "merge_open_data", "verify_all"]

MODULES: tuple[ModuleType, ...] = (openfoodfacts, usda, ciqual, foodon, wordnet, wordlists, shopify, notfood)
SOURCES = DATA / "sources.tsv"


def verify_all(folder: Path, sources: Path = SOURCES) -> None:
    """Raises DataError that lists all files of `folder` that are missing or have another SHA-256 than in `sources`."""
    verify(folder, (file for module in MODULES for file in module.FILES), sources)


def merge_open_data(folder: Path, sources: Path = SOURCES) -> Merged:
    """The merged rows of all sources in `folder`, with counts of what was dropped. Raises DataError as load_open_data does."""
    verify_all(folder, sources)
    return merge((row for module in MODULES for row in module.rows(folder)), *wordnet.senses(folder))


def load_open_data(folder: Path, sources: Path = SOURCES) -> list[Example]:
    """Weak examples, one a normal form, in the order of their names; `group` names the sources ("openfoodfacts+usda").

    Raises DataError that lists all files of `folder` that are missing or have another SHA-256 than in `sources`.
    """
    return merge_open_data(folder, sources).examples
