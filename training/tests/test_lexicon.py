"""The rules of the hand-labelled data: a build stops and lists all that is wrong."""

import pytest

from ingredients.lexicon import DataError, fold, load_evaluation, load_lexicon


def write(folder, name, *lines):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_reads_both_sides(tmp_path):
    write(tmp_path, "ingredients/a.tsv", "name\tsource\tcategories", "Almond  Milk\tplant\tbeverage,nut,substitute")
    write(tmp_path, "not_ingredients/b.tsv", "name\tkind", "bread bin\tnear_food")

    milk, bin_ = load_lexicon(tmp_path)

    assert (milk.name, milk.source, milk.categories) == ("almond milk", "plant", ("beverage", "nut", "substitute"))
    assert (bin_.ingredient, bin_.source, bin_.categories, bin_.group) == ("not_ingredient", None, None, "near_food")


def test_lists_every_problem_at_once(tmp_path):
    write(
        tmp_path, "ingredients/a.tsv", "name\tsource\tcategories", "salt\tmineral\tspice", "rice\tplant\tcereal", "\tplant\tfruit", "egg\tanimal_product\tegg"
    )
    write(tmp_path, "ingredients/b.tsv", "name\tsource\tcategories", "egg\tdead_animal\tegg", "fig\tplant")
    write(tmp_path, "not_ingredients/c.tsv", "name\tkind", "mug\tthing")

    with pytest.raises(DataError) as error:
        load_lexicon(tmp_path)

    assert [problem.split(":")[0] + ":" + problem.split(":")[1] for problem in error.value.problems] == [
        "ingredients/a.tsv:2",
        "ingredients/a.tsv:3",
        "ingredients/a.tsv:4",
        "ingredients/b.tsv:2",
        "ingredients/b.tsv:3",
        "not_ingredients/c.tsv:2",
    ]


def test_equal_labels_of_one_name_count_once(tmp_path):
    write(tmp_path, "ingredients/a.tsv", "name\tsource\tcategories", "tofu\tplant\tlegume,substitute", "Tofu\tplant\tsubstitute,legume")

    assert len(load_lexicon(tmp_path)) == 1


@pytest.mark.parametrize(("one", "other"), [("tomatoes", "tomatoe"), ("sun-dried tomato", "sun dried tomato"), ("crème", "creme"), ("rice bran", "bran rice")])
def test_near_duplicates_fold_to_one(one, other):
    assert fold(one) == fold(other)


def test_the_lexicon_is_sound_and_large():
    lexicon = load_lexicon()

    foods = {fold(e.name) for e in lexicon if e.ingredient == "ingredient"}
    others = {fold(e.name) for e in lexicon if e.ingredient == "not_ingredient"}
    assert len(foods) >= 12_000
    assert len(others) >= 6_000


@pytest.mark.parametrize("name", ["test", "dev"])
def test_the_evaluation_sets_have_their_proportions(name):
    examples = load_evaluation(name)

    sizes = [sum(e.group == group for e in examples) for group in ("common", "medium", "world", "noisy")]
    assert sizes == [160, 160, 140, 100]
    assert sum(e.ingredient == "not_ingredient" for e in examples) == 340
