"""Lists of food names as people write them: corpora, faker, schollz, flavorgraph, tandoor."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .foodon import LATIN
from .names import tidy
from .rules import dish_categories, label
from .weak import Weak, other

FLAVORGRAPH = "flavorgraph/nodes_191120.csv"
SCHOLLZ = "schollz-ingredients/ingredients.txt"
SCHOLLZ_LISTS = {
    "schollz-ingredients/herbs.json": None,
    "schollz-ingredients/fruits.json": ("fruit",),
    "schollz-ingredients/vegetables.json": None,
}
TANDOOR = "tandoor/en.json"
FAKER = "faker-ruby/food.yml"

# file: (keys of its lists, words to put after a name that lacks them, source, categories)
CORPORA: dict[str, tuple[tuple[str, ...], str, str | None, tuple[str, ...] | None]] = {
    "curds": (("curds",), "", "animal_product", ("dairy",)),
    "apple_cultivars": (("cultivars",), "apple", "plant", ("fruit",)),
    "breads_and_pastries": (("breads", "pastries"), "", None, ("bakery",)),
    "condiments": (("condiments",), "", None, None),
    "fish": (("fish",), "", "dead_animal", None),
    "fruits": (("fruits",), "", "plant", None),
    "ham": (("meat",), "", "dead_animal", ("meat",)),
    "herbs_n_spices": (("herbs", "spices", "mixtures"), "", None, None),
    "hot_peppers": (
        ("C. annuum var. annuum", "C. annuum var. glabriusculum", "C. chinense", "C. frutescens", "C. baccatum"), "pepper",
        "plant", ("spice",),
    ),
    "iba_cocktails": (("cocktails",), "cocktail", None, ("alcohol", "beverage")),
    "menuItems": (("menuItems",), "", None, None),
    "pizzaToppings": (("pizzaToppings",), "", None, None),
    "poultry": (("bird",), "", "dead_animal", ("poultry",)),
    "sandwiches": (("sandwiches",), "sandwich", None, ("dish",)),
    "sausages": (("sausages",), "sausage", "dead_animal", ("meat",)),
    "scotch_whiskey": (("scotches",), "whisky", "plant", ("alcohol", "beverage")),
    "shellfish": (("fish",), "", "dead_animal", ("shellfish",)),
    "tea": (("teas",), "tea", "plant", ("beverage", "herb")),
    "vegetables": (("vegetables",), "", "plant", None),
    "beer_styles": (("beer_styles",), "beer", "plant", ("alcohol", "beverage")),
}  # fmt: skip
FILES = (FLAVORGRAPH, SCHOLLZ, *SCHOLLZ_LISTS, TANDOOR, FAKER, *(f"corpora/foods/{name}.json" for name in CORPORA))

# Lists of one kind of food that are far longer than their part of what people type; `merge` takes some of each.
_MANY = {"curds": "corpora cheeses", "apple_cultivars": "corpora apples", "tea": "corpora teas", "sausages": "corpora sausages"}

# What recipes ask for besides food.
_TOOLS = re.compile(
    r"\b(foil|foils|skewers?|toothpicks?|twine|liners?|cheese ?cloth|soap|detergent|ribbon|thermometer|towels?|cutters?|chopsticks?|"
    r"parchment|rolling pin|spray bottle|(pastry|basting) brush|roasting (bag|pan)|cooking bag|paper bag|ziploc bags?|pie plate|"
    r"popsicle sticks?|lollipop sticks?|"
    r"wooden sticks?|paper cups?|baking cups?|wax paper|paraffin wax|paraffin|glitter|rubbing alcohol|plastic wrap|"
    r"coffee filters?|charcoal|grill pan|"
    r"wood chips?|(household )?ammonia|bleach|borax|kitchen string|mason jars?|craft sticks?|sandwich bags?|freezer bags?|paper|"
    r"pans?$|aluminum$)\b"
)
_TOOLS_BUT = re.compile(r"\b(rice paper|wafer paper|charcoal (cheese|cracker|activated)|pan (drippings|juices)|edible (glitter|"
    r"silver foil|gold foil)|paper thin|pan sausage)\b")
_ALONE = {"clove garlic"} | set(
    """bag bar base bone box bulb californium center coating color cube cup dash drop extract fillet filling flake food garnish grass
    grease ingredient jar leaf mold paper pen piece powder root seasoning seed shell slice spray sprig stalk stem stick string strip
    topping wedge wood wrapper""".split()
)
# Titles on old menus that are no foods, and marks of a menu's prose.
_MENU = re.compile(
    r"\b(per|our|choice|order|served|cup|pot|bottle|glass|half|portion|for|of the|assorted|varied|extra|large|small|pint|one|two|"
    r"split|service|"
    r"special|a la|à la|au|aux|en|de|des|du|cigars?|cigarettes?|imported|domestic|fresh|any|all|day|club|clear|individual|reserve|"
    r"follow)\b"
)
# Names of corpora that need their noun to be clear, and lists in which each name is told by one.
_CLEAR = re.compile(r"wurst|würst|salam|chorizo|boudin|cheese|sausage|tea\b|ale\b|stout|lager|beer|porter|ipa\b|lambic|bitter\b|"
    r"burger|roll\b|wrap\b")


def tool(name: str) -> bool:
    """Whether a name out of a recipe is a tool or material and no food."""
    return bool(_TOOLS.search(_TOOLS_BUT.sub(" ", name)))


def _plain(text: str, origin: str) -> Weak | None:
    name = tidy(text)
    if name is None or name in _ALONE or len(name.split()) > 5 or "&" in name and len(name.split()) < 3:
        return None
    return other(name, origin) if tool(name) else label(name, None, None, origin)


def recipes(folder: Path) -> Iterator[Weak | None]:
    """flavorgraph, schollz, tandoor and faker: names without labels."""
    with (folder / FLAVORGRAPH).open(encoding="utf-8", newline="") as file:
        for record in csv.DictReader(file):
            if record["node_type"] == "ingredient":
                yield _plain(re.sub(r"ooky$", "ookie", record["name"].replace("_", " ")), "flavorgraph")
    for line in (folder / SCHOLLZ).read_text(encoding="utf-8").splitlines():
        if not re.search(r"(um|polentum|ie?um|cooky)$", line):
            yield _plain(line, "schollz")
    for file, categories in SCHOLLZ_LISTS.items():
        for text in json.loads((folder / file).read_text(encoding="utf-8")):
            name = tidy(text)
            yield name and label(name, "plant", categories, "schollz")
    for food in json.loads((folder / TANDOOR).read_text(encoding="utf-8"))["food"].values():
        for key in ("name", "plural_name"):
            yield food.get(key) and _plain(food[key], "tandoor")
    for key, text in read_lists(folder / FAKER):
        if key in ("ingredients", "fruits", "vegetables", "spices", "sushi"):
            yield _plain(text, "faker")
        elif key == "dish" and (name := tidy(text)):
            yield label(name, None, dish_categories(name), "faker")


def read_lists(path: Path) -> Iterator[tuple[str, str]]:
    """(key, entry) of the lists in one of faker's files, read line by line."""
    key = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        text = line.strip()
        if text.startswith("- "):
            yield key, text[2:].strip().strip("'\"")
        elif ":" in text:
            key, _, rest = text.partition(":")
            for part in rest.strip(" []").split(",") if rest.strip().startswith("[") else ():
                yield key, part.strip().strip("'\"")


