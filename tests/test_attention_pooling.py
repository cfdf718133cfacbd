"""attn.attention_pooling against NumPy, against autograd and PyTorch's own, and by properties."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import TypeCheckError
from tensors import DTYPES, close, coin, leading, normal, seeded, seeds, sizes

from attn.attention_pooling import AttentionPooling, attention_pool, query_gradient
from attn.equations import attention_pooling as equations


def sequences(seed, *B, T, k, m, dtype=torch.float64):
    rng = seeded(seed)
    q = normal(rng, k, dtype=dtype)
    keys, values = normal(rng, *B, T, k, dtype=dtype), normal(rng, *B, T, m, dtype=dtype)
    return q, keys, values, coin(rng, *B, T)


@given(seeds, sizes, sizes, sizes)
def test_pool_and_gradient_equal_their_numpy_twins(seed, T, k, m):
    q, keys, values, mask = sequences(seed, T=T, k=k, m=m)
    arrays = [x.numpy() for x in (q, keys, values, mask)]
    out, weights = attention_pool(q, keys, values, mask)
    expected, shares = equations.attention_pool(*arrays)
    close(out, torch.as_tensor(expected))
    close(weights, torch.from_numpy(shares))
    slope = normal(seeded(seed + 1), m)
    twin = equations.query_gradient(*arrays, slope.numpy())
    close(query_gradient(q, keys, values, mask, slope), torch.as_tensor(twin))


@given(seeds, leading)
def test_the_gradient_is_autograds(seed, shape):
    q, keys, values, mask = sequences(seed, *shape, T=4, k=3, m=2)
    slope = normal(seeded(seed + 1), *shape, 2)
    out, _ = attention_pool(q.requires_grad_(), keys, values, mask)
    [expected] = torch.autograd.grad((out * slope).sum(), q)
    close(query_gradient(q.detach(), keys, values, mask, slope), expected)


@given(seeds, leading)
def test_leading_shapes_are_separate_examples(seed, shape):
    q, keys, values, mask = sequences(seed, *shape, T=4, k=3, m=2)
    out, weights = attention_pool(q, keys, values, mask)
    assert out.shape == (*shape, 2)
    rows = zip(*(x.reshape(-1, *x.shape[len(shape) :]) for x in (keys, values, mask)), strict=True)
    each = [attention_pool(q, *row)[0] for row in rows]
    close(out.reshape(-1, 2), torch.stack(each))
    assert (weights[~mask] == 0).all()


@given(seeds, st.integers(1, 5))
def test_padding_changes_nothing(seed, more):
    q, keys, values, mask = sequences(seed, T=3, k=2, m=2)
    longer = [torch.cat([x, 9 * normal(seeded(seed), more, 2)]) for x in (keys, values)]
    padded = torch.cat([mask, torch.zeros(more, dtype=torch.bool)])
    close(attention_pool(q, *longer, padded)[0], attention_pool(q, keys, values, mask)[0])


@pytest.mark.parametrize("dtype", DTYPES)
def test_it_is_pytorchs_attention_with_one_query_and_scale_one(dtype, device):
    q, keys, values, _ = sequences(3, 2, T=5, k=4, m=3, dtype=dtype)
    q, keys, values = (x.to(device) for x in (q, keys, values))
    mask = torch.tensor([[True] * 5, [True, True, True, False, False]], device=device)
    out, weights = attention_pool(q, keys, values, mask)
    assert out.dtype == weights.dtype == dtype
    expected = torch.nn.functional.scaled_dot_product_attention(
        q.double().expand(2, 1, 4), keys.double(), values.double(), mask[:, None], scale=1.0
    )
    close(out, expected[:, 0], dtype)


def test_nothing_to_read_gives_zeros_and_no_nan():
    q, keys, values, _ = sequences(0, 2, T=3, k=2, m=2)
    nothing = torch.tensor([[True, False, False], [False, False, False]])
    out, _ = attention_pool(q.requires_grad_(), keys, values, nothing)
    assert (out[1] == 0).all()
    out.sum().backward()
    assert q.grad is not None
    assert q.grad.isfinite().all()


def test_the_layer_starts_as_the_mean_and_learns_to_point(device):
    pool = AttentionPooling(m=2, k=4).to(device)
    h = torch.tensor([[1.0, 0.0], [3.0, 2.0], [9.0, 9.0]], device=device)
    mask = torch.tensor([True, True, False], device=device)
    close(pool(h, mask), torch.tensor([2.0, 1.0]))
    optimiser = torch.optim.Adam(pool.parameters(), 0.1)
    for _ in range(100):
        optimiser.zero_grad()
        ((pool(h, mask) - h[0]) ** 2).sum().backward()
        optimiser.step()
    assert pool.weights(h, mask)[0] > 0.95
    assert {name for name, _ in pool.named_parameters()} == {"W.weight", "W.bias", "q"}


@given(seeds)
def test_the_layer_is_its_equations(seed):
    rng = seeded(seed)
    pool = AttentionPooling(m=3, k=2).double()
    with torch.no_grad():
        for parameter in pool.parameters():
            parameter.copy_(normal(rng, *parameter.shape))
    h, mask = normal(rng, 4, 3), coin(rng, 4)
    W, b, q = (p.detach().numpy() for p in (pool.W.weight, pool.W.bias, pool.q))
    u = equations.pooling_keys(h.numpy(), W, b)
    expected, shares = equations.attention_pool(q, u, h.numpy(), mask.numpy())
    close(pool(h, mask), torch.as_tensor(np.asarray(expected)))
    close(pool.weights(h, mask), torch.as_tensor(shares))


def test_gradients_reach_everything(rng):
    q, keys, values, mask = sequences(1, T=4, k=3, m=2)
    inputs = [x.requires_grad_() for x in (q, keys, values)]
    assert torch.autograd.gradcheck(lambda *x: attention_pool(*x, mask)[0], inputs)


def test_no_tensor_is_made_on_the_wrong_device():
    q, keys, values = (torch.empty(*s, device="meta") for s in ((3,), (4, 3), (4, 2)))
    mask = torch.empty(4, device="meta", dtype=torch.bool)
    assert attention_pool(q, keys, values, mask)[0].device.type == "meta"
    slope = torch.empty(2, device="meta")
    assert query_gradient(q, keys, values, mask, slope).device.type == "meta"


def test_a_query_as_wide_as_the_keys():
    with pytest.raises(TypeCheckError):
        attention_pool(torch.ones(2), torch.ones(4, 3), torch.ones(4, 2), torch.ones(4).bool())
