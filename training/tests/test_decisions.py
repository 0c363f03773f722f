"""Calibration, decoding, metrics and noise; expected values by hand."""

import random

import numpy as np
import pytest

from ingredients import augment
from ingredients.calibrate import bound, fit_temperature, task_settings
from ingredients.lexicon import Example
from ingredients.metrics import Scored, confusion, expected_calibration_error, precision_recall, reliability, risk_coverage, worst
from ingredients.runtime import Decoder, rounded


@pytest.fixture
def decoder():
    tasks = task_settings()
    tasks["ingredient"]["reviewBelow"] = 0.9
    tasks["source"] |= {"reviewBelow": 0.5, "riskLabels": ["dead_animal", "animal_product"], "reviewRiskFrom": 0.1}
    tasks["categories"] |= {"reviewBelow": 0.1, "thresholds": dict.fromkeys(tasks["categories"]["labels"], 0.5)}
    return Decoder(tasks)


def answer(decoder, ingredient, source, categories):
    p = np.full(27, 0.01)
    for index, value in categories.items():
        p[index] = value
    return decoder.decode({"ingredient": np.array([ingredient]), "source": np.array([source]), "categories": np.array([p])})[0]


def test_an_ingredient_has_its_labels_sorted_by_confidence(decoder):
    result = answer(decoder, [0.02, 0.98], [0.01, 0.01, 0.97, 0.01], {0: 0.7, 1: 0.9})

    assert result["source"] == {"label": "plant", "confidence": 0.97}
    assert result["categories"] == [{"label": "fruit", "confidence": 0.9}, {"label": "vegetable", "confidence": 0.7}]
    assert result["needsReview"] == []


def test_the_best_category_stands_where_none_passes(decoder):
    assert answer(decoder, [0.0, 1.0], [0, 0, 1, 0], {4: 0.3})["categories"] == [{"label": "nut", "confidence": 0.3}]


def test_a_likely_animal_asks_for_review_though_plant_won(decoder):
    assert answer(decoder, [0.0, 1.0], [0.06, 0.05, 0.85, 0.04], {0: 0.9})["needsReview"] == ["source"]


def test_no_ingredient_has_no_source_and_no_categories(decoder):
    result = answer(decoder, [0.8, 0.2], [0, 0, 1, 0], {0: 0.9})

    assert (result["source"], result["categories"], result["needsReview"]) == (None, [], ["ingredient"])


def test_a_model_is_never_certain():
    assert rounded(1.0) == 0.9999


def test_temperature_grows_where_the_model_is_too_sure():
    logits = np.array([[4.0, 0.0]] * 10)
    targets = np.array([0] * 7 + [1] * 3)

    # softmax(4 / T) = 0.7 where 4 / T = ln(7 / 3), so T = 4.72; the grid ends at 4
    assert fit_temperature(logits, targets) == pytest.approx(4.0)


def test_bound_leaves_the_share_below():
    assert bound(np.array([0.1, 0.9, 0.2, 0.8]), 0.5, 4) == 0.8
    assert bound(np.array([]), 0.5, 4) == 0.0


def test_ece_by_hand():
    # bins of 1/15: 0.95 and 0.98 share the last one (right: 1 of 2), 0.55 is alone
    assert expected_calibration_error(np.array([0.95, 0.98, 0.55]), np.array([1, 0, 1])) == pytest.approx((2 * 0.465 + 0.45) / 3)


YES = {
    "ingredient": {"label": "ingredient", "confidence": 0.9},
    "source": {"label": "plant", "confidence": 0.8},
    "categories": [{"label": "fruit", "confidence": 0.9}],
    "needsReview": [],
}
NO = {"ingredient": {"label": "not_ingredient", "confidence": 0.7}, "source": None, "categories": [], "needsReview": ["ingredient"]}
FIG = Example("fig", "ingredient", "plant", ("fruit",), "a")
EEL = Example("eel", "ingredient", "dead_animal", ("fish",), "a")
NAIL = Example("nail", "not_ingredient", None, None, "b")


def test_a_denied_ingredient_is_wrong_in_all_tasks():
    result = Scored([YES, NO], [FIG, FIG]).values(np.arange(2))

    assert result["ingredient accuracy"] == 0.5
    assert result["source accuracy"] == 0.5
    assert result["categories micro-F1"] == 0.6667
    assert result["categories exact set"] == 0.5
    assert result["ingredient in review"] == 0.5
    assert result["ingredient accuracy, others"] == 1.0


def test_an_animal_called_plant_without_review_is_counted_over_all_names():
    flagged = {**YES, "needsReview": ["source"]}

    result = Scored([YES, flagged, NO, NO], [EEL, EEL, EEL, NAIL]).values(np.arange(4))

    assert result["animal food called plant, unflagged"] == 0.25


