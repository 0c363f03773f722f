"""Shopify's product taxonomy: everything that is sold beside food, with the kitchen's own tools, pet food and cosmetics."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from .names import tidy
from .rules import label
from .weak import Weak, other

FILE = "shopify-taxonomy/categories.txt"
FILES = (FILE,)
FOOD = "Food, Beverages & Tobacco"
# Branches whose names are foods, supplements, plants or animals.
_LEFT_OUT = (
    "Animals & Pet Supplies > Live Animals",
    "Health & Beauty > Health Care > Fitness & Nutrition",
    "Home & Garden > Plants",
    "Baby & Toddler > Nursing & Feeding > Baby & Toddler Food",
    "Business & Industrial > Agriculture",
    "Product Add-Ons",
    "Home & Garden > Kitchen & Dining > Kitchen Appliance Accessories > Popcorn Maker Accessories > Popcorn Seasoning",
)
_NEAR_FOOD = ("Home & Garden > Kitchen & Dining", "Animals & Pet Supplies", "Health & Beauty")
_PET = re.compile(r"\b(dog|cat|bird|fish|pet|reptile|amphibian|aquarium|hamster|rabbit|horse|chicken|animal|kitten|puppy)s?\b")
_BARE = re.compile(r"^(other|accessories|parts|sets|kits|bases|types|supplies|general|mixed|whole|powder|blends|organic|natural|"
    r"standard)\b|\bother$")


def rows(folder: Path) -> Iterator[Weak]:
    """The last part of each path: foods by their own words, all else as no ingredient."""
    for line in (folder / FILE).read_text(encoding="utf-8").splitlines():
        if " : " not in line or line.startswith("#"):
            continue
        path = line.split(" : ", 1)[1].strip()
        parts = path.split(" > ")
        food = path.startswith(FOOD) and "Tobacco Products" not in parts
        if len(parts) < 2 or path.startswith(_LEFT_OUT) or (food and len(parts) < 4):
            continue
        for part in [parts[-1]] if food else re.split(r" & |, ", parts[-1]):
            name = tidy(part)
            if name is None or _BARE.search(name) or len(name) < 3 or (food and re.search(r"&|,|mixes|kits|items|\bor\b", name)):
                continue
            if path.startswith("Animals") and re.search(r"Food|Treat|Chew", path) and not _PET.search(name):
                continue  # "Jerky Treats" and "Wet Food" are told to be a pet's by their path only.
            if food:
                yield label(name, None, None, "shopify")
            else:
                yield other(name, "shopify near" if path.startswith(_NEAR_FOOD) else "shopify")
