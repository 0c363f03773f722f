"""The lexicon against the guide's settled rules: their own examples, and what a rule says of every name of its kind."""

import re

import pytest

from ingredients.lexicon import load_lexicon

LEXICON = {example.name: example for example in load_lexicon()}
FOODS = [example for example in LEXICON.values() if example.ingredient == "ingredient"]


@pytest.mark.parametrize(
    ("names", "source", "categories"),
    [
        ("baguette, ciabatta, pita, lavash, crumpets, crumpet, crumpits", "plant", "bakery"),
        ("spring rolls, dumplings", "dead_animal", None),
        ("sugared rose petals, candied violets", "animal_product", "confectionery,herb"),
        ("edible glitter, lustre dust", "other", "additive,confectionery"),
        ("milk powder, evaporated milk", "animal_product", "dairy"),
        ("condensed milk, sweetened condensed milk", "animal_product", "dairy,sweetener"),
        ("wheat germ", "plant", "grain"),
        ("psyllium husk", "plant", "additive"),
        ("plantain, ripe plantain", "plant", "fruit,vegetable"),
        ("tostones, maduros, patacones, alloco, kelewele, mangu, banan peze, boli, foutou banane", "plant", "dish,vegetable"),
        ("mofongo, jibarito, patacon maracucho, tacacho con cecina, katogo", "dead_animal", "dish,meat,vegetable"),
        ("nocino, masato, ruou nep, creme de cassis de dijon", "plant", "alcohol,beverage"),
        ("ponche de mel, batida de coco, mead", "animal_product", "alcohol,beverage"),
        ("baileys, bailey's irish cream, irish cream", "animal_product", "alcohol,beverage,dairy"),
        ("couscous, pearl couscous", "plant", "pasta"),
        ("barley couscous", "plant", "grain,pasta"),
        ("pine nuts, pinenut", "plant", "nut,seed"),
        ("surimi, crab sticks, krab sticks", "dead_animal", "fish"),
        ("raita, tzatziki", "animal_product", "condiment,dairy"),
        ("casu marzu, milbenkäse, mite cheese", "dead_animal", "dairy"),
        ("refried beans, refryed beans", "dead_animal", "dish,legume"),
        ("mincemeat", "dead_animal", "condiment,fruit"),
        ("vegetarian mincemeat", "plant", "condiment,fruit"),
        ("monster munch, pickled onion monster munch, nik naks chips", "plant", "grain"),
        ("ketchup chips", "plant", "vegetable"),
        ("diet coke, beef flavoring, beef flavouring, chicken flavouring", "other", None),
        ("cream of tartar, cream of tartare sachet, tartaric acid, tartaric acid powder", "plant", "additive"),
        ("seasoned salt, lawry's season salt, goya sazon, sazon goya", "other", "spice"),
    ],
)
def test_a_settled_case_is_labelled_so_in_the_lexicon(names, source, categories):
    found = {name: (LEXICON[name].source, ",".join(sorted(LEXICON[name].categories)) if categories else None) for name in names.split(", ")}

    assert found == dict.fromkeys(found, (source, categories))


@pytest.mark.parametrize("name", ["ramen bowl", "soup bowl", "salad bowl"])
def test_a_food_word_with_its_vessel_is_left_out(name):
    assert name not in LEXICON


def test_drinks_with_alcohol_have_no_category_of_what_they_are_made_of():
    drinks = [e for e in FOODS if {"alcohol", "beverage"} <= set(e.categories)]

    assert len(drinks) > 1000
    assert [e.name for e in drinks if not set(e.categories) <= {"alcohol", "beverage", "dairy", "egg"}] == []


def test_plantain_dishes_are_vegetables():
    plantain = re.compile(r"\b(plantains?|patac[oó]n(es)?|tostones|mofongo|trifongo|maduros|alloco|kelewele|mang[uú])\b")
    dishes = [e for e in FOODS if plantain.search(e.name) and "dish" in e.categories]

    assert len(dishes) > 10
    assert [e.name for e in dishes if "fruit" in e.categories] == []


def test_vegan_versions_are_substitutes():
    vegan = [e for e in FOODS if "vegan" in e.name]

    assert len(vegan) > 250
    assert [e.name for e in vegan if "substitute" not in e.categories] == []
    assert {e.source for e in vegan if "quorn" not in e.name} == {"plant"}


@pytest.mark.parametrize(
    "names",
    [
        "ponzu, ponzu dressing",
        "tourin, tourain blanchi, tourin a l'ail",
        "beurre, beurre de baratte, beurre charentes-poitou, beurre aux cristaux de sel, butter",
        "plantain chips, mariquitas, chifles, nendran chips, upperi chips",
        "mapo tofu, mapo doufu, mabo tofu, ma po tofu, yong tau foo, yong tofu, stuffed tofu hakka, tofu chanpuru",
        "mapo eggplant, mabo nasu",
        "gotukola sambol, pennywort salad burmese, myin khwa ywet thoke",
        "pennywort, gotu kola, myin khwa",
        "orange juice, tropicana orange juice, donald duck orange juice",
        "tuna sandwich, tuna melt, tuna melt panini",
        "chips, chip shop chips, koliko yam fries, yams chips koliko",
        "mazapan de toledo, tallinn marzipan",
        "pelau, chicken pelau, pelau chicken",
        "aloo bodi tama, aloo tama bodi",
    ],
)
def test_one_food_has_one_label_under_all_its_names(names):
    labels = {(LEXICON[name].source, frozenset(LEXICON[name].categories)) for name in names.split(", ")}

    assert len(labels) == 1


def test_crisps_hold_milk_only_where_cheese_cream_or_ranch_is_named():
    crisps = [e for e in FOODS if re.search(r"\b(crisps|potato chips|monster munch|nik naks)\b", e.name)]
    named = re.compile(r"cheese|cheesy|cream|ranch|parmesan|camembert")

    assert len(crisps) > 20
    assert [e.name for e in crisps if e.source == "animal_product" and not named.search(e.name)] == []
