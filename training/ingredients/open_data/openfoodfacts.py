"""Open Food Facts: the taxonomy of ingredients with its flags, and lists of what is no food."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path

from .names import tidy
from .rules import label
from .weak import Weak, other, parts

NEW = "openfoodfacts/ingredients.json"
OLD = "openfoodfacts/ingredients.full.json.gz"
CLASSES = "openfoodfacts/taxonomies/additives_classes.txt"
LISTS = {
    "openfoodfacts/taxonomies/packaging_shapes.txt": "packaging",
    "openfoodfacts/taxonomies/packaging_materials.txt": "packaging",
    "openfoodfacts/taxonomies.obf/categories.txt": "cosmetics",
    "openfoodfacts/taxonomies.opff/categories.txt": "pet food",
}
# No rows are made of it: texts for domain adaptation are.
TEXTS = "openfoodfacts/categories.full.json.gz"
FILES = (NEW, OLD, CLASSES, *LISTS, TEXTS)
ORIGIN = "openfoodfacts"

# Entries that are no ingredients: words of labels, and names of functions besides additives_classes.
_DROPPED = set(
    parts(
        """frying|grey|hydrolysed|pasteurised|colourful|semi-sweet|semi-wholemeal|wholemeal|breast|capsule shell|packaging gas|
        propellent gas|with other natural flavouring|unknown|debit|containing|water added|ingredient|ingredients|plant|animal|
        filling|topping|bark|feed|white|red|black|green|cast|dark|light|brown|marine|powder|mix|coating|base|preparation|
        product|concentrate|fish feed|origin|pure|fresh|solution|zero|peel|skin|leaf|leaves|root|seed|flower|fruiting body|bud|
        stem|core|casing|additive|additives"""
    )
)
NOT_FOODS = ("glue", "imazalil", "formaldehyde", "thiabendazole", "hydrogen chloride", "chlorine", "propane", "petrolatum", "castor oil",
             "tylosin", "methanal", "biphenyl", "isobutane", "methyl chloride", "benzoyl peroxide", "copper sulfate", "household ammonia")
_NUMBER = re.compile(r"^(element|no|n|number|b|k|e)?[ -]?\d+$|^e ?\d|^[a-z]\d?$")
_OTHER_ANCESTORS = {
    f"en:{name}" for name in "minerals vitamins salt water mushroom yeast enzyme microbial-culture ferment phosphate".split()
}
_PLANT_E = {"100", "140", "141", "150", "306", "322", "416", "417", "425", "440", "902", "903", "957", "960"} | {
    str(number) for start, end in ((160, 164), (400, 408), (410, 415), (460, 470), (1400, 1500)) for number in range(start, end)
}
_DEAD_E = {"120", "428", "441", "542", "626", "630", "632", "633", "634", "904", "1000"}
_PRODUCT_E = {"901", "913", "966"}
# Made from plants or by microbes or in a plant, as it comes; or a name with two meanings.
_DOUBTFUL_E = set("124 153 161 270 307 334 336 392 420 421 476 908 910 953 963 965 967 968 1200".split())
_SWEET_E = {"420", "421", *map(str, range(950, 970))}
_DEAD_ANCESTORS = {
    f"en:{name}"
    for name in "lamb goat horse rabbit deer reindeer partridge game-animal offal meat fish shellfish poultry".split()
}
# The names of ancestors that tell a category; what else an entry needs stands in _EXTRA.
_ANCESTORS = {
    "vegetable": "vegetable", "fruit": "fruit", "dairy": "dairy", "cheese": "dairy", "cereal": "grain", "flour": "grain", "rice": "grain",
    "fish": "fish", "pork": "meat", "beef": "meat", "lamb": "meat", "meat": "meat", "poultry": "poultry", "shellfish": "shellfish",
    "mollusc": "shellfish", "crustacean": "shellfish", "oil-and-fat": "fat_oil", "added-sugar": "sweetener", "syrup": "sweetener",
    "legume": "legume", "pulse": "legume", "soya": "legume", "herb": "herb", "spice": "spice", "nut": "nut", "seed": "seed",
    "mushroom": "mushroom", "egg": "egg", "algae": "seaweed", "juice": "beverage", "coffee": "beverage", "tea": "beverage",
    "water": "beverage",
    "alcohol": "alcohol", "sauce": "condiment", "vinegar": "condiment", "broth": "condiment", "bread": "bakery", "biscuit": "bakery",
    "pasta": "pasta", "noodle": "pasta", "chocolate": "confectionery", "minerals": "additive", "vitamins": "additive", "enzyme": "additive",
    "ferment": "additive", "yeast": "additive", "flavouring": "additive", "starch": "starch", "fruit-vegetable": "fruit-vegetable",
    "dough": "dough", "chili-pepper": "spice", "peanut": "peanut", "coconut": "nut", "animal": "animal", "condiment": "condiment",
}  # fmt: skip
# Sets of those that are a cook's full answer, and the answer.
_SETS = {
    frozenset({name}): (name,)
    for name in "vegetable fruit dairy grain fish meat poultry shellfish fat_oil sweetener legume herb spice nut seed mushroom egg seaweed "
    "condiment bakery pasta confectionery additive".split()
} | {
    frozenset({"animal", "meat"}): ("meat",),
    frozenset({"animal", "fish"}): ("fish",),
    frozenset({"animal", "poultry"}): ("poultry",),
    frozenset({"meat", "poultry"}): ("poultry",),
    frozenset({"animal", "meat", "poultry"}): ("poultry",),
    frozenset({"animal", "shellfish"}): ("shellfish",),
    frozenset({"fish", "shellfish"}): ("shellfish",),
    frozenset({"vegetable", "legume"}): ("legume",),
    frozenset({"seed", "grain"}): ("grain",),
    frozenset({"nut", "fruit"}): ("nut",),
    frozenset({"spice", "condiment"}): ("spice",),
    frozenset({"spice", "vegetable", "fruit-vegetable"}): ("spice",),
    frozenset({"spice", "fruit-vegetable"}): ("spice",),
    frozenset({"herb", "condiment"}): ("herb",),
    frozenset({"alcohol"}): ("alcohol", "beverage"),
    frozenset({"alcohol", "beverage"}): ("alcohol", "beverage"),
    frozenset({"beverage", "fruit"}): ("beverage", "fruit"),
    frozenset({"vegetable", "beverage"}): ("beverage", "vegetable"),
    frozenset({"beverage"}): ("beverage",),
}


def _english(value: dict | None) -> str | None:
    return None if value is None else value.get("en")


def _number(entry: dict) -> str:
    """The E-number without its letters, "" where there is none."""
    return re.sub(r"[a-z() ]+$", "", (_english(entry.get("e_number")) or "").lower().removeprefix("e"))


def read_taxonomy(folder: Path) -> dict[str, dict]:
    """Entries by key from both files: the new file's wins, the old one adds English synonyms and parents."""
    old = json.loads(gzip.decompress((folder / OLD).read_bytes()))
    new = json.loads((folder / NEW).read_bytes())
    entries = {}
    for key in old.keys() | new.keys():
        entry = {**old.get(key, {}), **new.get(key, {})}
        entry["synonyms"] = old.get(key, {}).get("synonyms", {}).get("en", [])
        entries[key] = entry
    return entries


