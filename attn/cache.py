"""The key-value cache: what was read once is not projected again.

Under a causal mask a position's keys and values never change when more is written, so each step
computes those of the newest token alone, and keeps them.
"""

from functools import partial

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from attn.decoding import Step, follow
from attn.grouped import grouped_query_attention
from attn.masks import causal_mask
from attn.multi_head import MultiHead, merge_heads, split_heads
from attn.transformer import DecoderBlock, Transformer


def cache_bytes(B: int, T: int, depth: int, Hkv: int, d: int, bytes_each: int) -> int:
    """2 B T depth Hkv d numbers: keys and values, of every position, in every layer and head.

    >>> cache_bytes(B=1, T=2048, depth=32, Hkv=32, d=128, bytes_each=2) / 2**30  # in GiB
    1.0
    """
    return 2 * B * T * depth * Hkv * d * bytes_each


class KeyValueCache:
    """The keys and values of one layer's self-attention, of all positions so far.

    >>> cache = KeyValueCache()
    >>> K, V = cache.append(torch.zeros(2, 1, 4), torch.zeros(2, 1, 3))
    >>> K, V = cache.append(torch.zeros(2, 5, 4), torch.zeros(2, 5, 3))
    >>> K.shape, V.shape, len(cache), cache.nbytes
    (torch.Size([2, 6, 4]), torch.Size([2, 6, 3]), 6, 336)
    """

    def __init__(self) -> None:
        self.held: tuple[Tensor, Tensor] | None = None

    def __len__(self) -> int:
        return 0 if self.held is None else self.held[0].shape[-2]

    @property
    def nbytes(self) -> int:
        """The bytes of the keys and values that are held."""
        return 0 if self.held is None else sum(x.nbytes for x in self.held)

    def append(
        self, K: Float[Tensor, "*B Hkv T d"], V: Float[Tensor, "*B Hkv T dv"]
    ) -> tuple[Float[Tensor, "*B Hkv Tk d"], Float[Tensor, "*B Hkv Tk dv"]]:
        """Puts T new positions behind the others, and gives all of them."""
        if self.held is not None:
            K, V = (torch.cat(pair, -2) for pair in zip(self.held, (K, V), strict=True))
        self.held = K, V
        return K, V

    def follow(self, parents: Int[Tensor, "*B K"]) -> None:
        """After a step of beam search: row k goes on with what row ``parents[..., k]`` has read."""
        if self.held is not None:
            K, V = self.held
            self.held = follow(K, parents), follow(V, parents)


def cached_attention(
    Q: Float[Tensor, "*B H T d"],
    K: Float[Tensor, "*B Hkv T d"],
    V: Float[Tensor, "*B Hkv T dv"],
    cache: KeyValueCache,
) -> Float[Tensor, "*B H T dv"]:
    """Causal attention of the T newest positions to themselves and to all in the ``cache``.

    Whether positions come one by one or several at once, the outputs are those of one causal pass
    over all of them. With Hkv < H, grouped heads, the cache is H / Hkv times smaller.

    >>> cache = KeyValueCache()
    >>> for value in (1.0, 3.0):
    ...     one = torch.zeros(1, 1, 2)
    ...     print(cached_attention(one, one, torch.tensor([[[value]]]), cache))
    tensor([[[1.]]])
    tensor([[[2.]]])
    """
    K, V = cache.append(K, V)
    return grouped_query_attention(Q, K, V, causal_mask(Q.shape[-2], K.shape[-2], Q.device))


