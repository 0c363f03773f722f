"""Students and teachers: soft targets, shared labels, doubts, cut vocabularies. Expected values by hand."""

import csv
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel, MPNetConfig, MPNetModel

from ingredients import pool
from ingredients.calibrate import task_settings
from ingredients.confident import Doubts, doubted, doubted_sets, find_doubts, without_doubts
from ingredients.corpus import _ciqual, _items
from ingredients.dataset import Batch, TrainingData
from ingredients.doubts_file import read_doubts, write_doubts
from ingredients.labels import SIZES, TASKS
from ingredients.lexicon import Example
from ingredients.mlm import IGNORE, PretrainingSettings, mask
from ingredients.model import MPNetEncoder, MultiTaskTokenClassifier, keep_layers, keep_words
from ingredients.pool import joined_names, load_labels, read_joined, save_labels, write_joined
from ingredients.prepared import read_examples, read_texts, write_examples, write_texts
from ingredients.text import CONTROL_TOKENS, Encoder
from ingredients.train import TrainingSettings, fill_up, losses, predict, soft_losses
from ingredients.vocabulary import count_pieces, cut_vocabulary
from scripts import compare, distil, measure_shapes, prepare, teach

ARTIFACTS = Path(__file__).resolve().parents[2] / "model-artifacts"
FIG = Example("fig", "ingredient", "plant", ("fruit",), "a")
EEL = Example("eel", "ingredient", "dead_animal", ("fish",), "a")
NAIL = Example("nail", "not_ingredient", None, None, "object")


def small_bert(layers=3, words=20):
    config = BertConfig(vocab_size=words, num_hidden_layers=layers, hidden_size=16, num_attention_heads=2, intermediate_size=32)
    return BertModel(config, add_pooling_layer=False)


@pytest.fixture
def encoder(tmp_path):
    vocab = tmp_path / "vocab.txt"
    words = ["[PAD]", *CONTROL_TOKENS.values(), "[UNK]", "[CLS]", "[SEP]", "[MASK]", "fig", "eel", "nail", "e", "##e", "##l", "##s", "fi", "##g"]
    vocab.write_text("\n".join(words) + "\n", encoding="utf-8")
    return Encoder(vocab, 16)


def test_soft_losses_are_the_entropies_of_a_student_that_agrees_and_leave_out_names_without_a_teacher():
    logits = {"ingredient": torch.tensor([[0.0, 0.0], [5.0, -5.0]]), "source": torch.zeros(2, 4), "categories": torch.zeros(2, 27)}
    soft = {
        "ingredient": torch.tensor([[0.0, 0.0], [float("nan")] * 2]),
        "source": torch.tensor([[0.0] * 4, [float("nan")] * 4]),
        "categories": torch.tensor([[0.0] * 27, [float("nan")] * 27]),
    }
    none = torch.zeros(2)
    batch = Batch(none, none, none, none, none, none, soft)

    found = soft_losses(logits, batch, TrainingSettings(categories_weight=1.0))

    # one name: ln 2; half of it an ingredient, so half of ln 4, and half of 27 ln 2
    assert found["ingredient"].item() == pytest.approx(np.log(2))
    assert found["source"].item() == pytest.approx(0.5 * np.log(4))
    assert found["categories"].item() == pytest.approx(0.5 * 27 * np.log(2), rel=1e-5)


def test_a_teachers_labels_come_back_by_name_in_steps_of_an_eighth(tmp_path):
    rng = np.random.default_rng(1)
    logits = {task: rng.normal(scale=4, size=(3, size)).astype(np.float32) for task, size in SIZES.items()}

    save_labels(tmp_path / "labels.npz", ["fig", "eel", "nail"], logits)
    back = load_labels(tmp_path / "labels.npz", ["nail", "stranger", "fig"])

    assert np.abs(back["source"][0] - logits["source"][2]).max() <= 0.0625
    assert np.abs(back["categories"][2] - logits["categories"][0]).max() <= 0.0625
    assert np.isnan(back["ingredient"][1]).all()


