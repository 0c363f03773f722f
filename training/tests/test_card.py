"""What the card says: parts of the evaluation names, cells, errors, what quantising costs."""

import csv

import numpy as np
import pytest

from ingredients.card import FEWEST, cell, composition, error_list, goal_table, precision_table, unseen_foods, write_card
from ingredients.lexicon import Example, by_hash, fold, load_evaluation, load_lexicon
from ingredients.metrics import Scored
from ingredients.release import TAUGHT_FILE, training_data
from ingredients.seen import held, parts, read_seen, write_seen
from scripts import compare_precision
from scripts.compare_precision import lexicon_sample, precision_rows

FIG = Example("fig", "ingredient", "plant", ("fruit",), "common")
YES = {
    "ingredient": {"label": "ingredient", "confidence": 0.9},
    "source": {"label": "plant", "confidence": 0.8},
    "categories": [{"label": "fruit", "confidence": 0.9}],
    "needsReview": [],
}
WRONG = {**YES, "categories": [{"label": "nut", "confidence": 0.6}]}


def named(name, group="common"):
    return Example(name, "ingredient", "plant", ("fruit",), group)


def test_seen_names_noise_around_them_and_new_ones_are_told_apart():
    examples = [named("peanuts"), named("penut"), named("2 tbsp chopped penuts", "noisy"), named("chopped peanuts"), named("quince"), named("2 tbsp zzz", "noisy")]

    # "chopped peanuts" is new: only names of the noisy group are looked at word by word
    assert held(examples, ["peanut", "salt"]) == {"seen": [0], "noise": [1, 2]}


def test_parts_cover_a_set_and_what_the_sets_share_is_apart(tmp_path):
    tests = load_evaluation("test")
    write_seen("1.0", [e.name for e in tests[:400]], tmp_path / "seen.json")

    split = parts("test", read_seen("1.0", tmp_path / "seen.json")["test"])

    assert sorted([*split["seen"], *split["noise"], *split["new"]]) == list(range(900))
    assert set(range(400)) <= set(split["seen"])
    dev = {fold(e.name) for e in load_evaluation("dev")}
    assert len(split["not in dev"]) == 687
    assert not any(fold(tests[row].name) in dev for row in split["not in dev"])


def test_a_cell_has_its_interval_and_its_names_and_too_few_names_have_no_figure():
    assert cell("source accuracy", 0.98, (0.96, 0.991), 560) == "98.0 % (96.0 % to 99.1 %; of 560)"
    assert cell("source accuracy", 0.98, (0.96, 0.991), FEWEST - 1) == f"– (of {FEWEST - 1})"


def test_every_part_has_a_column_with_the_names_behind_each_score():
    scored = Scored([YES] * 40, [FIG] * 40)
    split = {"all": np.arange(40), "new": np.arange(35, 40)}

    rows = goal_table(scored, split).splitlines()

    assert rows[0] == "| | goal | all (40) | new (5) | |"
    assert rows[2] == "| `ingredient` accuracy | ≥ 98.5 % | 100.0 % (100.0 % to 100.0 %; of 40) | – (of 5) | met |"
    assert composition(scored, split).splitlines()[-1] == "| new | 5 | 0 | common 5 |"


def test_the_errors_are_counted_and_only_those_of_the_given_rows_are_listed():
    examples = [named("fig"), named("date"), named("lime")]

    count, table = error_list(Scored([WRONG, WRONG, YES], examples), np.array([1, 2]))

    assert count == 1
    assert "| date |" in table
    assert "| fig |" not in table


EXACT = {"ingredient": 0.99, "source": 0.98, "microF1": 0.93, "exact": 0.86}


@pytest.mark.parametrize(("new", "said"), [(FEWEST - 1, "Of the 40 foods 29 are new, too few for a figure"), (FEWEST, "Of the 40 foods 30 are new: their column")])
def test_foods_that_the_model_never_met_are_spoken_of_by_their_number(new, said):
    assert unseen_foods(Scored([YES] * 40, [FIG] * 40), {"all": np.arange(40), "new": np.arange(new)}).startswith(said)


