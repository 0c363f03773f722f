"""One BERT encoder for three tasks: each task's answer is read at its own control token, right after the name."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from transformers import AutoConfig, BertConfig, BertModel, MPNetModel

from .text import CONTROL_TOKENS

MODEL_FILE = "model.pt"
CONTROL_PLACES = {task: place for place, task in enumerate(CONTROL_TOKENS)}
MASKED_SCORE = -10_000.0  # no softmax leaves anything of it, and half precision holds it
RARE_LOGIT = -2.8  # the log odds of 1.5 true labels in 27


class MultiTaskTokenClassifier(nn.Module):
    """A token classifier of which only the control tokens' outputs are read (one task each)."""

    def __init__(self, encoder: nn.Module, sizes: dict[str, int], dropout: float = 0.1) -> None:
        """`encoder`: ids and mask (B, T) to hidden states (B, T, H), with a `config`; `sizes`: the number of labels of each task, in
        the order of the control tokens."""
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.ModuleDict({task: nn.Linear(encoder.config.hidden_size, size) for task, size in sizes.items()})
        for head in self.heads.values():
            nn.init.normal_(head.weight, std=encoder.config.initializer_range)
            nn.init.zeros_(head.bias)
        # Few of the many categories are true of a name: a sigmoid that starts at one half would spend the first epochs on that.
        if "categories" in self.heads:
            nn.init.constant_(self.heads["categories"].bias, RARE_LOGIT)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> dict[str, torch.Tensor]:
        """input_ids, attention_mask: (B, T) int64, padded on the right. Returns logits {task: (B, labels of the task)}.

        Row b has `attention_mask[b].sum()` tokens, of which the last is [SEP] and the ones before it the control tokens.
        """
        # As it is added to attention scores, (B, 1, 1, T): encoders make it in ways that an accelerator cannot record.
        added = torch.where(attention_mask[:, None, None, :] > 0, 0.0, MASKED_SCORE)
        hidden = self.encoder(input_ids=input_ids, attention_mask=added).last_hidden_state
        rows = torch.arange(hidden.shape[0], device=hidden.device)
        first_control = attention_mask.sum(dim=1) - 1 - len(CONTROL_TOKENS)
        return {
            task: head(self.dropout(hidden[rows, first_control + CONTROL_PLACES[task]])) for task, head in self.heads.items()
        }


def pretrained_encoder(folder: Path, control_ids: list[int], control_like: list[int], max_tokens: int) -> BertModel:
    """The published encoder; each control token's row starts as that of the character it is named after.

    Positions above `max_tokens` are dropped: a name never has as many.
    """
    encoder = BertModel.from_pretrained(folder, add_pooling_layer=False)
    with torch.no_grad():
        words = encoder.embeddings.word_embeddings.weight
        words[control_ids] = words[control_like]
    return cut_positions(encoder, max_tokens)


def cut_positions(encoder: BertModel, max_tokens: int) -> BertModel:
    """Keeps the first `max_tokens` position embeddings, in place."""
    embeddings = encoder.embeddings
    embeddings.position_embeddings = nn.Embedding.from_pretrained(
        embeddings.position_embeddings.weight[:max_tokens].detach().clone(), freeze=False
    )
    embeddings.position_ids = torch.arange(max_tokens).expand((1, -1))
    embeddings.token_type_ids = torch.zeros((1, max_tokens), dtype=torch.long)
    encoder.config.max_position_embeddings = max_tokens
    return encoder


def keep_layers(encoder: BertModel, layers: tuple[int, ...]) -> BertModel:
    """Keeps these layers of the encoder, in place: where a student starts from."""
    encoder.encoder.layer = nn.ModuleList(encoder.encoder.layer[index] for index in layers)
    encoder.config.num_hidden_layers = len(layers)
    return encoder


def keep_words(encoder: BertModel, ids: list[int]) -> BertModel:
    """Keeps these rows of the word table, in this order, in place: for a vocabulary of those words alone."""
    words = encoder.embeddings.word_embeddings.weight[ids].detach().clone()
    encoder.embeddings.word_embeddings = nn.Embedding.from_pretrained(words, freeze=False, padding_idx=None)
    encoder.config.vocab_size = len(ids)
    return encoder


