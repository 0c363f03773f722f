"""The checks of the data: each kind of problem is found, and one run lists them all."""

import hashlib

import pytest

from ingredients.checks import check_data
from ingredients.labels import DATA, read_tsv
from ingredients.lexicon import DataError, Example, fold, load_calibration, load_evaluation
from ingredients.open_data import notfood
from ingredients.respelt import contradictions, load_true_pairs, one_edit, pair_problems
from scripts.make_fixtures import naughty_rows

EVALUATION = "name\tgroup\tingredient\tsource\tcategories"


def write(folder, name, *lines):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def food(name, source="plant"):
    return Example(name, "ingredient", source, ("fruit",), "a")


def test_one_run_lists_a_problem_of_each_kind(tmp_path):
    write(tmp_path, "ingredients/a.tsv", "name\tsource\tcategories", "fig\tmineral\tfruit")
    write(tmp_path, "evaluation/test.tsv", EVALUATION, "eel\tcommon\tingredient\tdead_animal\tfish", "Eel\tcommon\tingredient\tplant\tfish")
    write(tmp_path, "evaluation/dev.tsv", EVALUATION, "jam\tcommon\tingredient\tplant\tspread")
    write(tmp_path, "agreement/second.tsv", "name\tingredient\tsource\tcategories", "rice\tperhaps\t\t")
    sources = tmp_path / "sources.tsv"
    sources.write_text("file\taddress\tlicence\tsha256\n", encoding="utf-8")

    with pytest.raises(DataError) as error:
        check_data(tmp_path, open_data=tmp_path, sources=sources)

    places = [problem.split(":")[0] + ":" + problem.split(":")[1] for problem in error.value.problems]
    assert places[:4] == ["evaluation/test.tsv:3", "evaluation/dev.tsv:2", "agreement/second.tsv:2", "ingredients/a.tsv:2"]
    assert "labelled otherwise in evaluation/test.tsv:2" in error.value.problems[0]
    assert all("sources.tsv does not name it" in problem for problem in error.value.problems[4:])
    assert len(error.value.problems) > 100


def test_a_changed_file_of_the_open_data_is_among_the_problems(tmp_path):
    write(tmp_path, "ciqual/alim_2025_11_03.xml", "changed")

    with pytest.raises(DataError) as error:
        check_data(tmp_path, open_data=tmp_path)

    changed = hashlib.sha256(b"changed\n").hexdigest()
    assert any(changed in problem for problem in error.value.problems)


def test_fixtures_are_not_written_from_a_changed_file(tmp_path):
    write(tmp_path, notfood.NAUGHTY, '["changed"]')

    with pytest.raises(DataError, match=notfood.NAUGHTY):
        naughty_rows(tmp_path, encoder=None)


def test_contradicting_labels_of_one_name_in_two_spellings_stop_the_check(tmp_path):
    write(tmp_path, "ingredients/a.tsv", "name\tsource\tcategories", "refried beans\tdead_animal\tlegume", "refryed beans\tplant\tlegume")

    with pytest.raises(DataError, match="'refried beans' is dead_animal and 'refryed beans' plant"):
        check_data(tmp_path)

    write(tmp_path, "true_pairs.tsv", "name\tother\twhy", "refried beans\trefryed beans\trecipe")
    check_data(tmp_path)


@pytest.mark.parametrize(
    ("one", "other", "close"),
    [("penuts", "peanuts", True), ("refried", "refryed", True), ("fig", "fig", True), ("sauce", "suace", False), ("fig", "figgy", False), ("cod", "cobs", False)],
)
def test_one_edit_is_a_letter_more_less_or_another(one, other, close):
    assert one_edit(one, other) == one_edit(other, one) == close


def test_short_names_contradict_only_as_plurals():
    names = [food("cod", "dead_animal"), food("cob"), food("crumpet"), food("crumpets", "animal_product"), food("tortellini"), food("tortelini", "dead_animal")]

    assert [(one.name, other.name) for one, other in contradictions(names)] == [("crumpet", "crumpets"), ("tortellini", "tortelini")]


def test_a_pair_that_agrees_again_leaves_the_list():
    assert pair_problems([food("fig"), food("figs")], [frozenset(("fig", "figs"))]) == ["true_pairs.tsv: fig and figs contradict each other no longer"]


def test_a_true_pair_needs_a_reason(tmp_path):
    write(tmp_path, "true_pairs.tsv", "name\tother\twhy", "ice water\trice water\t")

    with pytest.raises(DataError, match=r"true_pairs\.tsv:2"):
        load_true_pairs(tmp_path)


def test_nothing_is_fitted_to_a_name_of_the_test_set():
    measured = {fold(example.name) for example in load_evaluation("test")}
    names = [fold(example.name) for example in load_calibration()]

    assert len(names) > 600
    assert measured.isdisjoint(names)


def test_the_evaluation_sets_are_those_that_were_fixed_before_training():
    folder = DATA / "evaluation"
    sums = dict(reversed(line.split("  ")) for line in (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines())

    assert sums == {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ("test.tsv", "dev.tsv")}


def test_the_committed_data_is_sound():
    check_data()
    assert {row["why"] for row in read_tsv(DATA / "true_pairs.tsv")} <= {"thing", "order", "language", "recipe", "brand", "word"}