def ancestry(key: str, entries: dict[str, dict]) -> list[str]:
    """The key and its ancestors, nearest first; each once."""
    found = [key]
    for current in found:
        found += [parent for parent in entries.get(current, {}).get("parents", ()) if parent not in found]
    return found


def inherited(prop: str, line: list[str], entries: dict[str, dict]) -> str | None:
    """The first value of a property (vegan, vegetarian) on the way up."""
    return next((value for key in line if (value := _english(entries.get(key, {}).get(prop)))), None)


def source_of(key: str, entries: dict[str, dict]) -> str | None:
    """The source by E-number, ancestors and flags; None where they do not tell."""
    line = ancestry(key, entries)
    number = _number(entries.get(key, {}))
    if number in _DOUBTFUL_E:
        return None
    if number in _DEAD_E:
        return "dead_animal"
    if number in _PRODUCT_E:
        return "animal_product"
    flags = inherited("vegan", line, entries), inherited("vegetarian", line, entries)
    if flags == ("no", "no") or (flags == (None, None) and _DEAD_ANCESTORS & set(line)):
        return "dead_animal"
    if flags in (("no", "yes"), ("no", "maybe")):
        return None if _DEAD_ANCESTORS & set(line) or "protein" in key else "animal_product"
    if flags == ("maybe", "yes"):
        return None if _OTHER_ANCESTORS & set(line) or number or re.search("chocolate|advocaat|bread|pastry|dough|pasta", key) else "plant"
    if flags != ("yes", "yes"):
        return None
    if _OTHER_ANCESTORS & set(line):
        return "other"
    return "other" if number and number not in _PLANT_E else "plant"


def categories_of(key: str, entries: dict[str, dict]) -> tuple[str, ...] | None:
    """The categories by ancestors, where they are among the sets that make a full answer."""
    if "e_number" in entries.get(key, {}):
        return None if _number(entries[key]) in _SWEET_E else ("additive",)
    found = {_ANCESTORS[name] for name in (part[3:] for part in ancestry(key, entries)) if name in _ANCESTORS}
    answer = _SETS.get(frozenset(found))
    if answer == ("fat_oil",) and not re.search(r"oil|fat|butter|margarine|shortening", key):
        return None
    return ("spice",) if answer == ("seed",) and "pepper" in key else answer


def read_names(text: str) -> Iterator[str]:
    """The English names and synonyms of a taxonomy in text form."""
    for line in text.splitlines():
        if line.startswith("en:"):
            yield from (part.strip() for part in line[3:].split(","))


def rows(folder: Path) -> Iterator[Weak]:
    """Ingredients with their labels, then packaging, cosmetics and pet food as no ingredients."""
    entries = read_taxonomy(folder)
    functions = {name.lower() for name in read_names((folder / CLASSES).read_text(encoding="utf-8"))}
    for key in sorted(entries):
        entry = entries[key]
        name = _english(entry.get("name"))
        if not key.startswith("en:") or not name:
            continue
        source, categories = source_of(key, entries), categories_of(key, entries)
        for text in dict.fromkeys([name, *entry["synonyms"]]):
            typed = tidy(text)
            if typed is None or typed in _DROPPED or typed in functions or _NUMBER.match(typed) or len(typed.split()) > 5:
                continue
            if typed in NOT_FOODS:
                yield other(typed, ORIGIN)
            else:
                yield label(typed, source, categories, ORIGIN)
    for file, kind in LISTS.items():
        for text in read_names((folder / file).read_text(encoding="utf-8")):
            typed = tidy(text)
            if typed and typed not in ("unknown", "other", "new", "bio", "natural", "wet food", "dry food"):
                yield other(typed, f"{ORIGIN} {kind}")
