"""attn.positions against NumPy, against complex numbers, and against what each scheme promises."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tensors import close, leading, normal, seeded, seeds

from attn.equations import positions as equations
from attn.positions import (
    LearnedPositions,
    alibi_bias,
    alibi_slopes,
    frequencies,
    rotary_embedding,
    sinusoidal_encoding,
)

even = st.sampled_from([2, 4, 6, 16])
places = st.integers(0, 2000)


# ------------------------------------------------------------------ against NumPy and others


@given(st.integers(1, 30), even)
def test_sinusoids_equal_their_numpy_twin(T, D):
    ours = sinusoidal_encoding(T, D, dtype=torch.float64)
    close(ours, torch.from_numpy(equations.sinusoidal_encoding(T, D)))


@given(seeds, leading, st.integers(1, 12), even)
def test_a_rotation_equals_its_numpy_twin(seed, shape, T, d):
    X = normal(seeded(seed), *shape, T, d)
    rows = X.reshape(-1, T, d).numpy()
    twin = np.stack([equations.rotary_embedding(x) for x in rows]).reshape(X.shape)
    close(rotary_embedding(X), torch.from_numpy(twin))


@given(seeds, st.integers(1, 12), even)
def test_a_rotation_is_a_product_of_complex_numbers(seed, T, d):
    X = normal(seeded(seed), 2, T, d)
    pairs = torch.view_as_complex(X.unflatten(-1, (d // 2, 2)))
    angles = torch.arange(T)[:, None] * frequencies(d)
    turned = pairs * torch.polar(torch.ones_like(angles), angles)
    close(rotary_embedding(X), torch.view_as_real(turned).flatten(-2))


@given(st.integers(1, 9), st.sampled_from([1, 2, 4, 8, 3]))
def test_alibi_equals_its_numpy_twin(T, H):
    ours = alibi_bias(alibi_slopes(H), T, T)
    torch.testing.assert_close(ours, torch.from_numpy(equations.alibi_bias(T, H)).float())


# ------------------------------------------------------------------ sinusoids


@given(places, places, even)
def test_a_shift_is_one_matrix_for_every_position(t, k, D):
    both = sinusoidal_encoding(2, D, start=t, dtype=torch.float64)[0].numpy()
    later = sinusoidal_encoding(1, D, start=t + k, dtype=torch.float64)[0].numpy()
    np.testing.assert_allclose(equations.shift(k, D) @ both, later, atol=1e-9)


@given(places, places, st.integers(-1000, 1000))
def test_the_product_of_two_encodings_depends_on_their_distance(t, s, by):
    def product(a, b):
        rows = (sinusoidal_encoding(1, 16, start=x, dtype=torch.float64)[0] for x in (a, b))
        return torch.dot(*rows)

    moved = max(by, -t, -s)
    close(product(t, s), product(t + moved, s + moved), torch.float32)
    assert product(t, t).item() == pytest.approx(8)  # D / 2


def test_no_two_of_ten_thousand_positions_are_alike():
    rows = sinusoidal_encoding(10_000, 16, dtype=torch.float64)
    gaps = torch.cdist(rows[::7], rows[::7]) + 10 * torch.eye(len(rows[::7]))
    assert gaps.min() > 0.5


def test_late_positions_are_exact_in_float32():
    late = sinusoidal_encoding(1, 4, start=1_000_000)
    exact = sinusoidal_encoding(1, 4, start=1_000_000, dtype=torch.float64)
    assert (late - exact).abs().max() < 1e-7


# ------------------------------------------------------------------ rotation


@given(seeds, places, places, places)
def test_scores_depend_on_the_difference_of_positions_alone(seed, m, n, by):
    q, k = normal(seeded(seed), 2, 1, 8)

    def score(m, n):
        return (rotary_embedding(q, start=m) @ rotary_embedding(k, start=n).T).squeeze()

    close(score(m, n), score(m + by, n + by), torch.float32)


@given(seeds, places)
def test_a_rotation_keeps_lengths_and_leaves_position_zero(seed, start):
    X = normal(seeded(seed), 3, 8)
    close(rotary_embedding(X, start=start).norm(dim=-1), X.norm(dim=-1))
    close(rotary_embedding(X)[0], X[0])


@given(seeds, places, places)
def test_two_rotations_are_one(seed, a, b):
    x = normal(seeded(seed), 1, 8)
    twice = rotary_embedding(rotary_embedding(x, start=a), start=b)
    close(twice, rotary_embedding(x, start=a + b), torch.float32)


def test_a_sequence_in_two_parts_is_turned_as_in_one(rng):
    X = normal(rng, 2, 7, 4)
    parts = [rotary_embedding(X[:, :3]), rotary_embedding(X[:, 3:], start=3)]
    close(torch.cat(parts, 1), rotary_embedding(X))


def test_gradients(rng):
    X = normal(rng, 3, 4).requires_grad_()
    assert torch.autograd.gradcheck(rotary_embedding, (X,))


# ------------------------------------------------------------------ ALiBi


def test_the_slopes_of_eight_heads_are_the_papers():
    assert alibi_slopes(8).tolist() == [2.0**-h for h in range(1, 9)]


@given(st.integers(1, 9), st.integers(0, 5))
def test_a_bias_depends_on_the_distance_and_cached_keys_change_nothing(Tq, past):
    slopes = alibi_slopes(4)
    whole = alibi_bias(slopes, Tq + past, Tq + past)
    assert torch.equal(alibi_bias(slopes, Tq, Tq + past), whole[:, past:])
    assert torch.equal(whole[:, 1:, 1:], whole[:, :-1, :-1])
    assert (whole <= 0).all()
    assert (whole.diagonal(dim1=1, dim2=2) == 0).all()


# ------------------------------------------------------------------ a learned table


def test_a_table_adds_its_rows_and_refuses_longer_sequences(device, rng):
    positions = LearnedPositions(longest=4, D=3).to(device)
    X = normal(rng, 2, 3, 3, dtype=torch.float32).to(device)
    assert torch.equal(positions(X), X + positions.table[:3])
    with pytest.raises(ValueError, match="5 positions, but the table has 4 rows"):
        positions(torch.zeros(5, 3, device=device))


# ------------------------------------------------------------------ devices and errors


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_dtype_and_device_are_those_asked_for(dtype, device, rng):
    encoding = sinusoidal_encoding(3, 4, device=device, dtype=dtype)
    X = normal(rng, 3, 4, dtype=dtype).to(device)
    turned = rotary_embedding(X)
    for out in (encoding, turned):
        assert (out.dtype, out.device.type) == (dtype, device.type)
    close(turned, rotary_embedding(X.cpu().double()))
    assert alibi_bias(alibi_slopes(2, device=device), 3, 3).device.type == device.type


def test_no_tensor_is_made_on_the_wrong_device():
    assert rotary_embedding(torch.empty(3, 4, device="meta")).device.type == "meta"
    assert alibi_bias(torch.empty(2, device="meta"), 3, 3).device.type == "meta"


def test_an_odd_width_is_refused():
    with pytest.raises(ValueError, match=r"D is 5; .* must be even"):
        sinusoidal_encoding(2, 5)
    with pytest.raises(ValueError, match="must be even"):
        rotary_embedding(torch.zeros(2, 3))