def corpora(folder: Path) -> Iterator[Weak | None]:
    """The lists of corpora/foods; a name that needs its noun gets it ("Jonathan" as "jonathan apple")."""
    for file, (keys, noun, source, categories) in CORPORA.items():
        lists: dict[str, Any] = json.loads((folder / f"corpora/foods/{file}.json").read_text(encoding="utf-8-sig"))
        for entry in (entry for key in keys for entry in lists[key]):
            name = tidy(entry["name"] if isinstance(entry, dict) else entry)
            if name is None or (file == "menuItems" and (_MENU.search(name) or len(name.split()) > 4)):
                continue
            if file in ("tea", "beer_styles") and (re.search(r"\b(organic|or|ftgfop|gfop|bop|tgfop|"
                r"op)\b", name) or "/" in name or "-style" in name):
                continue
            if noun and noun not in name and not (file != "apple_cultivars" and _CLEAR.search(name)):
                name = f"{name} {noun}"
            if file == "sandwiches":
                categories = dish_categories(name)
            if file == "shellfish" and LATIN.match(name):
                continue
            if file == "poultry" and len(name.split()) > 2:
                continue
            yield label(name, source, categories, _MANY.get(file, "corpora"))


def rows(folder: Path) -> Iterator[Weak]:
    """All lists, without the names that nobody would type."""
    yield from (row for row in recipes(folder) if row)
    yield from (row for row in corpora(folder) if row)
