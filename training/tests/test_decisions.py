"""Calibration, decoding, metrics and noise; expected values by hand."""

import random

import numpy as np
import pytest

from ingredients import augment
from ingredients.calibrate import bound, fit_temperature, task_settings
from ingredients.lexicon import Example
from ingredients.metrics import expected_calibration_error, score
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


def test_score_counts_a_denied_ingredient_as_wrong_in_all_tasks():
    yes = {
        "ingredient": {"label": "ingredient", "confidence": 0.9},
        "source": {"label": "plant", "confidence": 0.9},
        "categories": [{"label": "fruit", "confidence": 0.9}],
        "needsReview": [],
    }
    no = {"ingredient": {"label": "not_ingredient", "confidence": 0.9}, "source": None, "categories": [], "needsReview": []}
    examples = [Example("fig", "ingredient", "plant", ("fruit",), "a"), Example("date", "ingredient", "plant", ("fruit",), "a")]

    result = score([yes, no], examples)

    assert result["ingredient"]["accuracy"] == 0.5
    assert result["source"]["accuracy"] == 0.5
    assert result["categories"] == {"microF1": 0.6667, "exact": 0.5}


def test_noise_keeps_names_within_their_limit_and_changes_some():
    rng = random.Random(1)
    noisy = [augment.perturb("smoked paprika " * 7, rng) for _ in range(200)]

    assert max(map(len, noisy)) <= 120
    assert len(set(noisy)) > 20


@pytest.mark.parametrize(("one", "many"), [("tomatoes", "tomato"), ("berries", "berry"), ("radish", "radishes"), ("carrot", "carrots")])
def test_plural_goes_both_ways(one, many):
    assert augment.plural(one) == many