def test_a_score_over_no_names_is_none():
    result = Scored([NO], [NAIL]).values(np.arange(1))

    assert (result["source accuracy"], result["categories exact set"]) == (None, None)


def test_intervals_hold_the_score_and_stay_within_its_range():
    scored = Scored([YES] * 15 + [NO] * 5, [FIG] * 20)

    low, high = scored.intervals(np.arange(20))["ingredient accuracy"]

    # 15 of 20: the binomial's central 95 % is 11 to 19 of 20, give or take one
    assert 0.5 <= low <= 0.6
    assert 0.9 <= high <= 0.95


def test_precision_and_recall_by_hand():
    rows = precision_recall([{"a"}, {"a", "b"}, set()], [{"a"}, {"b"}, {"a"}], ("a", "b", "c"))

    assert rows["a"] == {"precision": 0.5, "recall": 0.5, "f1": 0.5, "names": 2}
    assert rows["b"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "names": 1}
    assert rows["c"]["f1"] == 0.0


def test_confusion_has_a_row_for_what_is_right_and_a_last_column_for_no_answer():
    assert confusion(["a", "b", None, "a"], ["a", "a", "b", None], ("a", "b")).tolist() == [[1, 1, 0], [0, 0, 1]]


def test_risk_grows_with_coverage():
    coverage, risk = risk_coverage(np.array([0.6, 0.9, 0.8, 0.7]), np.array([False, True, True, False]))

    assert coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert risk.tolist() == pytest.approx([0, 0, 1 / 3, 0.5])


def test_reliability_has_a_point_for_each_bin_that_holds_names():
    points = reliability(np.array([0.95, 0.97, 0.55]), np.array([True, False, True]))

    assert [(round(c, 2), a, n) for c, a, n in points] == [(0.55, 1.0, 1), (0.96, 0.5, 2)]


def test_the_worst_errors_come_surest_first_and_an_error_hides_later_ones_of_its_name():
    wrong_set = {**YES, "categories": [{"label": "nut", "confidence": 0.6}]}

    found = worst([YES, NO, wrong_set, YES], [FIG, FIG, FIG, EEL], 10)

    assert [(sure, task) for sure, task, _, _ in found] == [(0.8, "source"), (0.7, "ingredient"), (0.6, "categories")]


def test_noise_keeps_names_within_their_limit_and_changes_some():
    rng = random.Random(1)
    noisy = [augment.perturb("smoked paprika " * 7, rng) for _ in range(200)]

    assert max(map(len, noisy)) <= 120
    assert len(set(noisy)) > 20


@pytest.mark.parametrize(("one", "many"), [("tomatoes", "tomato"), ("berries", "berry"), ("radish", "radishes"), ("carrot", "carrots")])
def test_plural_goes_both_ways(one, many):
    assert augment.plural(one) == many


def test_counts_say_of_how_many_names_a_score_is_a_share():
    counts = Scored([YES, NO, NO], [FIG, FIG, NAIL]).counts(np.arange(3))

    assert (counts["ingredient accuracy"], counts["source accuracy"], counts["categories exact set"]) == (3, 2, 2)
    assert (counts["ingredient accuracy, others"], counts["source accuracy, others"]) == (1, 2)


def test_each_task_has_its_calibration_error_and_each_category_counts():
    both = {**YES, "categories": [{"label": "fruit", "confidence": 0.9}, {"label": "nut", "confidence": 0.6}]}

    errors = Scored([both, NO], [FIG, NAIL]).calibration_errors()

    # ingredient: 0.9 right, 0.7 right, bins apart; source: 0.8 right; categories: 0.9 right, 0.6 wrong
    assert errors == {"ingredient": pytest.approx(0.2), "source": pytest.approx(0.2), "categories": pytest.approx(0.35)}


def test_a_set_of_categories_is_as_sure_as_the_least_sure_of_them():
    both = {**YES, "categories": [{"label": "fruit", "confidence": 0.9}, {"label": "nut", "confidence": 0.6}], "needsReview": ["categories"]}

    answered = Scored([both, YES, NO], [FIG, FIG, FIG]).answered()

    assert [part.tolist() for part in answered["categories"]] == [[0.6, 0.9], [False, True], [True, False]]
    assert len(answered["ingredient"][0]) == 3


def test_a_groups_interval_holds_its_accuracy():
    scored = Scored([YES] * 15 + [NO] * 5 + [NO], [FIG] * 20 + [NAIL])

    low, high = scored.accuracy_interval(scored.rows_of("a"))

    assert scored.rows_of("b").tolist() == [20]
    assert 0.5 <= low <= 0.6
    assert 0.9 <= high <= 0.95
