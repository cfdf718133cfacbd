"""attn.cache: what is remembered gives what reading it again gives, and is as large as counted."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tensors import DTYPES, close, normal, seeded, seeds
from torch.nn.functional import scaled_dot_product_attention as torch_attention

from attn.cache import CachedSteps, KeyValueCache, cache_bytes, cached_attention, rereading
from attn.data.batch import BOS
from attn.decoding import beam_search, follow, greedy
from attn.equations import cache as equations
from attn.train import seeded as training_seed
from attn.transformer import Transformer

heads = st.sampled_from([(4, 4), (4, 2), (4, 1)])  # multi-head, grouped, multi-query
NORMS = pytest.mark.parametrize("norm", ["pre", "post"])


def inputs(rng, *shape, H=4, Hkv=4, T=6, dtype=torch.float64):
    return (
        normal(rng, *shape, H, T, 3, dtype=dtype),
        normal(rng, *shape, Hkv, T, 3, dtype=dtype),
        normal(rng, *shape, Hkv, T, 2, dtype=dtype),
    )


def in_pieces(inputs, sizes, cache):
    pieces = zip(*(x.split(sizes, -2) for x in inputs), strict=True)
    return torch.cat([cached_attention(*piece, cache) for piece in pieces], -2)


# ------------------------------------------------------------------ the attention


@given(seeds, heads, st.sampled_from([[1] * 6, [6], [3, 1, 2], [1, 5]]))
def test_in_whatever_pieces_it_is_torchs_causal_attention(seed, heads, sizes):
    Q, K, V = inputs(seeded(seed), 2, H=heads[0], Hkv=heads[1])
    whole = torch_attention(Q, K, V, is_causal=True, enable_gqa=True)
    close(in_pieces((Q, K, V), sizes, KeyValueCache()), whole)


@given(seeds)
def test_it_is_its_numpy_twin(seed):
    Q, K, V = inputs(seeded(seed), H=1, Hkv=1)
    twin = equations.cached_attention(*(x[0].numpy() for x in (Q, K, V)))
    close(in_pieces((Q, K, V), 1, KeyValueCache())[0], torch.from_numpy(twin))


@pytest.mark.parametrize("shape", [(), (2,), (2, 3)], ids=str)
def test_gradients_go_through_what_is_held(shape):
    leaves = [x.requires_grad_() for x in inputs(seeded(0), *shape, Hkv=2)]
    ours = in_pieces(leaves, [1, 2, 3], KeyValueCache())
    theirs = torch_attention(*leaves, is_causal=True, enable_gqa=True)
    direction = normal(seeded(1), *ours.shape)
    for mine, other in zip(
        torch.autograd.grad(ours, leaves, direction),
        torch.autograd.grad(theirs, leaves, direction),
        strict=True,
    ):
        close(mine, other)


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype_is_kept_and_right(dtype, device):
    given = inputs(seeded(0), 2, Hkv=2, dtype=dtype)
    out = in_pieces([x.to(device) for x in given], [4, 1, 1], KeyValueCache())
    assert (out.dtype, out.device.type) == (dtype, device.type)
    exact = torch_attention(*(x.double() for x in given), is_causal=True, enable_gqa=True)
    close(out, exact)


# ------------------------------------------------------------------ the memory


@pytest.mark.parametrize(("dtype", "bytes_each"), [(torch.float64, 8), (torch.bfloat16, 2)])
@given(heads)
def test_what_is_held_is_as_large_as_counted(dtype, bytes_each, heads):
    cache = KeyValueCache()
    assert (len(cache), cache.nbytes) == (0, 0)
    Q = normal(seeded(0), 5, heads[0], 6, 3, dtype=dtype)
    K = normal(seeded(0), 5, heads[1], 6, 3, dtype=dtype)
    in_pieces((Q, K, K), 2, cache)
    count = cache_bytes(B=5, T=6, depth=1, Hkv=heads[1], d=3, bytes_each=bytes_each)
    assert len(cache) == 6
    assert cache.nbytes == count


@given(*[st.integers(1, 9)] * 6)
def test_the_count_is_its_numpy_twin(B, T, depth, Hkv, d, bytes_each):
    sizes = (B, T, depth, Hkv, d, bytes_each)
    assert cache_bytes(*sizes) == equations.cache_bytes(*sizes)


def test_an_empty_cache_follows_nobody():
    cache = KeyValueCache()
    cache.follow(torch.tensor([1, 0]))
    assert len(cache) == 0


def test_a_row_goes_on_with_what_another_has_read():
    cache = KeyValueCache()
    K = normal(seeded(0), 2, 3, 4, 5, 6)  # (B, beams, Hkv, T, d)
    cache.append(K, -K)
    parents = torch.tensor([[2, 2, 0], [0, 1, 1]])
    cache.follow(parents)
    held, _ = cache.append(K[..., :0, :], K[..., :0, :])
    for row, mine in enumerate(parents.tolist()):
        assert torch.equal(held[row], K[row][mine])
    assert torch.equal(follow(K, parents), held)


# ------------------------------------------------------------------ the decoder

SOURCE = torch.tensor([[3, 4, 5, 6], [7, 8, 0, 0], [5, 5, 5, 0]])
LENGTHS = torch.tensor([4, 2, 3])


def model(norm="pre", dtype=torch.float64, device="cpu") -> Transformer:
    with training_seed(0):
        whole = Transformer(9, 7, D=8, H=2, F=16, depth=2, norm=norm, spread=1.0)
    return whole.to(device, dtype).eval()


@NORMS
def test_every_step_scores_as_if_all_were_read_again(norm, device):
    dtype = torch.float32 if device.type == "mps" else torch.float64
    whole = model(norm, dtype, device)
    source, lengths = SOURCE.to(device), LENGTHS.to(device)
    cached, again = CachedSteps(whole, source, lengths), rereading(whole, source, lengths)
    target = torch.randint(1, 7, (3, 9), generator=seeded(1)).to(device)
    for T in (1, 2, 5, 6, 9):  # one at a time, and several: a prompt
        close(cached(target[:, :T]), again(target[:, :T]))
    assert cached.nbytes == cache_bytes(
        B=3, T=9, depth=2, Hkv=2, d=4, bytes_each=4 if dtype == torch.float32 else 8
    )


@NORMS
def test_greedy_with_a_cache_writes_what_the_model_writes(norm):
    whole = model(norm)
    written, _ = whole.greedy(SOURCE, LENGTHS, 8)
    begin = torch.full((3, 1), BOS)
    for step in (CachedSteps(whole, SOURCE, LENGTHS), rereading(whole, SOURCE, LENGTHS)):
        assert torch.equal(greedy(step, begin, 8), written)


@NORMS
@pytest.mark.parametrize("width", [1, 4])
def test_a_beam_search_with_a_cache_finds_what_one_without_finds(norm, width):
    whole, begin = model(norm), torch.full((3, 1), BOS)
    cached = CachedSteps(whole, SOURCE, LENGTHS)
    found = beam_search(cached, begin, 8, width, alpha=0.6, told=cached.follow)
    plain = beam_search(rereading(whole, SOURCE, LENGTHS), begin, 8, width, alpha=0.6)
    assert torch.equal(found.tokens, plain.tokens)
    close(found.scores, plain.scores)


def test_a_cache_that_is_told_nothing_goes_wrong():
    """So that the test above can fail: the beams of this model do cross."""
    whole, begin = model(), torch.full((3, 1), BOS)
    deaf = beam_search(CachedSteps(whole, SOURCE, LENGTHS), begin, 8, 4, alpha=0.6)
    plain = beam_search(rereading(whole, SOURCE, LENGTHS), begin, 8, 4, alpha=0.6)
    assert not torch.allclose(deaf.scores, plain.scores, rtol=1e-6)


def test_each_token_is_embedded_once():
    whole, read = model(), []
    whole.target_embedding.register_forward_hook(lambda _, given, __: read.append(given[0].shape))
    greedy(CachedSteps(whole, SOURCE, LENGTHS), torch.full((3, 2), BOS), 5)
    assert read == [(3, 2)] + [(3, 1)] * 4
