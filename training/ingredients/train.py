"""Fine-tuning and distillation: the losses of the three tasks and the loop."""

from __future__ import annotations

import json
import random
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch.nn import functional

from .dataset import IGNORE, Batch, TrainingData
from .model import MultiTaskTokenClassifier, autocast, save_model

SETTINGS_FILE = "settings.json"
TRAINING = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class TrainingSettings:
    """What a run is made of; saved beside its checkpoint."""

    epochs: int = 8
    """Passes over the examples."""
    batch_size: int = 64
    """Names a step."""
    learning_rate: float = 4e-4
    """Peak of AdamW's rate, reached after the warm-up, then linear to zero."""
    head_rate: float = 10.0
    """The heads' rate as a multiple: they start from nothing, and Adam moves a weight by at most its rate a step."""
    warmup: float = 0.06
    """Share of the steps before the peak."""
    weight_decay: float = 0.01
    """AdamW's decay, on matrices alone."""
    max_grad_norm: float = 1.0
    """Gradients are clipped to this norm."""
    label_smoothing: float = 0.02
    """Of the two softmax tasks, against hand-made labels; a teacher's are soft already."""
    categories_weight: float = 0.6
    """Of the summed binary cross-entropy against the two softmax losses."""
    soft_weight: float = 1.0
    """Of a teacher's labels against those of people."""
    seed: int = 20260601
    """Of weights, order and noise."""
    seconds: float | None = None
    """Where it is set, the rate falls with the time that has passed, and training ends with it if its epochs have not."""
    record: bool = True
    """On an NVIDIA GPU, steps are recorded and played back."""


def losses(logits: dict[str, torch.Tensor], batch: Batch, settings: TrainingSettings) -> dict[str, torch.Tensor]:
    """Each task's loss over the names that have a label for it, in nats a name, weighted by the names' weights. A task that the model
    lacks has none."""
    total = batch.weight.sum().clamp(min=1.0)
    result = {}
    for task in ("ingredient", "source"):
        if task in logits:
            per_name = functional.cross_entropy(
                logits[task], getattr(batch, task), ignore_index=IGNORE, reduction="none", label_smoothing=settings.label_smoothing
            )
            result[task] = (per_name * batch.weight).sum() / total
    if "categories" in logits:
        known = ~torch.isnan(batch.categories)
        targets = torch.nan_to_num(batch.categories)
        entropy = functional.binary_cross_entropy_with_logits(logits["categories"], targets, reduction="none")
        result["categories"] = settings.categories_weight * ((entropy * known).sum(dim=1) * batch.weight).sum() / total
    return result


def soft_losses(logits: dict[str, torch.Tensor], batch: Batch, settings: TrainingSettings) -> dict[str, torch.Tensor]:
    """Each task's cross-entropy against the teacher's distribution (Hinton et al. 2015, arXiv:1503.02531, at temperature 1), in nats
    a name. Source and categories count as far as the teacher takes the name for an ingredient."""
    assert batch.soft is not None
    known = ~torch.isnan(batch.soft["ingredient"][:, 0])
    soft = {task: torch.nan_to_num(values) for task, values in batch.soft.items()}
    eaten = soft["ingredient"].softmax(dim=1)[:, 1] * known
    result = {}
    for task, weight in (("ingredient", known.float()), ("source", eaten)):
        if task in logits:
            per_name = functional.cross_entropy(logits[task], soft[task].softmax(dim=1), reduction="none")
            result[task] = (per_name * weight).sum() / known.sum().clamp(min=1)
    if "categories" in logits:
        entropy = functional.binary_cross_entropy_with_logits(logits["categories"], soft["categories"].sigmoid(), reduction="none")
        result["categories"] = settings.categories_weight * (entropy.sum(dim=1) * eaten).sum() / known.sum().clamp(min=1)
    return {task: settings.soft_weight * value for task, value in result.items()}


def _optimizer(model: MultiTaskTokenClassifier, settings: TrainingSettings, device: torch.device) -> torch.optim.AdamW:
    encoder = [p for name, p in model.named_parameters() if not name.startswith("heads.")]
    on_device = device.type == "cuda"
    groups = [
        {"params": [p for p in encoder if p.ndim > 1], "weight_decay": settings.weight_decay, "peak": settings.learning_rate},
        {"params": [p for p in encoder if p.ndim <= 1], "weight_decay": 0.0, "peak": settings.learning_rate},
        {"params": list(model.heads.parameters()), "weight_decay": 0.0, "peak": settings.head_rate * settings.learning_rate},
    ]
    for group in groups:
        # A recorded step reads the rate where it stands on the device.
        group["lr"] = torch.tensor(0.0, device=device) if on_device else 0.0
    return torch.optim.AdamW(groups, fused=on_device, capturable=on_device)


