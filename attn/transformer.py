"""The Transformer: blocks of attention and feed-forward around a residual stream.

A block reads the stream X, and what it finds is added to it. With ``norm="post"``, as in Vaswani
et al. 2017, the sum is normalised; with ``norm="pre"``, only what a sublayer reads is, so that
the stream itself runs from the embeddings to the output untouched.
"""

from collections.abc import Callable
from math import sqrt

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from attn.data.batch import BOS, EOS, PAD
from attn.layer_norm import LayerNorm
from attn.masks import causal_mask, padding_mask
from attn.multi_head import MultiHead
from attn.positions import sinusoidal_encoding
from attn.seq2seq import shift_right


def warm_up_rate(step: int, D: int, warmup: int) -> float:
    """The learning rate D^(-1/2) min(step^(-1/2), step warmup^(-3/2)), for step = 1, 2, …

    Vaswani et al. 2017, equation 3: it grows in a line for ``warmup`` steps, then falls.

    >>> [round(warm_up_rate(step, D=16, warmup=4), 4) for step in (1, 2, 4, 16)]
    [0.0312, 0.0625, 0.125, 0.0625]
    """
    return D**-0.5 * min(step**-0.5, step * warmup**-1.5)


class FeedForward(nn.Module):
    """FFN(x) = max(0, x W_1 + b_1) W_2 + b_2, at every position alike (Vaswani 2017, equation 2).

    >>> FeedForward(D=4, F=8)(torch.randn(2, 3, 4)).shape
    torch.Size([2, 3, 4])
    """

    def __init__(self, D: int, F: int) -> None:
        super().__init__()
        self.W_1, self.W_2 = nn.Linear(D, F), nn.Linear(F, D)

    def forward(self, X: Float[Tensor, "*B D"]) -> Float[Tensor, "*B D"]:
        return self.W_2(self.W_1(X).relu())


class Residual(nn.Module):
    """X + sublayer(norm(X)) for "pre", norm(X + sublayer(X)) for "post"; dropout on the sublayer.

    ``skip=False`` leaves the X + out: what remains is no Transformer, and shows why.

    >>> Residual(2, "pre")(torch.ones(1, 2), lambda X: X + 5)
    tensor([[6., 6.]], grad_fn=<AddBackward0>)
    """

    def __init__(self, D: int, norm: str, dropout: float = 0.0, skip: bool = True) -> None:
        super().__init__()
        if norm not in ("pre", "post"):
            raise ValueError(f"norm is {norm!r}; it can be 'pre' or 'post'")
        self.pre, self.skip = norm == "pre", skip
        self.norm: nn.Module = LayerNorm(D)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self, X: Float[Tensor, "*B T D"], sublayer: Callable[[Tensor], Tensor]
    ) -> Float[Tensor, "*B T D"]:
        found = self.dropout(sublayer(self.norm(X) if self.pre else X))
        stream = X + found if self.skip else found
        return stream if self.pre else self.norm(stream)


class EncoderBlock(nn.Module):
    """Every position reads all positions of the source, itself too, then thinks by itself.

    >>> block = EncoderBlock(D=4, H=2, F=8)
    >>> out, weights = block(torch.randn(2, 3, 4))
    >>> out.shape, weights.shape
    (torch.Size([2, 3, 4]), torch.Size([2, 2, 3, 3]))
    """

    def __init__(
        self, D: int, H: int, F: int, norm: str = "pre", dropout: float = 0.0, skip: bool = True
    ) -> None:
        super().__init__()
        self.attend, self.feed = MultiHead(D, H), FeedForward(D, F)
        self.around_attention = Residual(D, norm, dropout, skip)
        self.around_feed = Residual(D, norm, dropout, skip)

    def forward(
        self, X: Float[Tensor, "*B T D"], mask: Bool[Tensor, "*#B #T #T"] | None = None
    ) -> tuple[Float[Tensor, "*B T D"], Float[Tensor, "*B H T T"]]:
        """The stream after the block, and what was read; True in ``mask`` may attend."""
        weights = X.new_empty(0)

        def attention(Y: Tensor) -> Tensor:
            nonlocal weights
            read, weights = self.attend(Y, mask=mask)
            return read

        X = self.around_attention(X, attention)
        return self.around_feed(X, self.feed), weights

    @classmethod
    def from_torch(cls, theirs: nn.TransformerEncoderLayer) -> "EncoderBlock":
        """A block with a copy of the weights of PyTorch's layer.

        >>> EncoderBlock.from_torch(nn.TransformerEncoderLayer(4, 2, 8)).around_feed.pre
        False
        """
        D, F = theirs.linear1.in_features, theirs.linear1.out_features
        norm = "pre" if theirs.norm_first else "post"
        ours = cls(D, theirs.self_attn.num_heads, F, norm)
        ours.attend = MultiHead.from_torch(theirs.self_attn)
        _copy_feed(ours.feed, theirs)
        ours.around_attention.norm = LayerNorm.from_torch(theirs.norm1)
        ours.around_feed.norm = LayerNorm.from_torch(theirs.norm2)
        return ours.to(theirs.linear1.weight)