class MPNetEncoder(nn.Module):
    """An MPNet (Song et al. 2020, arXiv:2004.09297) behind BERT's ids: its vocabulary is BERT's, four tokens of its own in front."""

    SHIFT = 4
    PAD, END = 1, 2

    def __init__(self, mpnet: MPNetModel, cls: int, sep: int, pad: int) -> None:
        """`cls`, `sep`, `pad`: BERT's ids of these tokens, for which MPNet has ids of its own (0, 2, 1)."""
        super().__init__()
        self.mpnet, self.config = mpnet, mpnet.config
        self.special = (cls, sep, pad)
        self._buckets: dict[tuple[int, torch.device], torch.Tensor] = {}
        mpnet.encoder.compute_position_bias = self._position_bias

    @staticmethod
    def pretrained(folder: Path, control_ids: list[int], control_like: list[int], special: tuple[int, int, int]) -> MPNetEncoder:
        """The published weights; each control token's row starts as that of the character it is named after."""
        mpnet = MPNetModel.from_pretrained(folder, add_pooling_layer=False)
        with torch.no_grad():
            words = mpnet.embeddings.word_embeddings.weight
            words[[i + MPNetEncoder.SHIFT for i in control_ids]] = words[[i + MPNetEncoder.SHIFT for i in control_like]]
        return MPNetEncoder(mpnet, *special)

    def _position_bias(self, hidden: torch.Tensor, *_) -> torch.Tensor:
        """(B, heads, T, T), as the encoder computes it, but with the distances' buckets kept on the device: it makes them anew on the
        CPU for each batch, which cannot be recorded there."""
        length, encoder = hidden.shape[1], self.mpnet.encoder
        key = (length, hidden.device)
        if key not in self._buckets:
            places = torch.arange(length)
            distances = places[None, :] - places[:, None]
            buckets = encoder.relative_position_bucket(distances, num_buckets=self.config.relative_attention_num_buckets)
            self._buckets[key] = buckets.to(hidden.device)
        bias = encoder.relative_attention_bias(self._buckets[key]).permute(2, 0, 1)[None]
        return bias.expand(hidden.shape[0], -1, length, length).contiguous()

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor):
        """As BertModel: ids (B, T) and a mask to an output with `last_hidden_state` (B, T, H)."""
        shifted = input_ids + self.SHIFT
        for bert, own in zip(self.special, (0, self.END, self.PAD), strict=True):
            shifted = torch.where(input_ids == bert, own, shifted)
        return self.mpnet(input_ids=shifted, attention_mask=attention_mask)


def random_encoder(vocab_size: int, layers: int, hidden: int, heads: int, max_tokens: int) -> BertModel:
    """An untrained encoder of a given size, for smoke runs."""
    config = BertConfig(
        vocab_size=vocab_size,
        num_hidden_layers=layers,
        hidden_size=hidden,
        num_attention_heads=heads,
        intermediate_size=4 * hidden,
        max_position_embeddings=max_tokens,
    )
    return BertModel(config, add_pooling_layer=False)


def autocast(device: torch.device) -> torch.autocast:
    """Matrix products in bfloat16 where the device is faster at it: a GPU, or a CPU with instructions for it. Another CPU takes five times as long as in
    float32."""
    abilities = torch.cpu.get_capabilities()
    fast = device.type != "cpu" or any(abilities.get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16"))
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=fast)


def save_model(model: MultiTaskTokenClassifier, folder: Path) -> None:
    """Saves weights and configuration into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    model.encoder.config.save_pretrained(folder)
    special = model.encoder.special if isinstance(model.encoder, MPNetEncoder) else None
    tasks = {task: head.out_features for task, head in model.heads.items()}
    torch.save({"tasks": tasks, "special": special, "weights": model.state_dict()}, folder / MODEL_FILE)


def load_model(folder: Path) -> MultiTaskTokenClassifier:
    """Loads what `save_model` saved, ready for evaluation."""
    saved = torch.load(folder / MODEL_FILE, map_location="cpu", weights_only=True)
    config = AutoConfig.from_pretrained(folder)
    encoder: nn.Module
    if saved["special"] is None:
        encoder = BertModel(config, add_pooling_layer=False)
    else:
        cls, sep, pad = saved["special"]
        encoder = MPNetEncoder(MPNetModel(config, add_pooling_layer=False), cls, sep, pad)
    model = MultiTaskTokenClassifier(encoder, saved["tasks"])
    model.load_state_dict(saved["weights"])
    return model.eval()
