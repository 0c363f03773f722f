"""The model, its graph and its training, on a tiny encoder."""

import subprocess

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import TensorProto, numpy_helper

from ingredients.activations import observe, range_of
from ingredients.dataset import TrainingData, pad, to_batch
from ingredients.labels import SIZES
from ingredients.lexicon import Example
from ingredients.model import MultiTaskTokenClassifier, load_model, random_encoder
from ingredients.onnx_graph import GraphWriter, InputRange, quantize_rows
from ingredients.released import load_released
from ingredients.text import CONTROL_TOKENS, Encoder
from ingredients.train import TrainingSettings, commit_of, train

WORDS = ["salt", "rice", "beef", "milk", "chair", "stone", "tea", "soup", "bread", "nail"]
MAX_TOKENS = 16


@pytest.fixture
def encoder(tmp_path):
    vocab = tmp_path / "vocab.txt"
    vocab.write_text("\n".join(["[PAD]", *CONTROL_TOKENS.values(), "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]) + "\n", encoding="utf-8")
    return Encoder(vocab, MAX_TOKENS)


@pytest.fixture
def model():
    torch.manual_seed(3)
    return MultiTaskTokenClassifier(random_encoder(18, layers=2, hidden=32, heads=2, max_tokens=MAX_TOKENS), SIZES).eval()


def session(path):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def run(path, rows):
    ids, mask = pad(rows, 0)
    return session(path).run(None, {"input_ids": ids.numpy(), "attention_mask": mask.numpy()})


def test_each_task_is_read_at_its_own_control_token_in_rows_of_mixed_lengths(encoder, model):
    rows = encoder.ids(["salt", "rice milk tea soup"])
    ids, mask = pad(rows, encoder.pad)

    with torch.no_grad():
        together = model(ids, mask)
        alone = model(*pad([rows[0]], encoder.pad))
        hidden = model.encoder(input_ids=ids, attention_mask=mask).last_hidden_state

    for index, task in enumerate(SIZES):
        assert torch.allclose(together[task][0], alone[task][0], atol=1e-5)
        assert torch.allclose(together[task][1], model.heads[task](hidden[1, 5 + index]), atol=1e-5)


def test_the_float_graph_equals_pytorch(encoder, model, tmp_path):
    rows = encoder.ids(["salt", "beef soup", "rice milk tea soup"])
    GraphWriter(model, None).write(tmp_path / "float.onnx")

    outputs = run(tmp_path / "float.onnx", rows)

    with torch.no_grad():
        expected = model(*pad(rows, encoder.pad))
    for output, logits in zip(outputs, expected.values(), strict=True):
        assert np.abs(output - logits.numpy()).max() < 1e-5


def test_the_int8_graph_is_near_and_does_not_depend_on_the_batch(encoder, model, tmp_path):
    rows = encoder.ids(["salt", "beef soup", "rice milk tea soup", "stone"])
    GraphWriter(model, observe(model, rows)).write(tmp_path / "int8.onnx")

    together = run(tmp_path / "int8.onnx", rows)

    with torch.no_grad():
        expected = model(*pad(rows, encoder.pad))
    for output, logits in zip(together, expected.values(), strict=True):
        assert np.abs(output - logits.numpy()).max() < 0.1
    for index, row in enumerate(rows):
        for whole, one in zip(together, run(tmp_path / "int8.onnx", [row]), strict=True):
            assert np.array_equal(whole[index], one[0])


def test_all_8_bit_weights_of_the_graph_lie_in_the_reduced_range(encoder, model, tmp_path):
    GraphWriter(model, observe(model, encoder.ids(WORDS))).write(tmp_path / "int8.onnx")

    weights = [t for t in onnx.load(tmp_path / "int8.onnx").graph.initializer if t.data_type == TensorProto.INT8]

    assert len(weights) == 1 + 2 * 4 + 1
    for weight in map(numpy_helper.to_array, weights):
        assert weight.min() >= -64
        assert weight.max() <= 63


def test_inputs_beyond_their_range_are_cut_off(encoder, model, tmp_path):
    ranges = {name: InputRange(-1e-6, 1e-6) for name in observe(model, encoder.ids(["salt"]))}
    GraphWriter(model, ranges).write(tmp_path / "int8.onnx")

    outputs = run(tmp_path / "int8.onnx", encoder.ids(["salt", "rice"]))

    # Nothing of a name is left but its control tokens' own words and places
    assert all(np.isfinite(output).all() for output in outputs)
    assert all(np.allclose(output[0], output[1], atol=1e-4) for output in outputs)


def test_channels_that_reach_far_are_divided_down_to_the_others(encoder, model, tmp_path):
    with torch.no_grad():
        norm = model.encoder.encoder.layer[0].attention.output.LayerNorm
        norm.weight[5], norm.bias[5] = 4.0, 40.0
    rows = encoder.ids([*WORDS, "salt rice", "beef soup"])
    ranges = observe(model, rows)
    plain = {name: InputRange(min(r.low, -45.0), max(r.high, 45.0)) if r.divisors is not None else r for name, r in ranges.items()}
    divided = [name for name, one in ranges.items() if one.divisors is not None and one.divisors.argmax() == 5]

    lost = {}
    with torch.no_grad():
        expected = model(*pad(rows, encoder.pad))["categories"].numpy()
    for name, chosen in {"divided": ranges, "plain": plain}.items():
        GraphWriter(model, chosen).write(tmp_path / f"{name}.onnx")
        lost[name] = float(np.abs(run(tmp_path / f"{name}.onnx", rows)[2] - expected).mean())

    assert "encoder.encoder.layer.0.intermediate.dense" in divided
    assert lost["divided"] < lost["plain"] / 2


def test_range_of_by_hand():
    low, high = np.full(20, -1.0), np.full(20, 2.0)
    high[3] = 16.0

    far, near = range_of(low, high), range_of(low[4:], high[4:])

    assert (far.low, far.high) == (-1.0, 2.0)
    assert far.divisors.tolist() == [8.0 if place == 3 else 1.0 for place in range(20)]
    assert near == InputRange(-1.0, 2.0)
    scale, zero_point = near.scale_and_zero_point()
    assert (scale, zero_point) == (pytest.approx(3 / 255), 85)


def test_a_model_is_read_back_from_the_file_of_its_release(encoder, model, tmp_path):
    rows = encoder.ids(WORDS)
    GraphWriter(model, observe(model, rows)).write(tmp_path / "first.onnx")
    shape = {"layers": 2, "hidden": 32, "heads": 2, "vocabulary": 18}
    manifest = {"architecture": shape, "maxTokens": MAX_TOKENS, "tasks": {task: {"labels": range(size)} for task, size in SIZES.items()}}

    again = load_released(tmp_path / "first.onnx", manifest)

    GraphWriter(again, observe(again, rows)).write(tmp_path / "second.onnx")
    with torch.no_grad():
        expected, answered = (one(*pad(rows, encoder.pad)) for one in (model, again))
    for task in SIZES:
        assert torch.allclose(expected[task], answered[task], atol=0.1)
    for first, second in zip(run(tmp_path / "first.onnx", rows), run(tmp_path / "second.onnx", rows), strict=True):
        assert np.abs(first - second).max() < 0.02


def test_quantize_rows_by_hand():
    quantized, scale = quantize_rows(np.array([[6.3, -6.3, 0.1], [0.0, 0.0, 0.0]], dtype=np.float32))

    assert quantized.tolist() == [[63, -63, 1], [0, 0, 0]]
    assert scale[0, 0] == pytest.approx(0.1)


def test_unknown_tasks_leave_no_trace_in_the_targets(encoder):
    batch = to_batch([Example("salt", "ingredient", None, None, "a"), Example("chair", "not_ingredient", None, None, "b")], encoder)

    assert batch.ingredient.tolist() == [1, 0]
    assert batch.source.tolist() == [-100, -100]
    assert torch.isnan(batch.categories).all()


def test_training_learns_a_few_names_and_saves_them(encoder, model, tmp_path):
    foods = [Example(word, "ingredient", "plant", ("grain",), "a") for word in ("rice", "bread", "tea")]
    things = [Example(word, "not_ingredient", None, None, "object") for word in ("chair", "stone", "nail")]
    settings = TrainingSettings(epochs=40, batch_size=6, learning_rate=3e-3, head_rate=1.0)
    data = TrainingData(foods + things, encoder, settings.batch_size, seed=1, jokes=0.0)

    train(model, data, settings, tmp_path / "model")

    batch = to_batch(foods + things, encoder)
    with torch.no_grad():
        logits = load_model(tmp_path / "model")(batch.input_ids, batch.attention_mask)
    assert logits["ingredient"].argmax(dim=1).tolist() == [1, 1, 1, 0, 0, 0]


def test_a_checkpoint_says_where_its_code_is_not_that_of_the_commit(tmp_path):
    def git(*arguments):
        return subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments], cwd=tmp_path, capture_output=True, text=True, check=True).stdout.strip()

    (tmp_path / "training").mkdir()
    (tmp_path / "training/train.py").write_text("1\n", encoding="utf-8")
    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "--message", "first")
    commit = git("rev-parse", "HEAD")

    (tmp_path / "card.md").write_text("elsewhere\n", encoding="utf-8")
    assert commit_of(tmp_path / "training") == commit
    (tmp_path / "training/new.py").write_text("2\n", encoding="utf-8")
    assert commit_of(tmp_path / "training") == f"{commit}-dirty"
    (tmp_path / "training/new.py").unlink()
    (tmp_path / "training/train.py").write_text("2\n", encoding="utf-8")
    assert commit_of(tmp_path / "training") == f"{commit}-dirty"
