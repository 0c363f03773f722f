"""Agreement of two annotators, by hand."""

import pytest

from ingredients.lexicon import Example
from scripts.agreement import kappa, left_out, report


def food(source, *categories):
    return Example("x", "ingredient", source, categories, "a")


def test_kappa_is_what_is_left_of_agreement_beyond_chance():
    pairs = [("a", "a"), ("a", "a"), ("b", "b"), ("a", "b")]

    # observed 3/4; by chance 3/4 * 1/2 + 1/4 * 1/2 = 1/2
    assert kappa(pairs) == pytest.approx(0.5)


def test_report_leaves_categories_to_what_both_call_an_ingredient():
    thing = Example("x", "not_ingredient", None, None, "object")
    pairs = [(food("plant", "fruit"), food("plant", "fruit", "nut")), (food("other", "spice"), food("plant", "spice")), (thing, thing)]

    ingredient, source, categories = report(pairs)

    assert ingredient == "ingredient: 3 of 3 alike, kappa 1.000"
    assert source == "source: 1 of 2 alike, kappa 0.000"
    assert categories == "categories: 1 of 2 sets alike, micro-F1 0.800"


def test_names_that_left_the_lexicon_are_counted():
    second = [Example(name, "ingredient", "plant", ("fruit",), "a") for name in ("fig", "ramen bowl", "date")]

    assert left_out({"fig", "date"}, second) == "2 of 3 names compared, 1 have left the lexicon since: ramen bowl"
    assert left_out({"fig", "date", "ramen bowl"}, second) == "3 of 3 names compared, 0 have left the lexicon since"
