"""GPT and BERT: one block, turned into two models by a mask, a norm's place and a question.

Both can take over the weights of the models of the ``transformers`` library, with which the tests
compare them. T5, whose block differs, is in ``attn.t5``.
"""

from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from attn.layer_norm import LayerNorm
from attn.masks import causal_mask
from attn.positions import LearnedPositions
from attn.transformer import EncoderBlock, FeedForward

GPT_EPS, BERT_EPS = 1e-5, 1e-12  # of their LayerNorms


class GeluFeedForward(FeedForward):
    """gelu(x W_1 + b_1) W_2 + b_2: gelu(x) = x Φ(x) in place of relu (Hendrycks & Gimpel 2016).

    ``tanh``: Φ by its approximation with tanh, as GPT-2 has it; BERT takes the error function.

    >>> GeluFeedForward(D=4, F=8)(torch.randn(2, 3, 4)).shape
    torch.Size([2, 3, 4])
    """

    def __init__(self, D: int, F: int, tanh: bool = False) -> None:
        super().__init__(D, F)
        self.approximate = "tanh" if tanh else "none"

    def forward(self, X: Float[Tensor, "*B D"]) -> Float[Tensor, "*B D"]:
        return self.W_2(nn.functional.gelu(self.W_1(X), approximate=self.approximate))


def _block(D: int, H: int, F: int, norm: str, eps: float, tanh: bool) -> EncoderBlock:
    block = EncoderBlock(D, H, F, norm)
    block.feed = GeluFeedForward(D, F, tanh)
    for around in (block.around_attention, block.around_feed):
        around.norm = LayerNorm(D, eps)
    return block