def _set_rate(optimizer: torch.optim.Optimizer, share: float) -> None:
    """Sets each group's rate to a share of its peak."""
    for group in optimizer.param_groups:
        if isinstance(group["lr"], torch.Tensor):
            group["lr"].fill_(group["peak"] * share)
        else:
            group["lr"] = group["peak"] * share


def rate(done: float, warmup: float) -> float:
    """The learning rate as a share of its peak, where a share `done` of the training is behind: it rises, then falls to zero."""
    return (done + 1e-4) / (warmup + 1e-4) if done < warmup else max(0.0, (1 - done) / (1 - warmup))


class Step:
    """One step of training: forward, backward, update. Calling it returns the losses before the update, (parts,), on the device."""

    def __init__(self, model: MultiTaskTokenClassifier, optimizer: torch.optim.Optimizer, settings: TrainingSettings) -> None:
        self.model, self.optimizer, self.settings = model, optimizer, settings
        self.parts: list[str] = []

    def __call__(self, batch: Batch) -> torch.Tensor:
        """Updates the model."""
        self.optimizer.zero_grad(set_to_none=True)
        with autocast(batch.input_ids.device):
            logits = self.model(batch.input_ids, batch.attention_mask)
        logits = {task: values.float() for task, values in logits.items()}
        parts = losses(logits, batch, self.settings)
        if batch.soft is not None:
            parts = {f"{task} hard": value for task, value in parts.items()}
            parts |= {f"{task} soft": value for task, value in soft_losses(logits, batch, self.settings).items()}
        self.parts = list(parts)
        values = torch.stack(list(parts.values()))
        values.sum().backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.settings.max_grad_norm)
        self.optimizer.step()
        return values.detach()


class RecordedStep(Step):
    """The same on an NVIDIA GPU, recorded once for each width of batch as a CUDA graph and played back: a small model's kernels take
    less time than it takes to launch them."""

    WIDTH_STEP = 4
    PLAIN_STEPS = 3  # of each width, before it is recorded: allocators and libraries must have settled

    def __init__(self, model: MultiTaskTokenClassifier, optimizer: torch.optim.Optimizer, settings: TrainingSettings) -> None:
        super().__init__(model, optimizer, settings)
        self._plain: dict[int, int] = {}
        self._recorded: dict[int, tuple[torch.cuda.CUDAGraph, Batch, torch.Tensor]] = {}
        self._stream = torch.cuda.Stream()

    def __call__(self, batch: Batch) -> torch.Tensor:
        """Updates the model."""
        batch = fill_up(batch, self.settings.batch_size, self.WIDTH_STEP)
        width = batch.input_ids.shape[1]
        if width in self._recorded:
            graph, buffers, values = self._recorded[width]
            for mine, new in zip(_tensors(buffers), _tensors(batch), strict=True):
                mine.copy_(new)
            graph.replay()
            return values.clone()
        self._plain[width] = self._plain.get(width, 0) + 1
        if self._plain[width] <= self.PLAIN_STEPS:
            self._stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(self._stream):
                values = super().__call__(batch)
            torch.cuda.current_stream().wait_stream(self._stream)
            return values
        buffers = Batch(*(t.clone() for t in _tensors(batch)[:6]), None if batch.soft is None else {k: v.clone() for k, v in batch.soft.items()})
        graph = torch.cuda.CUDAGraph()
        torch.cuda.synchronize()
        with torch.cuda.graph(graph):
            values = super().__call__(buffers)
        self._recorded[width] = (graph, buffers, values)
        graph.replay()
        return values.clone()


def _tensors(batch: Batch) -> list[torch.Tensor]:
    single = [batch.input_ids, batch.attention_mask, batch.ingredient, batch.source, batch.categories, batch.weight]
    return single + list((batch.soft or {}).values())