def test_a_label_is_doubted_where_another_is_confident_and_it_is_not():
    # label 0 is trusted from 0.8 up on average, label 1 from 0.6
    p = np.array([[0.9, 0.1], [0.7, 0.3], [0.1, 0.9], [0.7, 0.3], [0.35, 0.65]])
    labels = np.array([0, 0, 1, 1, -1])

    # mean of label 0: 0.8; of label 1: (0.9 + 0.3) / 2 = 0.6. The fourth says 1, but neither 0.7 nor 0.3 passes
    assert doubted(p, labels).tolist() == [False, False, False, False, False]
    p[3] = [0.85, 0.15]
    # now label 1's mean is 0.525, and 0.85 passes label 0's 0.8
    assert doubted(p, labels).tolist() == [False, False, False, True, False]


def test_a_set_is_doubted_where_a_category_is_there_or_missing_against_the_models():
    sets = np.array([[1, 0], [1, 0], [1, 0], [np.nan, np.nan]])
    p = np.array([[0.5, 0.5], [0.01, 0.5], [0.5, 0.95], [0.01, 0.95]])

    assert doubted_sets(p, sets).tolist() == [False, True, True, False]


def test_doubtful_weak_labels_are_left_out_and_their_names_weigh_less():
    doubts = Doubts(*(np.array(row, dtype=bool) for row in ([1, 0, 0], [0, 1, 0], [0, 0, 0])))

    kept = without_doubts([NAIL, EEL, FIG], doubts)

    assert kept == [Example("eel", "ingredient", None, None, "a", 0.5), FIG]


def test_doubts_are_found_and_kept_by_name(tmp_path):
    examples = [FIG, EEL, FIG, EEL]
    logits = {"ingredient": np.array([[-4.0, 4.0]] * 4), "categories": np.zeros((4, 27))}
    plant, fish = [TASKS["source"].index(label) for label in ("plant", "dead_animal")]
    logits["source"] = np.full((4, 4), -4.0)
    for row, label in enumerate((plant, fish, fish, fish)):
        logits["source"][row, label] = 4.0

    doubts = find_doubts(examples, logits)
    write_doubts(tmp_path / "doubts.tsv", [EEL, NAIL], Doubts(*(np.array([task == "source", False]) for task in ("ingredient", "source", "categories"))))
    back = read_doubts(tmp_path / "doubts.tsv", [NAIL, EEL])

    assert doubts.source.tolist() == [False, False, True, False]
    assert not doubts.ingredient.any()
    assert (back.source.tolist(), back.ingredient.tolist()) == ([False, True], [False, False])


def test_a_cut_vocabulary_keeps_special_tokens_letters_and_what_is_used_most(encoder):
    words = ["[PAD]", "[>]", "[UNK]", "fig", "eel", "nail", "e", "##s", "##ing"]

    kept = cut_vocabulary(words, {3: 1.0, 4: 5.0, 5: 0.5, 8: 2.0} | {i: 0.0 for i in (0, 1, 2, 6, 7)}, 7)

    assert kept == ["[PAD]", "[>]", "[UNK]", "eel", "e", "##s", "##ing"]
    assert count_pieces(encoder, [(["fig eel"], 2.0), (["eel"], 1.0)]) == {8: 2.0, 9: 3.0}


def test_a_student_starts_from_layers_and_rows_of_its_teacher():
    bert = small_bert()
    third, row = bert.encoder.layer[2], bert.embeddings.word_embeddings.weight[7].detach().clone()

    keep_words(keep_layers(bert, (0, 2)), [0, 7, 3])

    assert bert.encoder.layer[1] is third
    assert torch.equal(bert.embeddings.word_embeddings.weight[1], row)
    assert (bert.config.num_hidden_layers, bert.config.vocab_size) == (2, 3)


def test_an_mpnet_reads_berts_ids_with_its_own_special_tokens_in_their_place():
    config = MPNetConfig(vocab_size=30, num_hidden_layers=1, hidden_size=16, num_attention_heads=2, intermediate_size=32)
    mpnet = MPNetModel(config, add_pooling_layer=False).eval()
    wrapped = MPNetEncoder(mpnet, cls=5, sep=6, pad=0)
    mask_row = torch.tensor([[1, 1, 1, 1, 0]])

    with torch.no_grad():
        mine = wrapped(torch.tensor([[5, 10, 11, 6, 0]]), mask_row).last_hidden_state
        own = mpnet(input_ids=torch.tensor([[0, 14, 15, 2, 1]]), attention_mask=mask_row).last_hidden_state

    assert torch.equal(mine, own)


