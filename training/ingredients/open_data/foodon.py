"""FoodOn: fish and shellfish by their market names, cuts of meat, parts of plants, and foods with the part they are made of."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from .names import tidy
from .rules import animals, is_hedged, label
from .weak import Weak

SIREN = "foodon/siren_augment_codes.ofn"
PLANTS = "foodon/robot/plant_parts.tsv"
SEA = "foodon/robot/seafood.tsv"
CUTS = "foodon/robot/meat_cuts.tsv"
FILES = (SIREN, PLANTS, SEA, CUTS)

_DEAD = {"03420175", "03420125", "03420268", "03420265", "03420103", "03420173", "03420202", "03420192", "03420253"}
_PRODUCT = {"03420113", "03420245", "03420244", "03420180", "03420160", "03420225", "03420194"}
_SHELL = re.compile(
    r"shrimp|prawn|crab|lobster|clam|mussel|oyster|scallop|squid|octopus|cuttlefish|snail|abalone|conch|cockle|whelk|krill|crayfish|"
    r"crawfish|urchin|cucumber|jellyfish|periwinkle|limpet|langost|arkshell|slipper|barnacle"
)
LATIN = re.compile(r"^\w+(us|is|a|um|es|ea|on|ix|ax|yx|ys) \w+(us|is|a|um|i|ae|ens|es|oides|ula|ina)$")
_NOT_FISH = re.compile(r"frog|turtle|alligator|seaweed|alga|whale|seal\b|crocodile|kelp|tortoise")
_STIFF = re.compile(
    r"food product|\bproduct\b|\bproducts\b|\bpiece\b|kernel|cultivar|analog|plant$|part\b|parts\b|based|food\b|obsolete|new food|"
    r"primal|cuts?$|"
    r"tree|feed|pet\b|packag|\bfor\b|\bas\b|\bspecies\b|material|supplement|\bother\b|\bgroup\b|human|infant|baby|imitation|"
    r"\btype\b|seed coat|\bstem\b|"
    r"\bpod\b$|\bbulb\b$|leaf vegetable|kind|not elsewhere|cosmetic|tobacco|drug|formula|animal|\bor\b|\band\b|with|without|agent|"
    r"substance|\bdish\b|dinner|meal$|prepackaged|\bmixture\b"
)
_STATE_BRACKETS = re.compile(
    r"\((raw|dried|frozen|fresh|canned|cooked|fermented|whole|peeled|unpeeled|sliced|chopped|ground|smoked|[^()]*(pack|can|jar|"
    r"bag|bottle)[^()]*)\)"
)
_FORMS = ("smoked", "ground", "dried", "frozen", "salted", "canned", "pickled", "shredded", "sliced", "fried", "candied")


def unbracket(text: str) -> str | None:
    """"pizza (beef)" as "beef pizza"; a long or doubtful bracket makes no name."""
    text = text.lower()
    match = re.fullmatch(r"([^()]+)\s\(([^()]+)\)", text)
    if not match:
        return tidy(text) if "(" not in text else None
    head, inner = match.groups()
    if inner in _FORMS:
        return tidy(f"{inner} {head}")
    if _STATE_BRACKETS.search(text):
        return tidy(head)
    if re.fullmatch(r"[a-z-]+( [a-z-]+)?", inner) and not inner.endswith(("ed", "ing", "code", "efsa", "ccpr", "us cfr")):
        return tidy(f"{inner} {head}")
    return None


def _table(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from (row for number, row in enumerate(csv.DictReader(file, delimiter="\t")) if number)


def _plain(name: str | None, words: int = 4) -> bool:
    return bool(name) and not _STIFF.search(name) and len(name.split()) <= words


def seafood(folder: Path) -> Iterator[Weak]:
    """FDA's common and market names: fish, or shellfish by the name; one of one word may clash with another sense."""
    columns = ("Label FoodOn", "Exact Synonym (FoodOn)", "FDA Common Name [after changes]", "FDA Acceptable Market Name(s) [after changes]",
               "NCBI Genbank Common Name [after changes]")  # fmt: skip
    for record in _table(folder / SEA):
        market = (record["FDA Acceptable Market Name(s) [after changes]"] or "") + (record["FDA Common Name [after changes]"] or "")
        shell = bool(_SHELL.search(market.lower()))
        for column in columns:
            for part in (record[column] or "").split("|"):
                name = tidy(part)
                if not _plain(name) or _NOT_FISH.search(name) or LATIN.match(name):
                    continue
                family = "shellfish" if _SHELL.search(name) else None if shell else "fish"
                yield Weak(name, "ingredient", "dead_animal", (family,) if family else None, "foodon seafood")


def cuts(folder: Path) -> Iterator[Weak]:
    """Cuts of meat and of poultry."""
    for record in _table(folder / CUTS):
        for part in (record["label"] or "", *(record["Exact Synonym"] or "").split("|")):
            name = unbracket(part)
            if _plain(name, 5) and not re.search(r"\b(drum|chub|chuck tender|bungs?|caul)\b", name):
                families = animals(name)[0]
                family = "poultry" if families == {"poultry"} else "meat" if families == {"meat"} else None
                if families:
                    yield Weak(name, "ingredient", "dead_animal", (family,) if family else None, "foodon")


def plants(folder: Path) -> Iterator[Weak]:
    """Fruit, leaves, roots, seeds; mushrooms by their parent class or name."""
    for record in _table(folder / PLANTS):
        parent = (record["parent class"] or "").lower()
        name = unbracket(record["label"] or "")
        if not _plain(name) or "kernel" in parent:
            continue
        if "mushroom" in parent or "mushroom" in name or "fungus" in name:
            yield label(name, "other", ("mushroom",), "foodon")
        elif "alga" in parent or "seaweed" in parent:
            yield label(name, "plant", ("seaweed",), "foodon")
        elif parent in ("apple", "grape", "pear", "pome fruit", "berry fruit", "citrus fruit", "melon", "muskmelon"):
            yield label(name, "plant", ("fruit",), "foodon")
        elif re.search(r"fruit|leaf|root|tuber|bean|pea |nut|berry|bulb|pepper|squash|apple|grape|lentil|seed", parent):
            yield label(name, "plant", None, "foodon")


def siren(folder: Path) -> Iterator[Weak]:
    """Foods of the SIREN table: the source of flesh, milk and eggs by the part; what is said of plants is too weak."""
    name, facets = None, ""
    for line in (folder / SIREN).read_text(encoding="utf-8").splitlines() + ["# Class: x:y ()"]:
        match = re.match(r"# Class: \S+ \((.*)\)$", line)
        if not match:
            facets += line
            continue
        if _plain(name) and not re.search(r"\d|efsa|codex", name):
            parts = set(re.findall(r"FOODON:(0342\d{4})", facets))
            source = "dead_animal" if parts & _DEAD else "animal_product" if parts & _PRODUCT else None
            # A part alone is not enough: "milk" stands on plant drinks and "meat" on their imitations.
            yield label(name, None if is_hedged(name) else source, None, "foodon siren")
        name, facets = unbracket(match.group(1)), ""


def rows(folder: Path) -> Iterator[Weak]:
    """All four tables."""
    yield from seafood(folder)
    yield from cuts(folder)
    yield from plants(folder)
    yield from siren(folder)
