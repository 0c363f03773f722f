"""USDA: FoodData Central's descriptions with their food group, and the common names of SR28."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from pathlib import Path

from .names import is_brand, tidy, turn_round
from .rules import animals, dish_categories, label
from .weak import Weak

FDC = "usda-fdc/fdc_ingredients.csv.gz"
SR28 = "usda-sr28/FOOD_DES.txt"
FILES = (FDC, SR28)
ORIGIN = "usda"

_BY_GROUP = """
dead_animal | poultry | 0500 Poultry Products, Chicken; whole pieces, Turkey; duck; other poultry
dead_animal | meat | 1000 Pork Products, 1300 Beef Products, 1700 Lamb; Veal; and Game Products, Bacon, Beef; excludes ground, Ground beef,
    Pork, Lamb; goat; game, Liver and organ meats, Cold cuts and cured meats, Frankfurters, Sausages, 0700 Sausages and Luncheon Meats
dead_animal | fish | Fish
dead_animal | shellfish | Shellfish
dead_animal | - | 1500 Finfish and Shellfish Products, Chicken patties; nuggets and tenders
animal_product | dairy | Cheese, Cottage/ricotta cheese, Yogurt; regular, Yogurt; Greek
animal_product | dairy,beverage | Milk; whole, Milk; reduced fat, Milk; lowfat, Milk; nonfat, Flavored milk; whole
animal_product | - | Milk shakes and other dairy drinks
plant | vegetable | Broccoli, Spinach, Carrots, Cabbage, Onions, Other dark green vegetables, White potatoes; baked or boiled
plant | - | 1100 Vegetables and Vegetable Products, Other red and orange vegetables, Other starchy vegetables, Dried fruits,
    Other vegetables and combinations, 1600 Legumes and Legume Products, Beans; peas; legumes, String beans, Nuts and seeds,
    1200 Nut and Seed Products, 2000 Cereal Grains and Pasta, Tomatoes, Citrus fruits
plant | vegetable,fruit | Tomatoes
plant | fruit | 0900 Fruits and Fruit Juices, Apples, Bananas, Grapes, Melons, Pears, Pineapple, Strawberries,
    Blueberries and other berries, Mango and papaya, Peaches and nectarines
plant | grain | Rice, Oatmeal, Ready-to-eat cereal; lower sugar
plant | alcohol,beverage | Beer, Wine
plant | beverage | Coffee, Tea, Soft drinks
- | bakery | Yeast breads, Rolls and buns, Bagels and English muffins, Tortillas, Doughnuts; sweet rolls; pastries, Crackers,
    Saltine crackers, Cookies and brownies, Cakes and pies, Biscuits; muffins; quick breads, Pancakes; waffles; French toast,
    1800 Baked Products
- | confectionery | Candy containing chocolate, Candy not containing chocolate
- | alcohol,beverage | Liquor and cocktails
- | dish | 2100 Fast Foods, 2200 Meals; Entrees; and Side Dishes, 3600 Restaurant Foods, Pizza, Burgers, Burritos and tacos, Soups,
    Egg rolls; dumplings; sushi, Stir-fry and soy-based sauce mixtures, Fried rice and lo/chow mein, Meat mixed dishes,
    Poultry mixed dishes, Seafood mixed dishes, Rice mixed dishes, Pasta mixed dishes; excludes macaroni and cheese,
    Bean; pea; legume dishes, Vegetable dishes
- | - | 0100 Dairy and Egg Products, 0200 Spices and Herbs, 0400 Fats and Oils, 0600 Soups; Sauces; and Gravies, 1400 Beverages,
    1900 Sweets, 2500 Snacks, Eggs and omelets, Mustard and other condiments, Cream cheese; sour cream; whipped cream, Fruit drinks,
    Sugars and honey, Jams; syrups; toppings, Salad dressings and vegetable oils, Butter and animal fats, Dips; gravies; other sauces,
    Ice cream and frozen dairy desserts
"""


def _read_groups() -> dict[str, tuple[str | None, tuple[str, ...] | None]]:
    groups = {}
    for line in _BY_GROUP.strip().replace("\n    ", " ").splitlines():
        source, categories, names = (part.strip() for part in line.split("|"))
        labels = None if source == "-" else source, None if categories == "-" else tuple(categories.split(","))
        for name in names.split(","):
            name = name.strip().replace(";", ",")
            if name[:4].isdigit():
                groups[name[:4]] = labels
                name = name[5:]
            groups[name] = labels
    return groups


GROUPS = _read_groups()


def row(name: str, group: str) -> Weak:
    """The row of a turned name in a group or group code that GROUPS holds."""
    source, categories = GROUPS[group]
    families, _ = animals(name)
    if categories == ("dish",):
        return label(name, None, dish_categories(name), ORIGIN)
    if categories == ("meat",) and "poultry" in families:
        # "Frankfurter, chicken" and turkey bacon stand among the meats.
        categories = ("poultry",) if not families - {"poultry", "meat"} else None
        return Weak(name, "ingredient", "dead_animal", categories, ORIGIN)
    return label(name, source, categories, ORIGIN)


def rows(folder: Path) -> Iterator[Weak]:
    """Rows without brands, turned round to what people type; groups that GROUPS does not hold are left out."""
    text = gzip.decompress((folder / FDC).read_bytes()).decode("utf-8")
    for record in csv.DictReader(io.StringIO(text)):
        if record["category"] in GROUPS and not is_brand(record["description"]):
            name = turn_round(record["description"])
            if name and len(name.split()) <= 5:
                yield row(name, record["category"])
    for line in (folder / SR28).read_text(encoding="iso-8859-1").splitlines():
        fields = [field.strip("~") for field in line.split("^")]
        code, common, maker = fields[1], fields[4], fields[5]
        if code not in GROUPS or maker or code in ("1000", "1300", "1700"):
            # The common names of cuts are numbers of the trade.
            continue
        for part in common.split(","):
            name = tidy(part)
            if name and not any(letter.isdigit() for letter in name):
                yield row(name, code)