class GPT(nn.Module):
    """A decoder without an encoder: each position says what comes next (Radford et al. 2019).

    Token and learned position embeddings, ``depth`` pre-norm blocks under a causal mask, a last
    LayerNorm, and the token embeddings once more as the map to the V scores.

    >>> model = GPT(V=9, longest=5, D=4, H=2, F=8, depth=1)
    >>> model(torch.tensor([[3, 4, 5]])).shape
    torch.Size([1, 3, 9])
    """

    def __init__(self, V: int, longest: int, *, D: int, H: int, F: int, depth: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(V, D)
        nn.init.normal_(self.embedding.weight, std=0.02)
        self.positions = LearnedPositions(longest, D)
        self.blocks = nn.ModuleList(_block(D, H, F, "pre", GPT_EPS, True) for _ in range(depth))
        self.norm = LayerNorm(D, GPT_EPS)

    def read(
        self, tokens: Int[Tensor, "B T"]
    ) -> tuple[Float[Tensor, "B T V"], Float[Tensor, "B depth H T T"]]:
        """The scores of the next token at every position, and where each layer's heads looked."""
        X, seen = self.positions(self.embedding(tokens)), []
        so_far = causal_mask(tokens.shape[1], tokens.shape[1], tokens.device)
        for block in self.blocks:
            X, weights = block(X, so_far)
            seen.append(weights)
        return self.norm(X) @ self.embedding.weight.T, torch.stack(seen, 1)

    def forward(self, tokens: Int[Tensor, "B T"]) -> Float[Tensor, "B T V"]:
        return self.read(tokens)[0]

    @classmethod
    def from_transformers(cls, theirs: Any) -> "GPT":
        """A copy of a ``GPT2LMHeadModel``; its maps are stored transposed, Q, K and V in one."""
        c = theirs.config
        D, F = c.n_embd, c.n_inner or 4 * c.n_embd
        ours = cls(c.vocab_size, c.n_positions, D=D, H=c.n_head, F=F, depth=c.n_layer)
        body = theirs.transformer
        with torch.no_grad():
            ours.embedding.weight.copy_(body.wte.weight)
            ours.positions.table.copy_(body.wpe.weight)
            for block, their in zip(ours.blocks, body.h, strict=True):
                _copy_gpt_block(block, their)
        ours.norm = LayerNorm.from_torch(body.ln_f)
        return ours.to(body.wte.weight)


class BERT(nn.Module):
    """An encoder without a decoder: each position reads both sides (Devlin et al. 2019).

    Token, learned position and segment embeddings under a LayerNorm, ``depth`` post-norm blocks,
    and a head that says which word stands, or should stand, at each position: a map, gelu,
    LayerNorm, the token embeddings once more, and a bias for each word.

    >>> model = BERT(V=9, longest=5, D=4, H=2, F=8, depth=1)
    >>> model(torch.tensor([[3, 4, 5], [6, 0, 0]]), torch.tensor([[1, 1, 1], [1, 0, 0]]) > 0).shape
    torch.Size([2, 3, 9])
    """

    def __init__(
        self, V: int, longest: int, *, D: int, H: int, F: int, depth: int, segments: int = 2
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(V, D)
        self.segments = nn.Embedding(segments, D)
        for table in (self.embedding, self.segments):
            nn.init.normal_(table.weight, std=0.02)
        self.positions = LearnedPositions(longest, D)
        self.norm = LayerNorm(D, BERT_EPS)
        self.blocks = nn.ModuleList(_block(D, H, F, "post", BERT_EPS, False) for _ in range(depth))
        self.turn, self.turned = nn.Linear(D, D), LayerNorm(D, BERT_EPS)
        self.bias = nn.Parameter(torch.zeros(V))

    def read(
        self,
        tokens: Int[Tensor, "B T"],
        real: Bool[Tensor, "B T"] | None = None,
        segments: Int[Tensor, "B T"] | None = None,
    ) -> tuple[Float[Tensor, "B T V"], Float[Tensor, "B depth H T T"]]:
        """The scores of the words at every position, and where each layer's heads looked.

        ``real`` is False at padding; ``segments`` says which of two texts a token belongs to.
        """
        X = self.embedding(tokens)
        X = X + self.segments(torch.zeros_like(tokens) if segments is None else segments)
        X, seen = self.norm(self.positions(X)), []
        for block in self.blocks:
            X, weights = block(X, None if real is None else real[:, None, :])
            seen.append(weights)
        X = self.turned(nn.functional.gelu(self.turn(X)))
        return X @ self.embedding.weight.T + self.bias, torch.stack(seen, 1)

    def forward(
        self,
        tokens: Int[Tensor, "B T"],
        real: Bool[Tensor, "B T"] | None = None,
        segments: Int[Tensor, "B T"] | None = None,
    ) -> Float[Tensor, "B T V"]:
        return self.read(tokens, real, segments)[0]

    @classmethod
    def from_transformers(cls, theirs: Any) -> "BERT":
        """A copy of a ``BertForMaskedLM``."""
        c = theirs.config
        ours = cls(
            c.vocab_size,
            c.max_position_embeddings,
            D=c.hidden_size,
            H=c.num_attention_heads,
            F=c.intermediate_size,
            depth=c.num_hidden_layers,
            segments=c.type_vocab_size,
        )
        tables, head = theirs.bert.embeddings, theirs.cls.predictions
        with torch.no_grad():
            ours.embedding.weight.copy_(tables.word_embeddings.weight)
            ours.segments.weight.copy_(tables.token_type_embeddings.weight)
            ours.positions.table.copy_(tables.position_embeddings.weight)
            ours.bias.copy_(head.decoder.bias)
        ours.norm = LayerNorm.from_torch(tables.LayerNorm)
        ours.turn.load_state_dict(head.transform.dense.state_dict())
        ours.turned = LayerNorm.from_torch(head.transform.LayerNorm)
        for block, their in zip(ours.blocks, theirs.bert.encoder.layer, strict=True):
            _copy_bert_block(block, their)
        return ours.to(tables.word_embeddings.weight)


def _copy_gpt_block(block: Any, their: Any) -> None:
    heads = (block.attend.W_q, block.attend.W_k, block.attend.W_v)
    parts = their.attn.c_attn.weight.T.chunk(3), their.attn.c_attn.bias.chunk(3)
    for layer, weight, bias in zip(heads, *parts, strict=True):
        layer.weight.copy_(weight)
        layer.bias.copy_(bias)
    for layer, conv in (
        (block.attend.W_o, their.attn.c_proj),
        (block.feed.W_1, their.mlp.c_fc),
        (block.feed.W_2, their.mlp.c_proj),
    ):
        layer.weight.copy_(conv.weight.T)
        layer.bias.copy_(conv.bias)
    block.around_attention.norm = LayerNorm.from_torch(their.ln_1)
    block.around_feed.norm = LayerNorm.from_torch(their.ln_2)


def _copy_bert_block(block: Any, their: Any) -> None:
    inner, outer = their.attention.self, their.attention.output
    for layer, linear in (
        (block.attend.W_q, inner.query),
        (block.attend.W_k, inner.key),
        (block.attend.W_v, inner.value),
        (block.attend.W_o, outer.dense),
        (block.feed.W_1, their.intermediate.dense),
        (block.feed.W_2, their.output.dense),
    ):
        layer.load_state_dict(linear.state_dict())
    block.around_attention.norm = LayerNorm.from_torch(outer.LayerNorm)
    block.around_feed.norm = LayerNorm.from_torch(their.output.LayerNorm)
