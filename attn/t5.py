"""T5: a Transformer with unscaled scores, RMSNorm, no biases, and relative positions."""

from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from attn.data.batch import BOS, EOS, PAD
from attn.masks import causal_mask
from attn.multi_head import merge_heads, split_heads
from attn.relative import RelativeBias
from attn.rms_norm import RMSNorm
from attn.seq2seq import shift_right
from attn.softmax import masked_softmax, softmax
from attn.transformer import FeedForward, Residual


class UnscaledMultiHead(nn.Module):
    """softmax(Q Kᵀ + bias) V in H heads of width d, without √d and without biases in the maps.

    H d need not be D. What √d did is done once, at the start: W_q is drawn with the deviation
    1/√(D d) where the others have 1/√D, so that the scores of unit inputs have variance 1 either
    way. Training may then move them.

    >>> out, weights = UnscaledMultiHead(D=6, H=2, d=5)(torch.randn(4, 6), torch.randn(9, 6))
    >>> out.shape, weights.shape
    (torch.Size([4, 6]), torch.Size([2, 4, 9]))
    """

    def __init__(self, D: int, H: int, d: int) -> None:
        super().__init__()
        self.H = H
        self.W_q, self.W_k, self.W_v = (nn.Linear(D, H * d, bias=False) for _ in range(3))
        self.W_o = nn.Linear(H * d, D, bias=False)
        for layer, spread in (
            (self.W_q, (D * d) ** -0.5),
            (self.W_k, D**-0.5),
            (self.W_v, D**-0.5),
            (self.W_o, (H * d) ** -0.5),
        ):
            nn.init.normal_(layer.weight, std=spread)

    def forward(
        self,
        X: Float[Tensor, "*B Tq D"],
        keys: Float[Tensor, "*B Tk D"],
        bias: Float[Tensor, "H Tq Tk"] | None = None,
        mask: Bool[Tensor, "*#B #Tq #Tk"] | None = None,
    ) -> tuple[Float[Tensor, "*B Tq D"], Float[Tensor, "*B H Tq Tk"]]:
        """The output of every position of X, and the weights of every head."""
        Q, K, V = (
            split_heads(project(x), self.H)
            for project, x in ((self.W_q, X), (self.W_k, keys), (self.W_v, keys))
        )
        scores = Q @ K.transpose(-1, -2)
        if bias is not None:
            scores = scores + bias
        everyone = None if mask is None else mask[..., None, :, :]
        weights = softmax(scores) if everyone is None else masked_softmax(scores, everyone)
        return self.W_o(merge_heads(weights @ V)), weights


def _around(D: int) -> Residual:
    around = Residual(D, "pre")
    around.norm = RMSNorm(D)
    return around


class T5Block(nn.Module):
    """Self-attention, with ``cross`` a look at the source, and relu: RMSNorm before each.

    >>> X, memory = torch.randn(2, 3, 8), torch.randn(2, 5, 8)
    >>> block = T5Block(D=8, H=2, d=4, F=16, cross=True)
    >>> block(X, torch.zeros(2, 3, 3), memory=memory)[1].shape  # the weights on the source
    torch.Size([2, 2, 3, 5])
    """

    def __init__(self, D: int, H: int, d: int, F: int, cross: bool = False) -> None:
        super().__init__()
        self.attend, self.around_attention = UnscaledMultiHead(D, H, d), _around(D)
        self.look = UnscaledMultiHead(D, H, d) if cross else None
        self.around_look = _around(D) if cross else None
        self.feed, self.around_feed = FeedForward(D, F), _around(D)
        self.feed.W_1, self.feed.W_2 = nn.Linear(D, F, bias=False), nn.Linear(F, D, bias=False)
        nn.init.normal_(self.feed.W_1.weight, std=D**-0.5)
        nn.init.normal_(self.feed.W_2.weight, std=F**-0.5)

    def forward(
        self,
        X: Float[Tensor, "B T D"],
        bias: Float[Tensor, "H T T"],
        mask: Bool[Tensor, "#B #T T"] | None = None,
        memory: Float[Tensor, "B Tk D"] | None = None,
        real: Bool[Tensor, "B 1 Tk"] | None = None,
    ) -> tuple[Float[Tensor, "B T D"], Float[Tensor, "B H T _"]]:
        """The stream after the block, and the weights: on the source where there is one."""
        weights = X.new_empty(0)

        def attention(Y: Tensor) -> Tensor:
            nonlocal weights
            read, weights = self.attend(Y, Y, bias, mask)
            return read

        def look(Y: Tensor) -> Tensor:
            nonlocal weights
            assert self.look is not None
            assert memory is not None
            read, weights = self.look(Y, memory, None, real)
            return read

        X = self.around_attention(X, attention)
        if self.around_look is not None:
            X = self.around_look(X, look)
        return self.around_feed(X, self.feed), weights


