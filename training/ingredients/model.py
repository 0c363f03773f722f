"""One BERT encoder for three tasks: each task's answer is read at its own control token, right after the name."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from transformers import BertConfig, BertModel

RARE_LOGIT = -2.8  # the log odds of 1.5 true labels in 27


class MultiTaskTokenClassifier(nn.Module):
    """A token classifier of which only the control tokens' outputs are read (one task each)."""

    def __init__(self, encoder: BertModel, sizes: dict[str, int], dropout: float = 0.1) -> None:
        """`sizes`: the number of labels of each task, in the order of the control tokens."""
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.ModuleDict({task: nn.Linear(encoder.config.hidden_size, size) for task, size in sizes.items()})
        for head in self.heads.values():
            nn.init.normal_(head.weight, std=encoder.config.initializer_range)
            nn.init.zeros_(head.bias)
        # Few of the many categories are true of a name: a sigmoid that starts at one half would spend the first epochs on that.
        nn.init.constant_(self.heads["categories"].bias, RARE_LOGIT)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> dict[str, torch.Tensor]:
        """input_ids, attention_mask: (B, T) int64, padded on the right. Returns logits {task: (B, labels of the task)}.

        Row b has `attention_mask[b].sum()` tokens, of which the last is [SEP] and the ones before it the control tokens.
        """
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        rows = torch.arange(hidden.shape[0], device=hidden.device)
        first_control = attention_mask.sum(dim=1) - 1 - len(self.heads)
        return {
            task: head(self.dropout(hidden[rows, first_control + index]))
            for index, (task, head) in enumerate(self.heads.items())
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


def save_model(model: MultiTaskTokenClassifier, folder: Path) -> None:
    """Saves weights and configuration into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    model.encoder.config.save_pretrained(folder)
    torch.save(model.state_dict(), folder / "model.pt")


def load_model(folder: Path, sizes: dict[str, int]) -> MultiTaskTokenClassifier:
    """Loads what `save_model` saved, ready for evaluation."""
    encoder = BertModel(BertConfig.from_pretrained(folder), add_pooling_layer=False)
    model = MultiTaskTokenClassifier(encoder, sizes)
    model.load_state_dict(torch.load(folder / "model.pt", map_location="cpu", weights_only=True))
    return model.eval()