def test_the_card_of_another_version_holds_nothing_that_was_said_of_one(tmp_path):
    scored = Scored([YES] * 40, [FIG] * 40)
    split = {"all": np.arange(40), "not in test": np.arange(40), "new": np.arange(35, 40)}
    (tmp_path / TAUGHT_FILE).write_text("fig\n", encoding="utf-8")
    manifest = {
        "version": "1.0", "architecture": {"layers": 1, "hidden": 8, "vocabulary": 9}, "files": {"model.onnx": {"bytes": 1}}, "trainingData": [],
        "scores": {"test": {"expectedCalibrationError": {"ingredient": 0.1}}},
    }  # fmt: skip

    write_card(tmp_path, manifest, {"test": scored, "dev": scored}, {"test": split, "dev": split}, tmp_path)

    card = (tmp_path / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "\n## How the model came to be\nNo notes were written for this version (`docs/model/notes/release-1.0.md`).\n" in card
    assert "- English first." in card
    assert "2026." not in card
    assert "560" not in card


def test_precision_shows_both_rows_and_the_points_lost(tmp_path):
    rows = precision_rows("1.0", "test", EXACT, {**EXACT, "source": 0.976, "exact": 0.861})
    path = tmp_path / "precision.tsv"
    path.write_text("\n".join("\t".join(map(str, line)) for line in [rows[0].keys(), *(row.values() for row in rows)]) + "\n", encoding="utf-8")

    assert [rows[2][score] for score in EXACT] == [0.0, 0.4, 0.0, -0.1]
    assert precision_table("1.0", path).splitlines()[-3] == "| test | points lost | 0.0 | 0.4 | 0.0 | -0.1 |"
    assert precision_table("2.0", path) == precision_table("1.0", tmp_path / "none.tsv") == ""


def test_names_that_hold_int8_to_its_bound_are_not_those_that_its_ranges_were_observed_on():
    sample = lexicon_sample(10_000)

    assert len({example.name for example in sample}) == 10_000
    assert not {example.name for example in sample} & set(by_hash({example.name for example in load_lexicon()})[:4000])


@pytest.mark.parametrize(("lost_of_lexicon", "status"), [(0.0025, 0), (0.0035, 1)])
def test_the_lexicon_decides_whether_int8_has_lost_too_much_and_the_test_set_only_informs(tmp_path, monkeypatch, capsys, lost_of_lexicon, status):
    class Answers:
        """A classifier whose answers are the scores themselves, by how many names are asked."""

        def __init__(self, artifacts, lost=(lost_of_lexicon, 0.005)):
            self.manifest, self.lost = {"version": "1.0"}, lost

        def classify(self, names):
            return {**EXACT, "exact": EXACT["exact"] - self.lost[len(names) == 900]}

    monkeypatch.setattr(compare_precision, "Classifier", Answers)
    monkeypatch.setattr(compare_precision, "replace_session", lambda classifier, model: Answers(None, (0, 0)))
    monkeypatch.setattr(compare_precision, "Scored", lambda answers, examples: answers)
    monkeypatch.setattr(compare_precision, "short_scores", lambda scored: scored)
    monkeypatch.setattr("sys.argv", ["compare_precision", "--float-model", "float32.onnx", "--output", str(tmp_path), "--names", "100"])

    assert compare_precision.main() == status
    printed = capsys.readouterr()
    assert f"| lexicon | points lost | 0.0 | 0.0 | 0.0 | {100 * lost_of_lexicon:.2f} |" in printed.out
    assert "| test | points lost | 0.0 | 0.0 | 0.0 | 0.5 |" in printed.out
    assert printed.err == ("" if status == 0 else "int8 loses 0.35 points over 100 names of the lexicon, and at most 0.3 may be lost\n")
    with (tmp_path / "precision.tsv").open(encoding="utf-8", newline="") as file:
        assert [(row["names"], row["model"]) for row in csv.DictReader(file, delimiter="\t")][2:4] == [("lexicon", "points lost"), ("test", "float32")]


def test_each_address_of_the_training_data_stands_once_with_its_commit():
    rows = [row for row in training_data() if "/" in row["name"] or "@" in row["address"]]

    assert len({(row["name"], row["address"]) for row in rows}) == len(rows) > 10
    assert all(len(row["address"].split("@")[1]) == 40 for row in rows)
    assert [row["name"] for row in rows].count("openfoodfacts") == 3
