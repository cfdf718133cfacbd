"""attn.cost against counting by doing, and against torch's own counter of operations."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from attn.cost import attention_cost, linear_cost, window_cost
from attn.dot_product import scaled_dot_product_attention
from attn.equations import cost as equations
from attn.flash import flash_attention
from attn.linear import linear_attention
from attn.sparse import window_attention

small = st.integers(1, 6)


@given(small, small, small, small, st.sampled_from([2, 4, 8]))
def test_formulas_are_what_counting_gives(Tq, Tk, d, dv, itemsize):
    flops, moved = equations.materialised(Tq, Tk, d, dv)
    assert attention_cost(Tq, Tk, d, dv, itemsize) == (flops, itemsize * moved)
    flops, moved = equations.linear(Tq, Tk, d, dv)
    assert linear_cost(Tq, Tk, d, dv, itemsize) == (flops, itemsize * moved)


@given(small, small, small, small, st.integers(1, 8))
def test_tiles_too(Tq, Tk, d, dv, tile):
    flops, moved = equations.tiled(Tq, Tk, d, dv, tile)
    assert attention_cost(Tq, Tk, d, dv, 4, tile) == (flops, 4 * moved)


def _counted(attention, *inputs):
    with FlopCounterMode(display=False) as counter:
        attention(*inputs)
    return counter.get_total_flops()


@pytest.mark.parametrize(("Tq", "Tk", "d", "dv"), [(8, 16, 4, 6), (32, 32, 16, 16)])
def test_operations_are_those_that_torch_counts(Tq, Tk, d, dv):
    Q, K, V = torch.randn(Tq, d), torch.randn(Tk, d), torch.randn(Tk, dv)
    wanted = attention_cost(Tq, Tk, d, dv).flops
    assert _counted(scaled_dot_product_attention, Q, K, V) == wanted
    with torch.no_grad():
        assert _counted(lambda *x: flash_attention(*x, tile=(4, 8)), Q, K, V) == wanted
    # torch counts products of matrices: not the sum of φ(k) over the keys.
    assert _counted(linear_attention, Q, K, V) == linear_cost(Tq, Tk, d, dv).flops - Tk * d


def test_a_window_costs_what_torch_counts():
    Q, K, V = torch.randn(40, 8), torch.randn(40, 8), torch.randn(40, 6)
    for before, after in ((4, 4), (5, 0), (2, 7)):
        counted = _counted(lambda *x: window_attention(*x, before, after), Q, K, V)  # noqa: B023
        assert counted == window_cost(40, before, after, 8, 6).flops


def test_tiles_save_bytes_and_no_operation():
    whole, tiled = attention_cost(4096, 4096, 64, 64), attention_cost(4096, 4096, 64, 64, tile=128)
    assert tiled.flops == whole.flops
    assert tiled.bytes < whole.bytes / 3
    assert tiled.intensity > 3 * whole.intensity