class DecoderBlock(nn.Module):
    """Reads what was written so far, then the source, then thinks.

    >>> block = DecoderBlock(D=4, H=2, F=8)
    >>> out, weights = block(torch.randn(2, 5, 4), torch.randn(2, 3, 4))
    >>> out.shape, weights.shape  # the weights on the source
    (torch.Size([2, 5, 4]), torch.Size([2, 2, 5, 3]))
    """

    def __init__(
        self, D: int, H: int, F: int, norm: str = "pre", dropout: float = 0.0, skip: bool = True
    ) -> None:
        super().__init__()
        self.attend, self.look, self.feed = MultiHead(D, H), MultiHead(D, H), FeedForward(D, F)
        self.around_attention = Residual(D, norm, dropout, skip)
        self.around_look = Residual(D, norm, dropout, skip)
        self.around_feed = Residual(D, norm, dropout, skip)

    def forward(
        self,
        X: Float[Tensor, "*B Tq D"],
        memory: Float[Tensor, "*B Tk D"],
        mask: Bool[Tensor, "*#B #Tk"] | None = None,
    ) -> tuple[Float[Tensor, "*B Tq D"], Float[Tensor, "*B H Tq Tk"]]:
        """The stream after the block, and the weights on ``memory``.

        ``mask`` is True at the memory's real positions. Self-attention is causal: a position
        reads itself and what stands before it.
        """
        so_far = causal_mask(X.shape[-2], X.shape[-2], X.device)
        real = None if mask is None else mask[..., None, :]
        weights = X.new_empty(0)

        def look(Y: Tensor) -> Tensor:
            nonlocal weights
            read, weights = self.look(Y, memory, mask=real)
            return read

        X = self.around_attention(X, lambda Y: self.attend(Y, mask=so_far)[0])
        X = self.around_look(X, look)
        return self.around_feed(X, self.feed), weights

    @classmethod
    def from_torch(cls, theirs: nn.TransformerDecoderLayer) -> "DecoderBlock":
        """A block with a copy of the weights of PyTorch's layer.

        >>> DecoderBlock.from_torch(nn.TransformerDecoderLayer(4, 2, 8)).around_look.pre
        False
        """
        D, F = theirs.linear1.in_features, theirs.linear1.out_features
        norm = "pre" if theirs.norm_first else "post"
        ours = cls(D, theirs.self_attn.num_heads, F, norm)
        ours.attend = MultiHead.from_torch(theirs.self_attn)
        ours.look = MultiHead.from_torch(theirs.multihead_attn)
        _copy_feed(ours.feed, theirs)
        ours.around_attention.norm = LayerNorm.from_torch(theirs.norm1)
        ours.around_look.norm = LayerNorm.from_torch(theirs.norm2)
        ours.around_feed.norm = LayerNorm.from_torch(theirs.norm3)
        return ours.to(theirs.linear1.weight)


def _copy_feed(
    ours: FeedForward, theirs: nn.TransformerEncoderLayer | nn.TransformerDecoderLayer
) -> None:
    if getattr(theirs.activation, "__name__", "") != "relu":
        raise ValueError("the layer's activation is not relu, the only one that FeedForward has")
    ours.W_1.load_state_dict(theirs.linear1.state_dict())
    ours.W_2.load_state_dict(theirs.linear2.state_dict())