class CachedSteps:
    """A ``Step`` of a ``Transformer`` (put it in ``eval`` mode) that reads no token twice.

    Each call reads what the sequences have beyond those of the call before. It answers what
    ``rereading`` answers, as far as floating point goes. For a beam search give it ``follow`` too.

    >>> model = Transformer(9, 7, D=4, H=2, F=8, depth=1).eval()
    >>> step = CachedSteps(model, torch.tensor([[3, 4, 5]]), torch.tensor([3]))
    >>> step(torch.tensor([[1]])).shape, step(torch.tensor([[1, 4]])).shape, step.nbytes
    (torch.Size([1, 7]), torch.Size([1, 7]), 64)
    """

    @torch.no_grad()
    def __init__(
        self, model: Transformer, source: Int[Tensor, "B Tk"], lengths: Int[Tensor, " B"]
    ) -> None:
        self.model = model
        memory, self.real = model.encode(source, lengths)
        self.blocks = [block for block in model.decoder if isinstance(block, DecoderBlock)]
        self.written = [KeyValueCache() for _ in self.blocks]
        # The source never grows: its keys and values are made once, and all beams read the same.
        self.source = [_keys_and_values(block.look, memory) for block in self.blocks]

    @property
    def nbytes(self) -> int:
        """The bytes held for what was written, in all layers."""
        return sum(cache.nbytes for cache in self.written)

    def follow(self, parents: Int[Tensor, "*B K"]) -> None:
        """To be told ``beam_search``: who goes on with whose beginning."""
        for cache in self.written:
            cache.follow(parents)

    @torch.no_grad()
    def __call__(self, prefixes: Int[Tensor, "B *K T"]) -> Float[Tensor, "B *K V"]:
        known = len(self.written[0]) if self.written else 0
        new = prefixes[..., known:]
        X = self.model.embed(self.model.target_embedding, new, start=known)
        beams = prefixes.shape[1:-1]
        mask = _for_all(self.real, beams)[..., None, None, :]
        for block, cache, source in zip(self.blocks, self.written, self.source, strict=True):
            K, V = (_for_all(x, beams) for x in source)
            X = block.around_attention(X, partial(_write, block.attend, cache))
            X = block.around_look(X, partial(_look, block.look, K, V, mask))
            X = block.around_feed(X, block.feed)
        return self.model.speak(self.model.decoder_norm(X[..., -1, :]))


def rereading(model: Transformer, source: Int[Tensor, "B Tk"], lengths: Int[Tensor, " B"]) -> Step:
    """The ``Step`` without a cache: the decoder reads everything written so far at every call.

    >>> model = Transformer(9, 7, D=4, H=2, F=8, depth=1).eval()
    >>> step = rereading(model, torch.tensor([[3, 4, 5]]), torch.tensor([3]))
    >>> step(torch.tensor([[1, 4]])).shape
    torch.Size([1, 7])
    """
    with torch.no_grad():
        memory, real = model.encode(source, lengths)

    @torch.no_grad()
    def step(prefixes: Tensor) -> Tensor:
        rows = prefixes.flatten(0, -2)
        beams = prefixes.shape[1:-1]
        same = (_for_all(x, beams).flatten(0, len(beams)) for x in (memory, real))
        scores, _ = model.decode(rows, *same)
        return scores[:, -1].unflatten(0, prefixes.shape[:-1])

    return step


def _keys_and_values(heads: MultiHead, X: Tensor) -> tuple[Tensor, Tensor]:
    return split_heads(heads.W_k(X), heads.H), split_heads(heads.W_v(X), heads.H)


def _write(heads: MultiHead, cache: KeyValueCache, X: Tensor) -> Tensor:
    Q = split_heads(heads.W_q(X), heads.H)
    return heads.W_o(merge_heads(cached_attention(Q, *_keys_and_values(heads, X), cache)))


def _look(
    heads: MultiHead, K: Tensor, V: Tensor, mask: Bool[Tensor, "*#B 1 1 Tk"], X: Tensor
) -> Tensor:
    Q = split_heads(heads.W_q(X), heads.H)
    return heads.W_o(merge_heads(grouped_query_attention(Q, K, V, mask)))


def _for_all(x: Tensor, beams: torch.Size) -> Tensor:
    """(B, …) seen as (B, *beams, …), without a copy."""
    return x.reshape(len(x), *[1] * len(beams), *x.shape[1:]).expand(-1, *beams, *x.shape[1:])