def fill_up(batch: Batch, rows: int, width_step: int) -> Batch:
    """The batch with as many rows as all have, and a width that others share: rows without labels, and padding behind the names."""
    count, width = batch.input_ids.shape
    more, wider = rows - count, -width % width_step

    def filled(values: torch.Tensor, value: float) -> torch.Tensor:
        return values if not more else torch.cat([values, values.new_full((more, *values.shape[1:]), value)])

    ids = functional.pad(batch.input_ids, (0, wider))
    mask = functional.pad(batch.attention_mask, (0, wider))
    if more:
        # A row of padding alone would attend to nothing: it repeats the first one.
        ids, mask = (torch.cat([values, values[:1].expand(more, -1)]) for values in (ids, mask))
    nan = float("nan")
    soft = None if batch.soft is None else {task: filled(values, nan) for task, values in batch.soft.items()}
    return Batch(
        ids, mask, filled(batch.ingredient, IGNORE), filled(batch.source, IGNORE), filled(batch.categories, nan), filled(batch.weight, 0.0), soft
    )


def train(
    model: MultiTaskTokenClassifier,
    data: TrainingData,
    settings: TrainingSettings,
    folder: Path | None,
    device: torch.device | str = "cpu",
) -> None:
    """Fine-tunes `model` in place, saves it with its settings to `folder`, if any, and prints a line now and then."""
    device = torch.device(device)
    torch.manual_seed(settings.seed)
    random.seed(settings.seed)
    model.to(device).train()
    optimizer = _optimizer(model, settings, device)
    take_step = (RecordedStep if device.type == "cuda" and settings.record else Step)(model, optimizer, settings)
    steps = settings.epochs * len(data)
    step, began, running = 0, 0.0, None
    for number, batch in data.batches(settings.epochs, device):
        began = began or time.monotonic()  # from here on: the first epoch has been drawn
        done = step / steps if settings.seconds is None else max(step / steps, (time.monotonic() - began) / settings.seconds)
        if done >= 1:
            break
        _set_rate(optimizer, rate(done, settings.warmup))
        values = take_step(batch)
        step += 1
        # Read only where it is printed: an accelerator would wait for each number.
        running = values if running is None else 0.98 * running + 0.02 * values
        if step % 100 == 0 or step == steps:
            shown = " ".join(f"{task} {value:.4f}" for task, value in zip(take_step.parts, running.tolist(), strict=True))
            print(f"epoch {number + 1} step {step}/{steps} {shown} {time.monotonic() - began:.0f} s", flush=True)
    model.eval()
    if folder is not None:
        save_model(model.to("cpu"), folder)
        record = {"settings": asdict(settings), "examples": len(data.examples), "steps": step, "commit": commit_of(TRAINING)}
        (folder / SETTINGS_FILE).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def commit_of(folder: Path) -> str | None:
    """The commit of the code and data in a folder, with "-dirty" behind it where a file there is changed or new; None outside a checkout."""

    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False).stdout.strip()

    try:
        commit = git("rev-parse", "HEAD")
        return f"{commit}-dirty" if commit and git("status", "--porcelain", ".") else commit or None
    except FileNotFoundError:
        return None


@torch.no_grad()
def predict(
    model: MultiTaskTokenClassifier, rows: list[list[int]], padding: int, device: torch.device | str = "cpu", batch_size: int = 512
) -> dict[str, torch.Tensor]:
    """Logits {task: (N, labels)} float32 on the CPU for N rows of token ids, in their order."""
    model.to(device).eval()
    order = sorted(range(len(rows)), key=lambda row: len(rows[row]))
    parts: dict[str, list[torch.Tensor]] = {task: [] for task in model.heads}
    for start in range(0, len(order), batch_size):
        picked = [rows[row] for row in order[start : start + batch_size]]
        width = max(map(len, picked))
        ids = torch.tensor([row + [padding] * (width - len(row)) for row in picked], device=device)
        lengths = torch.tensor([len(row) for row in picked], device=device)
        mask = (torch.arange(width, device=device)[None, :] < lengths[:, None]).long()
        with torch.autocast(torch.device(device).type, dtype=torch.bfloat16, enabled=torch.device(device).type == "cuda"):
            logits = model(ids, mask)
        for task, values in logits.items():
            parts[task].append(values.float().cpu())
    back = torch.empty(len(order), dtype=torch.long)
    back[torch.tensor(order)] = torch.arange(len(order))
    return {task: torch.cat(values)[back] for task, values in parts.items()}