def test_noise_depends_on_the_epoch_and_the_seed_alone(encoder):
    examples = [FIG, EEL, NAIL] * 40

    first, again = ([b.input_ids.tolist() for e in TrainingData(examples, encoder, 16, seed=3).epochs(2) for b in e] for _ in range(2))
    other = [b.input_ids.tolist() for e in TrainingData(examples, encoder, 16, seed=4).epochs(2) for b in e]

    assert first == again
    assert first != other


def test_workers_draw_the_same_epochs(encoder):
    examples = [FIG, EEL, NAIL] * 20

    alone, helped = (
        [b.input_ids.tolist() for e in TrainingData(examples, encoder, 16, seed=3, workers=w).epochs(3) for b in e] for w in (0, 1)
    )

    assert alone == helped


def test_targets_stay_with_their_names_through_shuffling(encoder):
    soft = {task: np.arange(2, dtype=np.float32)[:, None].repeat(size, axis=1) for task, size in SIZES.items()}
    data = TrainingData([Example("fig", "ingredient", "plant", ("fruit",), "a"), NAIL], encoder, 2, seed=1, jokes=0.0, soft=soft)

    (batch,) = next(iter(data.epochs(1)))

    for row, label in enumerate(batch.ingredient.tolist()):
        assert batch.soft["source"][row, 0] == (0.0 if label == 1 else 1.0)
        assert batch.source[row] == (TASKS["source"].index("plant") if label == 1 else -100)


def test_predictions_come_back_in_the_order_of_the_rows(encoder):
    torch.manual_seed(1)
    model = MultiTaskTokenClassifier(small_bert(words=len(encoder.tokenizer)), SIZES).eval()
    rows = encoder.ids(["fig eel nail", "eel", "nail fig"])

    together = predict(model, rows, encoder.pad, batch_size=2)

    for index, row in enumerate(rows):
        assert torch.allclose(together["source"][index], predict(model, [row], encoder.pad)["source"][0], atol=1e-5)


def test_masks_hide_only_what_may_be_hidden():
    ids = torch.full((50, 40), 1500)
    maskable = torch.ones_like(ids, dtype=torch.bool)
    maskable[:, 0] = False

    shown, targets = mask(ids, maskable, PretrainingSettings(masked=0.2), 103, torch.Generator().manual_seed(1))

    assert (targets[:, 0] == IGNORE).all()
    share = (targets != IGNORE).float().mean().item()
    assert 0.16 < share < 0.23
    hidden = (shown == 103).float().sum() / (targets != IGNORE).sum()
    assert 0.7 < hidden < 0.9
    assert (shown[targets == IGNORE] == 1500).all()


def test_joined_names_are_put_together_from_the_lexicon_and_always_the_same():
    lexicon = [FIG, EEL, Example("iron nail", "not_ingredient", None, None, "object"), Example("sand", "not_ingredient", None, None, "object")]

    names = joined_names(lexicon, 50)

    assert names == joined_names(lexicon, 50)
    assert len(set(names)) == 50
    assert any("nail" in name for name in names)


def test_the_names_put_together_stay_where_the_lexicon_grows(tmp_path, monkeypatch):
    monkeypatch.setattr(pool, "open_names", lambda folder: ["salt"])
    lexicon = [FIG, EEL, Example("iron nail", "not_ingredient", None, None, "object")]
    write_joined(tmp_path / "joined.txt.gz", joined_names(lexicon, 50))
    first = (tmp_path / "joined.txt.gz").read_bytes()
    write_joined(tmp_path / "joined.txt.gz", joined_names(lexicon, 50))
    grown = [Example("date", "ingredient", "plant", ("fruit",), "a"), *lexicon]

    kept = pool.unlabelled(grown, [], tmp_path, read_joined(tmp_path / "joined.txt.gz"))

    assert (tmp_path / "joined.txt.gz").read_bytes() == first
    assert [e.name for e in kept] == ["salt", *joined_names(lexicon, 50)]
    assert joined_names(grown, 50) != joined_names(lexicon, 50)


