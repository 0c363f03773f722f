"""Ciqual: the French food table's English names with their group codes."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

from .names import tidy
from .rules import animals, dish_categories, label
from .weak import Weak, parts

FILE = "ciqual/alim_2025_11_03.xml"
FILES = (FILE,)
ORIGIN = "ciqual"

# By the longest prefix of the code: source, categories; "-" where the group does not tell.
_CODES = """
0101 - dish|0102 - dish|0103 - dish|0104 - dish|0105 - dish|0106 - dish|0201 plant vegetable|0203 plant legume|0204 plant -|0205 plant -|
0301 - -|0302 - bakery|0303 - bakery|0304 plant -|0305 - bakery|0401 dead_animal meat|0402 dead_animal meat|040103 dead_animal poultry|
040104 dead_animal poultry|040107 dead_animal poultry|040203 dead_animal poultry|040204 dead_animal poultry|040207 dead_animal poultry|
0403 dead_animal meat|040309 - -|0405 dead_animal fish|0406 dead_animal fish|0407 dead_animal shellfish|0408 dead_animal shellfish|
0410 - -|0501 animal_product -|0503 animal_product dairy|050306 - -|0504 animal_product dairy|0601 other beverage|0602 - -|
    0603 - alcohol,beverage|
0702 - confectionery|0703 - confectionery|0705 - bakery|0706 - bakery|0709 - bakery|0902 plant -|0901 animal_product dairy,fat_oil|
0903 - fat_oil|1001 - condiment|1004 other spice|1005 plant spice|1006 plant herb|1007 plant seaweed|1002 - -|0701 - sweetener|0704 - -
"""
CODES = {
    code: (None if source == "-" else source, None if categories == "-" else tuple(categories.split(",")))
    for code, source, categories in (entry.split() for entry in parts(_CODES))
}
_UNSURE = re.compile(r"\b(or|and|with|without|average|from|for|based|type|in|no|not|filled|stuffed|unknown|other|food|fortified|"
    r"fat|to|added|cooking)\b|%")


def cut(text: str) -> str | None:
    """The name before the first comma; a head of one word takes its one plain adjective in front ("Sweet pepper, green")."""
    if _UNSURE.search(re.sub(r"\([^)]*\)", "", text.split(",")[0])):
        return None
    head, *parts = (part.strip() for part in re.sub(r"\([^)]*\)", "", text).split(","))
    if parts and parts[0] in ("green", "red", "yellow", "white", "black", "brown", "smoked", "ground", "dried"):
        head = f"{parts[0]} {head}"
    elif any(_UNSURE.search(part) and not re.fullmatch(r"from (cow|goat|ewe|sheep)'s milk|without skin|with skin", part) for part in parts):
        return None
    return tidy(head)


def rows(folder: Path) -> Iterator[Weak]:
    """Rows of the groups in CODES, their names cut to what people type."""
    for food in ElementTree.parse(folder / FILE).getroot().iter("ALIM"):
        text, long, short = ((food.findtext(f"alim_{key}") or "").strip() for key in ("nom_eng", "ssssgrp_code", "ssgrp_code"))
        labels = CODES.get(long) or CODES.get(short)
        name = cut(text) if text and labels else None
        if name is None:
            continue
        source, categories = labels
        if short == "0201" and re.search(r"mushroom|morel|truffle|chanterelle|cep\b|boletus|shiitake", name):
            source, categories = "other", ("mushroom",)
        elif categories == ("dish",):
            categories = dish_categories(name)
        elif categories == ("meat",) and "poultry" in animals(name)[0]:
            categories = None
        elif short == "1006" and re.search(r"garlic|onion|ginger|shallot", name):
            categories = None
        yield label(name, source, categories, ORIGIN)