class Transformer(nn.Module):
    """Encoder and decoder of Vaswani et al. 2017, section 3.

    Token embeddings, drawn from N(0, 1/D) and multiplied by √D unless ``scaled`` is False, plus
    sinusoidal positions; ``depth`` blocks each; a linear map to the V scores. With
    ``norm="pre"`` each stack ends in one more LayerNorm, since nothing else bounds its stream.
    ``spread`` is the deviation of the embeddings' first values, D^(-1/2) where it is None.

    >>> model = Transformer(sources=9, targets=7, D=4, H=2, F=8, depth=1)
    >>> source, lengths = torch.tensor([[3, 4, 5], [6, 0, 0]]), torch.tensor([3, 1])
    >>> scores, weights = model(source, lengths, target=torch.tensor([[3, 2], [4, 2]]))
    >>> scores.shape, weights.shape
    (torch.Size([2, 2, 7]), torch.Size([2, 1, 2, 2, 3]))
    """

    def __init__(
        self,
        sources: int,
        targets: int,
        *,
        D: int,
        H: int,
        F: int,
        depth: int,
        norm: str = "pre",
        dropout: float = 0.0,
        scaled: bool = True,
        spread: float | None = None,
    ) -> None:
        super().__init__()
        self.scale = sqrt(D) if scaled else 1.0
        self.source_embedding = nn.Embedding(sources, D, padding_idx=PAD)
        self.target_embedding = nn.Embedding(targets, D, padding_idx=PAD)
        for embedding in (self.source_embedding, self.target_embedding):
            nn.init.normal_(embedding.weight, std=D**-0.5 if spread is None else spread)
            with torch.no_grad():
                embedding.weight[PAD] = 0
        self.encoder = nn.ModuleList(EncoderBlock(D, H, F, norm, dropout) for _ in range(depth))
        self.decoder = nn.ModuleList(DecoderBlock(D, H, F, norm, dropout) for _ in range(depth))
        self.encoder_norm = LayerNorm(D) if norm == "pre" else nn.Identity()
        self.decoder_norm = LayerNorm(D) if norm == "pre" else nn.Identity()
        self.dropout = nn.Dropout(dropout)
        self.speak = nn.Linear(D, targets)

    def embed(
        self, embedding: nn.Embedding, tokens: Int[Tensor, "*B T"], start: int = 0
    ) -> Float[Tensor, "*B T D"]:
        """The stream's first state: what a token is, plus where it stands, ``start`` on."""
        X = self.scale * embedding(tokens)
        T, D = X.shape[-2:]
        where = sinusoidal_encoding(T, D, start=start, device=X.device, dtype=X.dtype)
        return self.dropout(X + where)

    def encode(
        self, source: Int[Tensor, "B Tk"], lengths: Int[Tensor, " B"]
    ) -> tuple[Float[Tensor, "B Tk D"], Bool[Tensor, "B Tk"]]:
        """What the decoder may read, and which of it is real."""
        real = padding_mask(lengths, source.shape[1])
        X = self.embed(self.source_embedding, source)
        for block in self.encoder:
            X, _ = block(X, real[:, None, :])
        return self.encoder_norm(X), real

    def decode(
        self,
        inputs: Int[Tensor, "B Tq"],
        memory: Float[Tensor, "B Tk D"],
        real: Bool[Tensor, "B Tk"],
    ) -> tuple[Float[Tensor, "B Tq V"], Float[Tensor, "B depth H Tq Tk"]]:
        """The scores after each of the ``inputs``, and where each layer's heads looked."""
        X = self.embed(self.target_embedding, inputs)
        looked = []
        for block in self.decoder:
            X, weights = block(X, memory, real)
            looked.append(weights)
        return self.speak(self.decoder_norm(X)), torch.stack(looked, 1)

    def forward(
        self,
        source: Int[Tensor, "B Tk"],
        lengths: Int[Tensor, " B"],
        target: Int[Tensor, "B Tq"],
    ) -> tuple[Float[Tensor, "B Tq V"], Float[Tensor, "B depth H Tq Tk"]]:
        """Teacher forcing: all positions at once, each given the *true* tokens before it."""
        return self.decode(shift_right(target), *self.encode(source, lengths))

    @torch.no_grad()
    def greedy(
        self, source: Int[Tensor, "B Tk"], lengths: Int[Tensor, " B"], longest: int
    ) -> tuple[Int[Tensor, "B {longest}"], Float[Tensor, "B depth H {longest} Tk"]]:
        """The likeliest token at every step, fed back in; PAD after EOS. And where it looked.

        Everything written so far is read again at every step; the decoding chapter's cache is not.
        """
        memory, real = self.encode(source, lengths)
        inputs = torch.full_like(source[:, :1], BOS)
        done = torch.zeros_like(source[:, 0], dtype=torch.bool)
        for _ in range(longest):
            scores, weights = self.decode(inputs, memory, real)
            newest = scores[:, -1].argmax(-1).masked_fill(done, PAD)
            done = done | (newest == EOS)
            inputs = torch.cat([inputs, newest[:, None]], -1)
        return inputs[:, 1:], weights