def test_preparing_reads_the_names_put_together_where_they_are_kept_and_teaching_keeps_them(tmp_path, monkeypatch, encoder):
    write_joined(tmp_path / "kept.txt.gz", ["eel soup", "fig for nail"])
    for module, names in ((prepare, {"load_lexicon": [FIG], "load_open_data": [EEL], "texts": []}), (pool, {"open_names": []}), (teach, {"load_lexicon": [FIG]})):
        for name, value in names.items():
            monkeypatch.setattr(module, name, lambda *_, value=value: value)
    monkeypatch.setattr(teach, "saved_model", lambda folder: (None, encoder))
    monkeypatch.setattr(teach, "predict", lambda model, rows, *_: {task: torch.ones(len(rows), size) for task, size in SIZES.items()})

    monkeypatch.setattr("sys.argv", f"prepare --open-data . --joined {tmp_path / 'kept.txt.gz'} --output {tmp_path / 'data'}".split())
    prepare.main()
    monkeypatch.setattr("sys.argv", f"teach --data {tmp_path / 'data'} --teacher . --output {tmp_path / 'teacher/labels.npz'}".split())
    teach.main()

    assert read_texts(tmp_path / "data/pool.jsonl") == ["eel soup", "fig for nail"]
    assert read_joined(tmp_path / "teacher" / pool.JOINED_FILE) == ["eel soup", "fig for nail"]
    assert not np.isnan(load_labels(tmp_path / "teacher/labels.npz", ["fig", "eel", "eel soup", "fig for nail"])["source"]).any()


def test_the_teachers_have_labelled_every_name_put_together_that_is_kept_beside_their_labels():
    folder = ARTIFACTS / "teacher"
    names = read_joined(folder / pool.JOINED_FILE)

    soft = load_labels(folder / "labels.npz", names)

    assert len(names) == len(set(names)) == 80_000
    assert not np.isnan(soft["ingredient"]).any()


def test_a_student_is_not_trained_where_the_teachers_have_labelled_too_few_of_its_names(tmp_path, capsys):
    logits = {task: np.ones((9, size), dtype=np.float32) for task, size in SIZES.items()}
    names = [f"name {number}" for number in range(9)]
    save_labels(tmp_path / "labels.npz", names, logits)

    soft = distil.soft_labels(tmp_path / "labels.npz", [*names, "new"])
    printed = capsys.readouterr().out
    with pytest.raises(SystemExit, match=r"labels 9 of 11 names, too few: run scripts\.prepare with --joined"):
        distil.soft_labels(tmp_path / "labels.npz", [*names, "new", "newer"])

    assert printed == "1 of 10 names have no label of the teachers\n"
    assert soft["source"].shape == (10, 4)


def test_a_wordnet_block_gives_its_texts_with_folded_lines_joined():
    block = "  definition:\n  - long bread\n    of wheat\n  members:\n  - baguette\n  - French stick\n  partOfSpeech: n\n"

    assert _items(block, "members") == ["baguette", "French stick"]
    assert _items(block, "definition") == ["long bread of wheat"]
    assert _items(block, "example") == []


def test_the_one_ciqual_table_that_the_sources_name_is_read(tmp_path):
    (tmp_path / "ciqual").mkdir()
    for name, food in (("alim_2025_11_03.xml", "Pastis"), ("alim_2020_07_07.xml", "Absinthe")):
        text = f"<TABLE><ALIM><alim_nom_fr>Rien</alim_nom_fr><alim_nom_eng> {food} </alim_nom_eng></ALIM></TABLE>"
        (tmp_path / "ciqual" / name).write_text(text, encoding="utf-8")

    assert list(_ciqual(tmp_path)) == ["Pastis"]


def test_prepared_data_comes_back(tmp_path):
    examples = [FIG, NAIL, Example("x", None, None, None, "pool", 0.0), Example("y", "ingredient", None, ("nut", "seed"), "usda", 0.3)]

    write_examples(tmp_path / "e.tsv", examples)
    write_texts(tmp_path / "t.jsonl", ["a\u2028b", "c"])

    assert read_examples(tmp_path / "e.tsv") == examples
    assert read_texts(tmp_path / "t.jsonl") == ["a\u2028b", "c"]