class T5(nn.Module):
    """Text to text: an encoder reads, a causal decoder writes (Raffel et al. 2020, section 2.1).

    One embedding, drawn from N(0, 1), for both and for the scores, which are therefore multiplied
    by 1/√D; one table of relative positions for all layers of a stack.

    >>> model = T5(V=9, D=4, H=2, d=3, F=8, depth=1)
    >>> source, target = torch.tensor([[3, 4, 5], [6, 0, 0]]), torch.tensor([[3, 2], [4, 2]])
    >>> model(source, source > 0, target).shape
    torch.Size([2, 2, 9])
    """

    def __init__(
        self,
        V: int,
        *,
        D: int,
        H: int,
        d: int,
        F: int,
        depth: int,
        buckets: int = 32,
        longest: int = 128,
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(V, D)
        self.scale = D**-0.5
        self.near = RelativeBias(H, buckets, longest, both_ways=True)
        self.past = RelativeBias(H, buckets, longest, both_ways=False)
        for positions in (self.near, self.past):
            nn.init.normal_(positions.table, std=D**-0.5)
        self.encoder = nn.ModuleList(T5Block(D, H, d, F) for _ in range(depth))
        self.decoder = nn.ModuleList(T5Block(D, H, d, F, cross=True) for _ in range(depth))
        self.encoder_norm, self.decoder_norm = RMSNorm(D), RMSNorm(D)

    def encode(
        self, source: Int[Tensor, "B Tk"], real: Bool[Tensor, "B Tk"]
    ) -> Float[Tensor, "B Tk D"]:
        """What the decoder may read."""
        X, T = self.embedding(source), source.shape[1]
        bias = self.near(T, T)
        for block in self.encoder:
            X, _ = block(X, bias, real[:, None, :])
        return self.encoder_norm(X)

    def decode(
        self,
        inputs: Int[Tensor, "B T"],
        memory: Float[Tensor, "B Tk D"],
        real: Bool[Tensor, "B Tk"],
    ) -> tuple[Float[Tensor, "B T V"], Float[Tensor, "B depth H T Tk"]]:
        """The scores after each of the ``inputs``, and where each layer's heads looked."""
        X, T = self.embedding(inputs), inputs.shape[1]
        bias, so_far = self.past(T, T), causal_mask(T, T, inputs.device)[None]
        looked = []
        for block in self.decoder:
            X, weights = block(X, bias, so_far, memory, real[:, None, :])
            looked.append(weights)
        return self.scale * self.decoder_norm(X) @ self.embedding.weight.T, torch.stack(looked, 1)

    def forward(
        self, source: Int[Tensor, "B Tk"], real: Bool[Tensor, "B Tk"], target: Int[Tensor, "B T"]
    ) -> Float[Tensor, "B T V"]:
        """Teacher forcing: the scores of the target's tokens, each given the true ones before."""
        return self.decode(shift_right(target), self.encode(source, real), real)[0]

    @torch.no_grad()
    def greedy(
        self, source: Int[Tensor, "B Tk"], real: Bool[Tensor, "B Tk"], longest: int
    ) -> Int[Tensor, "B {longest}"]:
        """The likeliest token at every step, fed back in; PAD after EOS."""
        memory = self.encode(source, real)
        written = torch.full_like(source[:, :1], BOS)
        done = torch.zeros_like(source[:, 0], dtype=torch.bool)
        for _ in range(longest):
            scores, _ = self.decode(written, memory, real)
            newest = scores[:, -1].argmax(-1).masked_fill(done, PAD)
            done = done | (newest == EOS)
            written = torch.cat([written, newest[:, None]], -1)
        return written[:, 1:]

    @classmethod
    def from_transformers(cls, theirs: Any) -> "T5":
        """A copy of a ``T5ForConditionalGeneration`` with tied embeddings and relu."""
        c = theirs.config
        if c.feed_forward_proj != "relu" or not c.tie_word_embeddings:
            raise ValueError("this is not the first T5: it has other scores or no relu")
        ours = cls(
            c.vocab_size,
            D=c.d_model,
            H=c.num_heads,
            d=c.d_kv,
            F=c.d_ff,
            depth=c.num_layers,
            buckets=c.relative_attention_num_buckets,
            longest=c.relative_attention_max_distance,
        )
        ours.scale = c.d_model**-0.5 if c.scale_decoder_outputs else 1.0
        with torch.no_grad():
            ours.embedding.weight.copy_(theirs.shared.weight)
            for blocks, norm, positions, stack in (
                (ours.encoder, ours.encoder_norm, ours.near, theirs.encoder),
                (ours.decoder, ours.decoder_norm, ours.past, theirs.decoder),
            ):
                first = stack.block[0].layer[0].SelfAttention
                positions.table.copy_(first.relative_attention_bias.weight)
                _copy_norm(norm, stack.final_layer_norm)
                for block, their in zip(blocks, stack.block, strict=True):
                    _copy_block(block, their.layer)
        return ours.to(theirs.shared.weight)


def _copy_norm(ours: nn.Module, theirs: Any) -> None:
    assert isinstance(ours, RMSNorm)
    ours.gain.copy_(theirs.weight)
    ours.eps = theirs.variance_epsilon


def _copy_block(ours: Any, theirs: Any) -> None:
    attend, *look, feed = theirs
    _copy_heads(ours.attend, attend.SelfAttention)
    _copy_norm(ours.around_attention.norm, attend.layer_norm)
    if look:
        _copy_heads(ours.look, look[0].EncDecAttention)
        _copy_norm(ours.around_look.norm, look[0].layer_norm)
    ours.feed.W_1.load_state_dict(feed.DenseReluDense.wi.state_dict())
    ours.feed.W_2.load_state_dict(feed.DenseReluDense.wo.state_dict())
    _copy_norm(ours.around_feed.norm, feed.layer_norm)


def _copy_heads(ours: Any, theirs: Any) -> None:
    for name in "qkvo":
        getattr(ours, f"W_{name}").load_state_dict(getattr(theirs, name).state_dict())
