"""The open data's parsers on tiny files written here, the check of the files, and the rules that put sources together."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

import pytest
from ingredients.corpus import texts
from ingredients.labels import TASKS, read_tsv
from ingredients.lexicon import DataError
from ingredients.open_data import (
    MODULES,
    SOURCES,
    ciqual,
    foodon,
    load_open_data,
    notfood,
    openfoodfacts,
    shopify,
    usda,
    wordlists,
    wordnet,
)
from ingredients.open_data.files import verify
from ingredients.open_data.heads import HEADS
from ingredients.open_data.merge import merge
from ingredients.open_data.names import base, is_brand, tidy, turn_round
from ingredients.open_data.rules import label
from ingredients.open_data.weak import Weak, other


def write(folder: Path, name: str, text: str | bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))


def write_empty(folder: Path, module) -> None:
    """All files of a module, with nothing in them that makes a row."""
    for file in module.FILES:
        text = "[]" if file.endswith(".json") else "\n"
        write(folder, file, gzip.compress(b"{}") if file.endswith(".gz") else text)


def labels(rows) -> dict[str, tuple]:
    return {row.name: (row.source, row.categories) for row in rows if row.ingredient == "ingredient"}


def others(rows) -> set[str]:
    return {row.name for row in rows if row.ingredient == "not_ingredient"}


@pytest.mark.parametrize(
    ("description", "name"),
    [
        ("Beans, kidney, red, mature seeds, raw", "red kidney beans"),
        ("Cheese, cheddar", "cheddar cheese"),
        ("Spices, pepper, black", "black pepper"),
        ("Seeds, sesame seeds, whole, dried", "whole sesame seeds"),
        ("Egg, white, raw, fresh", "egg white"),
        ("Beef, ground, raw", "ground beef"),
        ("Chicken, broilers or fryers, breast, meat only, raw", "chicken breast"),
        ("Alcoholic beverage, wine, table, red", "red wine"),
        ("Squash, summer, all varieties, raw", "summer squash"),
        ("Oil, olive, salad or cooking", None),
        ("Beans, baked, canned, with pork", None),
    ],
)
def test_a_table_name_is_turned_round(description, name):
    assert turn_round(description) == name


def test_a_name_is_tidied_or_dropped():
    assert tidy("Shrimp (big,  raw)") == "shrimp"
    assert tidy("Crème Fraîche") == "crème fraîche"
    assert tidy("one two three four five six seven") is None
    assert tidy("milk; cream") is None
    assert tidy("牛乳") is None
    assert is_brand("CAMPBELL'S Red and White, Chicken Gumbo Soup")
    assert not is_brand("Milk, UHT")
    assert base("frozen chopped berries") == "berry"


@pytest.mark.parametrize(
    ("name", "source", "categories"),
    [
        ("low fat cottage cheese", "animal_product", ("dairy",)),
        ("roma tomatoes", "plant", ("vegetable", "fruit")),
        ("crunchy peanut butter", "plant", ("legume", "nut", "condiment")),
        ("turkey sausage", "dead_animal", ("poultry",)),
        ("oyster mushrooms", "other", ("mushroom",)),
        ("blood orange", "plant", ("fruit",)),
        ("vegan cheese", None, None),
        ("cheese soup", None, None),
        ("bread with ham", "dead_animal", None),
        ("goat cheese", "animal_product", ("dairy",)),
        ("soy mayonnaise", None, None),
        ("chickpea flour", "plant", ("legume",)),
        ("lupin flour", "plant", None),
        ("evaporated milk", "animal_product", ("dairy",)),
    ],
)
def test_the_words_of_a_name_label_it(name, source, categories):
    row = label(name, None, None, "list")
    assert (row.source, row.categories) == (source, categories)


def test_the_words_of_a_name_guard_the_labels_of_its_group():
    assert label("green salad with ham", "plant", ("vegetable",), "list").source is None
    assert label("white mushrooms", "plant", ("vegetable",), "list").source == "other"
    assert label("tofu bacon", "dead_animal", ("meat",), "list").categories is None
    assert label("salsify", "plant", ("vegetable",), "list") == Weak("salsify", "ingredient", "plant", ("vegetable",), "list")


def test_heads_hold_labels_of_the_label_set():
    for source, categories in HEADS.values():
        assert source is None or source in TASKS["source"]
        assert set(categories or ()) <= set(TASKS["categories"])


def entry(name: str, **fields) -> dict:
    return {"name": {"en": name}, **{key: value if key == "parents" else {"en": value} for key, value in fields.items()}}


def test_openfoodfacts_flags_are_inherited(tmp_path):
    write_empty(tmp_path, openfoodfacts)
    entries = {
        "en:vegetable": entry("vegetable", vegan="yes", vegetarian="yes"),
        "en:salsify": entry("salsify", parents=["en:vegetable"]),
        "en:fish": entry("fish", vegan="no", vegetarian="no"),
        "en:zingel": entry("zingel", parents=["en:fish"]),
        "en:minerals": entry("minerals", vegan="yes", vegetarian="yes"),
        "en:selenium": entry("selenium", parents=["en:minerals"]),
        "en:e120": entry("e120", e_number="120"),
        "en:cochenille": entry("cochenille", e_number="120"),
        "en:e422": entry("glycerol", e_number="422", vegan="maybe", vegetarian="maybe"),
        "en:glue": entry("glue"),
        "en:colour": entry("Colour"),
        "fr:radis": {"name": {"fr": "radis"}},
    }
    write(tmp_path, openfoodfacts.NEW, json.dumps(entries))
    write(tmp_path, openfoodfacts.OLD, gzip.compress(json.dumps({"en:salsify": {"synonyms": {"en": ["goatsbeard"]}}}).encode()))
    write(tmp_path, openfoodfacts.CLASSES, "en: colour, color\nfr: colorant\n")
    write(tmp_path, "openfoodfacts/taxonomies/packaging_shapes.txt", "en: bottle, bottles\nde: Flasche\n")
    rows = list(openfoodfacts.rows(tmp_path))
    assert labels(rows) == {
        "vegetable": ("plant", ("vegetable",)),
        "salsify": ("plant", ("vegetable",)),
        "goatsbeard": ("plant", ("vegetable",)),
        "fish": ("dead_animal", ("fish",)),
        "zingel": ("dead_animal", ("fish",)),
        "minerals": ("other", ("additive",)),
        "selenium": ("other", ("additive",)),
        "cochenille": ("dead_animal", ("additive",)),
        "glycerol": (None, ("additive",)),
    }
    assert others(rows) == {"glue", "bottle", "bottles"}


def test_usda_groups_label_their_rows(tmp_path):
    table = (
        "fdc_id,data_type,description,category\n"
        '1,sr_legacy_food,"Salsify, raw",Vegetables and Vegetable Products\n'
        '2,sr_legacy_food,"Fish, zingel, raw",Fish\n'
        '3,sr_legacy_food,"Crackers, GAMESA Sabrosas",Baked Products\n'
        '4,sr_legacy_food,"Frankfurter, chicken",Sausages\n'
        '5,sr_legacy_food,"Babyfood, peas",Baby Foods\n'
    )
    write(tmp_path, usda.FDC, gzip.compress(table.encode()))
    write(tmp_path, usda.SR28, "~1~^~1100~^~Cress~^~CRESS~^~peppergrass~^~~\n~2~^~1800~^~X~^~X~^~hardtack~^~MURRAY~\n")
    assert labels(usda.rows(tmp_path)) == {
        "salsify": ("plant", None),
        "zingel": ("dead_animal", ("fish",)),
        "chicken frankfurter": ("dead_animal", ("poultry",)),
        "peppergrass": ("plant", None),
    }


def test_ciqual_codes_label_their_rows(tmp_path):
    foods = [("Salsify, raw", "0201", "020101"), ("Morel mushroom, raw", "0201", "020101"), ("Hake, steamed", "0405", "040501"),
             ("Falafel, from take-away", "0103", "010306"), ("Fish cake with potato", "0409", "000000")]  # fmt: skip
    text = "".join(
        f"<ALIM><alim_nom_eng> {name} </alim_nom_eng><alim_ssgrp_code> {short} </alim_ssgrp_code>"
        f"<alim_ssssgrp_code> {long} </alim_ssssgrp_code></ALIM>"
        for name, short, long in foods
    )
    write(tmp_path, ciqual.FILE, f"<TABLE>{text}</TABLE>")
    assert labels(ciqual.rows(tmp_path)) == {
        "salsify": ("plant", ("vegetable",)),
        "morel mushroom": ("other", ("mushroom",)),
        "hake": ("dead_animal", ("fish",)),
    }


def test_foodon_parts_and_names(tmp_path):
    write_empty(tmp_path, foodon)
    write(
        tmp_path,
        foodon.SIREN,
        '# Class: obo:FOODON_1 (blobfish (raw))\n\nX "\n* skeletal meat part FOODON:03420175"\n'
        '# Class: obo:FOODON_2 (pizza (beef))\n\n# Class: obo:FOODON_3 (pet food)\n\nX "FOODON:03420175"\n',
    )
    columns = "Label FoodOn\tExact Synonym (FoodOn)\tFDA Common Name [after changes]\tFDA Acceptable Market Name(s) [after changes]"
    write(
        tmp_path,
        foodon.SEA,
        f"{columns}\tNCBI Genbank Common Name [after changes]\nx\tx\tx\tx\tx\n"
        "\t\tdot-dash grouper\tgrouper\tSolea solea\n\t\tblue crab\t\t\n",
    )
    write(tmp_path, foodon.CUTS, "label\tExact Synonym\nx\tx\nbeef ranch steak\tbeef arm steak (raw)\nturkey thigh\t\n")
    write(tmp_path, foodon.PLANTS, "label\tparent class\nx\tx\ntinda (raw)\tfruit\nhen of the woods\tmushroom fruitbody\n")
    assert labels(foodon.rows(tmp_path)) == {
        "dot-dash grouper": ("dead_animal", ("fish",)),
        "grouper": ("dead_animal", ("fish",)),
        "blue crab": ("dead_animal", ("shellfish",)),
        "beef ranch steak": ("dead_animal", ("meat",)),
        "beef arm steak": ("dead_animal", ("meat",)),
        "turkey thigh": ("dead_animal", ("poultry",)),
        "tinda": ("plant", None),
        "hen of the woods": ("other", ("mushroom",)),
        "blobfish": ("dead_animal", None),
        "beef pizza": ("dead_animal", None),
    }


def test_wordnet_gives_foods_below_its_roots_and_words_without_a_sense_of_food(tmp_path):
    write_empty(tmp_path, wordnet)
    write(
        tmp_path,
        "open-english-wordnet/noun.food.yaml",
        "00000001-n:\n  definition:\n  - a root\n  hypernym:\n  - 07723196-n\n  members:\n  - salsify\n"
        "00000002-n:\n  hypernym:\n  - 07816067-n\n  members:\n  - cattle cake\n  partOfSpeech: n\n",
    )
    write(tmp_path, "open-english-wordnet/noun.artifact.yaml", "00000003-n:\n  members:\n  - hammer\n  - salsify\n  - jack\n")
    write(tmp_path, "open-english-wordnet/noun.animal.yaml", "00000004-n:\n  members:\n  - jack\n")
    rows = list(wordnet.rows(tmp_path))
    assert labels(rows) == {"salsify": ("plant", ("vegetable",))}
    assert others(rows) == {"hammer", "cattle cake"}
    clashes, edible = wordnet.senses(tmp_path)
    assert {"hammer", "jack"} <= clashes and "salsify" not in clashes
    assert edible == {"salsify", "cattle cake", "jack"}


def test_word_lists(tmp_path):
    write_empty(tmp_path, wordlists)
    nodes = "1,all_purpose_flour,,ingredient,hub\n2,paper_towel,,ingredient,hub\n3,limonene,,compound,hub\n4,sugar_cooky,,ingredient,hub\n"
    write(tmp_path, wordlists.FLAVORGRAPH, f"node_id,name,id,node_type,is_hub\n{nodes}")
    write(tmp_path, wordlists.TANDOOR, json.dumps({"food": {"a": {"name": "Olive Oil", "plural_name": None}}}))
    write(tmp_path, wordlists.FAKER, "en:\n  faker:\n    food:\n      dish:\n        - Pizza\n      measurements:\n        - pinch\n")
    for file, (keys, *_) in wordlists.CORPORA.items():
        write(tmp_path, f"corpora/foods/{file}.json", json.dumps({key: [] for key in keys}))
    write(tmp_path, "corpora/foods/apple_cultivars.json", json.dumps({"cultivars": ["Jonathan"]}))
    write(tmp_path, "corpora/foods/sandwiches.json", json.dumps({"sandwiches": [{"name": "Bacon", "origin": "United Kingdom"}]}))
    rows = list(wordlists.rows(tmp_path))
    assert labels(rows) == {
        "all purpose flour": ("plant", ("grain",)),
        "sugar cookie": (None, ("bakery",)),
        "olive oil": ("plant", ("fat_oil",)),
        "pizza": (None, ("dish",)),
        "jonathan apple": ("plant", ("fruit",)),
        "bacon sandwich": ("dead_animal", None),
    }
    assert others(rows) == {"paper towel"}


def test_shopify_takes_the_last_part_of_a_path(tmp_path):
    paths = [
        "Home & Garden > Kitchen & Dining > Egg Cups",
        "Home & Garden > Plants > Seeds",
        "Animals & Pet Supplies > Pet Supplies > Dog Supplies > Dog Treats > Jerky Treats",
        "Animals & Pet Supplies > Pet Supplies > Dog Supplies > Dog Food",
        "Food, Beverages & Tobacco > Food Items > Bakery > Bagels",
        "Hardware > Tools > Saws & Blades",
    ]
    write(tmp_path, shopify.FILE, "# header\n" + "\n".join(f"gid://x : {path}" for path in paths))
    rows = list(shopify.rows(tmp_path))
    assert labels(rows) == {"bagels": ("plant", ("bakery",))}
    assert others(rows) == {"egg cups", "dog food", "saws", "blades"}


def test_lists_of_no_foods(tmp_path):
    write_empty(tmp_path, notfood)
    write(tmp_path, "corpora/medicine/diseases.json", json.dumps({"description": "x y", "diseases": [["anaemia", "gout"]]}))
    write(tmp_path, "corpora/geography/us_cities.json", json.dumps({"cities": [{"city": "Boise", "state": "Idaho", "population": 1}]}))
    write(tmp_path, "faker-ruby/house.yml", "en:\n  faker:\n    house:\n      furniture:\n        - sofa\n      other:\n        - x\n")
    write(tmp_path, notfood.NAUGHTY, json.dumps(["", "<script>", "a\x00b"]))
    write(tmp_path, notfood.QUICKDRAW, "saxophone\n")
    assert others(notfood.rows(tmp_path)) == {"anaemia", "gout", "boise", "sofa", "<script>", "saxophone"}


def food(name: str, origin: str, source: str | None = None, categories: tuple[str, ...] | None = None) -> Weak:
    return Weak(name, "ingredient", source, categories, origin)


def test_sources_that_agree_weigh_more_and_those_that_do_not_drop_the_label():
    merged = merge(
        [
            food("salsify", "usda", "plant"),
            food("salsify", "ciqual", "plant", ("vegetable",)),
            food("zingel", "foodon seafood", "dead_animal", ("fish",)),
            food("zingel", "foodon siren", "dead_animal"),
            food("skyrish", "usda", "plant", ("grain",)),
            food("skyrish", "ciqual", "animal_product", ("dairy",)),
        ]
    )
    found = {example.name: example for example in merged.examples}
    assert (found["salsify"].source, found["salsify"].categories, found["salsify"].weight) == ("plant", ("vegetable",), 0.5)
    assert found["salsify"].group == "ciqual+usda"
    assert found["zingel"].weight == 0.3
    assert (found["skyrish"].source, found["skyrish"].categories, found["skyrish"].weight) == (None, None, 0.3)
    assert (merged.dropped["source"], merged.dropped["categories"]) == (1, 1)


def test_a_name_on_both_sides_is_kept_only_where_one_is_clearly_right():
    merged = merge(
        [
            food("salsify", "usda"),
            food("salsify", "openfoodfacts"),
            other("salsify", "corpora objects"),
            food("king", "corpora"),
            other("king", "wordnet person"),
            food("paper towel", "flavorgraph"),
            food("paper towel", "schollz"),
            other("paper towel", "shopify"),
            other("zebra", "quickdraw"),
        ],
        edible={"zebra"},
    )
    assert {(example.name, example.ingredient) for example in merged.examples} == {
        ("salsify", "ingredient"),
        ("paper towel", "not_ingredient"),
    }
    assert merged.dropped["sides"] == 2


def test_clashing_words_and_near_duplicates_are_left_out():
    rows = [food("jack", "foodon seafood", "dead_animal"), food("salsify", "usda")]
    rows += [other("salsifies", "shopify"), other("salsifys", "shopify")]
    merged = merge([*rows, food("oca", "usda")], clashes={"jack", "salsify"})
    assert [example.name for example in merged.examples] == ["oca", "salsifies"]
    assert merged.dropped["clash"] == 2


def test_a_state_takes_the_label_of_the_name_without_it():
    rows = [food("salsify", "usda", "plant", ("vegetable",)), food("frozen sliced salsify", "flavorgraph"), food("salsify pie", "schollz")]
    merged = merge(rows)
    found = {example.name: (example.source, example.categories) for example in merged.examples}
    assert found["frozen sliced salsify"] == ("plant", ("vegetable",))
    assert found["salsify pie"] == (None, None)


def test_there_are_no_more_other_names_than_foods_and_the_nearest_to_a_kitchen_stay():
    rows = [food(f"food {letter}", "usda") for letter in "abcdefghij"]
    rows += [other(f"tool {letter}", "shopify near") for letter in "abcd"]
    rows += [other(f"thing {letter}", "wordnet artifact") for letter in "abcdefghijkl"]
    rows += [other(f"idea {letter}", "wordnet state") for letter in "abcdefghijkl"]
    merged = merge(rows)
    kept = [example.name.split()[0] for example in merged.examples if example.ingredient == "not_ingredient"]
    assert (kept.count("tool"), kept.count("thing"), kept.count("idea")) == (4, 5, 1)
    assert merged.examples == merge(reversed(rows)).examples


def test_a_missing_file_and_a_wrong_one_are_both_listed(tmp_path):
    write(tmp_path, "right.txt", "right")
    write(tmp_path, "wrong.txt", "wrong")
    sums = {name: hashlib.sha256(b"right").hexdigest() for name in ("right.txt", "wrong.txt", "missing.txt")}
    sources = tmp_path / "sources.tsv"
    sources.write_text("file\taddress\tlicence\tsha256\n" + "".join(f"{name}\tx\tMIT\t{value}\n" for name, value in sums.items()))
    verify(tmp_path, ["right.txt"], sources)
    with pytest.raises(DataError) as caught:
        verify(tmp_path, ["right.txt", "wrong.txt", "missing.txt", "unnamed.txt"], sources)
    assert [problem.split(":")[0] for problem in caught.value.problems] == ["missing.txt", "unnamed.txt", "wrong.txt"]
    assert "missing" in caught.value.problems[0] and hashlib.sha256(b"wrong").hexdigest() in caught.value.problems[2]


def test_all_files_of_an_empty_folder_are_listed_at_once(tmp_path):
    with pytest.raises(DataError) as caught:
        load_open_data(tmp_path)
    assert len(caught.value.problems) == len(read_tsv(SOURCES))


def test_sources_tsv_names_each_file_that_is_read():
    rows = read_tsv(SOURCES)
    assert sorted(row["file"] for row in rows) == sorted(file for module in MODULES for file in module.FILES)
    assert all(len(row["sha256"]) == 64 and row["address"] and row["licence"] for row in rows)


def test_texts_are_read_from_no_other_files(tmp_path):
    for module in MODULES:
        write_empty(tmp_path, module)
    write(tmp_path, ciqual.FILE, "<TABLE/>")

    assert texts(tmp_path, []) == []