def test_an_mpnets_position_bias_is_that_of_its_encoder():
    config = MPNetConfig(vocab_size=30, num_hidden_layers=1, hidden_size=16, num_attention_heads=2, intermediate_size=32)
    mpnet = MPNetModel(config, add_pooling_layer=False).eval()
    hidden = torch.zeros(2, 7, 16)
    expected = mpnet.encoder.compute_position_bias(hidden)

    wrapped = MPNetEncoder(mpnet, cls=5, sep=6, pad=0)

    assert torch.equal(wrapped.mpnet.encoder.compute_position_bias(hidden), expected)


def test_rows_that_fill_a_batch_up_change_no_loss(encoder):
    torch.manual_seed(2)
    model = MultiTaskTokenClassifier(small_bert(words=len(encoder.tokenizer)), SIZES).eval()
    soft = {task: np.ones((3, size), dtype=np.float32) for task, size in SIZES.items()}
    (batch,) = next(iter(TrainingData([FIG, EEL, NAIL], encoder, 3, seed=1, jokes=0.0, soft=soft).epochs(1)))
    filled = fill_up(batch, 8, 4)

    with torch.no_grad():
        short, full = (model(b.input_ids, b.attention_mask) for b in (batch, filled))

    assert filled.input_ids.shape[0] == 8
    assert filled.input_ids.shape[1] % 4 == 0
    for compute in (losses, soft_losses):
        a, b = compute(short, batch, TrainingSettings()), compute(full, filled, TrainingSettings())
        assert {task: round(value.item(), 5) for task, value in a.items()} == {task: round(value.item(), 5) for task, value in b.items()}


def test_a_table_of_students_begins_with_the_teachers_together_and_each_alone(monkeypatch):
    rng = np.random.default_rng(1)
    names = [FIG, EEL, NAIL]
    settings = task_settings()
    settings["source"] |= {"riskLabels": [], "reviewRiskFrom": 1.0}
    settings["categories"]["thresholds"] = dict.fromkeys(TASKS["categories"], 0.5)
    monkeypatch.setattr(compare, "load_calibration", lambda: names)
    monkeypatch.setattr(compare, "calibrate", lambda logits, examples: settings)
    monkeypatch.setattr(compare, "teacher_logits", lambda folder: {task: rng.normal(size=(3, size)) for task, size in SIZES.items()})

    rows = compare.teacher_rows([Path("mpnet"), Path("minilm")])

    assert [row["model"] for row in rows] == ["teachers (mpnet, minilm, mean)", "teacher: mpnet", "teacher: minilm"]
    assert all(set(row) <= set(compare.COLUMNS) and 0 <= row["ingredient"] <= 1 for row in rows)
    assert compare.teacher_rows([]) == []


def test_a_shape_is_measured_anew_and_its_scores_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure_shapes, "FIGURES", tmp_path)
    monkeypatch.setattr(measure_shapes, "HIDDEN", 48)
    monkeypatch.setattr(measure_shapes, "TURNS", 1)
    old = {"megabytes": 99.0, "p50Ms": 99.0, "rssMb": 99.0}
    student = {"model": "s1-300", "layers": 1, "vocabulary": 300, "ingredient": 0.9, "source": 0.8, "microF1": 0.7, "exact": 0.6}
    teacher = {"model": "teacher", "ingredient": 0.95, "source": 0.85, "microF1": 0.75, "exact": 0.65}
    compare.write_students([teacher, {**student, **old}], tmp_path)

    measure_shapes.main()

    with (tmp_path / "students.tsv").open(encoding="utf-8", newline="") as file:
        first, second = csv.DictReader(file, delimiter="\t")
    assert {name: value for name, value in first.items() if value} == {name: str(value) for name, value in teacher.items()}
    assert {name: second[name] for name in student} == {name: str(value) for name, value in student.items()}
    assert all(0 < float(second[name]) < 99 for name in old)
