"""attn.multi_head against PyTorch's own module, against NumPy, and against its properties."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import TypeCheckError
from tensors import DTYPES, close, coin, leading, normal, seeded, seeds, sizes
from torch import nn

from attn.equations import multi_head as equations
from attn.multi_head import MultiHead, merge_heads, split_heads
from attn.train import seeded as training_seed


def torchs(D=6, H=2, kdim=None, vdim=None, bias=True, **options) -> nn.MultiheadAttention:
    """PyTorch's module in float64, its biases no longer the zeros that it starts with."""
    with training_seed(0):
        theirs = nn.MultiheadAttention(
            D, H, bias=bias, kdim=kdim, vdim=vdim, batch_first=True, dtype=torch.float64, **options
        )
        for name, parameter in theirs.named_parameters():
            if "bias" in name:
                nn.init.normal_(parameter)
    return theirs.eval()


def module(D=6, H=2, **options) -> MultiHead:
    with training_seed(0):
        return MultiHead(D, H, **options).double()


# ------------------------------------------------------------------ against torch

WIDTHS = [(None, None), (5, None), (None, 7), (5, 7)]


@pytest.mark.parametrize("bias", [True, False], ids=["bias", "no bias"])
@pytest.mark.parametrize(("kdim", "vdim"), WIDTHS)
@pytest.mark.parametrize("masked", ["nothing", "padding", "causal", "both"])
def test_it_is_torchs_forward_and_backward(kdim, vdim, masked, bias, device):
    """The same outputs, weights of every head, and gradients of inputs and parameters."""
    theirs = torchs(8, 4, kdim, vdim, bias).to(device)
    ours = MultiHead.from_torch(theirs)
    rng = seeded(1)
    X, keys, values = (
        normal(rng, 3, T, width).to(device).requires_grad_()
        for T, width in ((4, 8), (5, kdim or 8), (5, vdim or 8))
    )
    padding = torch.tensor([5, 3, 1], device=device)[:, None] > torch.arange(5, device=device)
    causal = torch.ones(4, 5, dtype=torch.bool, device=device).tril(1)
    seen = {
        "nothing": None,
        "padding": padding[:, None],
        "causal": causal,
        "both": padding[:, None] & causal,
    }[masked]
    out, weights = ours(X, keys, values, mask=seen)
    expected, their_weights = theirs(
        X,
        keys,
        values,
        key_padding_mask=~padding if masked in ("padding", "both") else None,
        attn_mask=~causal if masked in ("causal", "both") else None,
        average_attn_weights=False,
    )
    close(out, expected)
    close(weights, their_weights)
    cotangent = normal(rng, *out.shape).to(device)
    mine, right = (
        torch.autograd.grad(
            (y * cotangent).sum(), [X, keys, values, *_by_role(net)], retain_graph=True
        )
        for y, net in ((out, ours), (expected, theirs))
    )
    for a, b in zip(_joined(mine, theirs), right, strict=True):
        close(a, b)


def _by_role(net) -> list[nn.Parameter]:
    """Matrices first, in the order query, key, value, out; then biases in that order."""
    if isinstance(net, MultiHead):
        layers = (net.W_q, net.W_k, net.W_v, net.W_o)
        return [
            getattr(a, part)
            for part in ("weight", "bias")
            for a in layers
            if net.W_o.bias is not None or part == "weight"
        ]
    names = ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight")
    matrices = [p for name in names if (p := getattr(net, name)) is not None]
    biases = [net.in_proj_bias, net.out_proj.bias] if net.in_proj_bias is not None else []
    return [*matrices, net.out_proj.weight, *biases]


def _joined(mine, theirs) -> list[torch.Tensor]:
    """Our gradients, with three put into one where PyTorch keeps one parameter for three."""
    inputs, parameters = list(mine[:3]), list(mine[3:])
    matrices, biases = parameters[:4], parameters[4:]
    if theirs.in_proj_weight is not None:
        matrices = [torch.cat(matrices[:3]), matrices[3]]
    if biases:
        biases = [torch.cat(biases[:3]), biases[3]]
    return [*inputs, *matrices, *biases]


def test_self_attention_is_torchs(device):
    theirs = torchs().to(device)
    X = normal(seeded(2), 2, 5, 6).to(device)
    close(MultiHead.from_torch(theirs)(X)[0], theirs(X, X, X, need_weights=False)[0])


def test_the_polarity_is_the_other_one():
    """The same mask, handed to both, hides from torch's what ours may see."""
    theirs = torchs()
    X = normal(seeded(3), 1, 3, 6)
    mask = torch.tensor([[True, True, False]] * 3)
    ours = MultiHead.from_torch(theirs)(X, mask=mask)[1]
    other = theirs(X, X, X, attn_mask=mask, average_attn_weights=False)[1]
    assert (ours[..., 2] == 0).all()
    assert (other[..., :2] == 0).all()


def test_a_row_that_sees_nothing_is_nan_in_torch_and_the_bias_here():
    theirs = torchs()
    X = normal(seeded(4), 1, 3, 6)
    mask = torch.tensor([[True, True, True], [False, False, False], [True, False, False]])
    out, weights = MultiHead.from_torch(theirs)(X, mask=mask)
    expected = theirs(X, X, X, attn_mask=~mask, average_attn_weights=False)[0]
    assert expected[0, 1].isnan().all()
    close(out[0, [0, 2]], expected[0, [0, 2]])
    assert (weights[:, :, 1] == 0).all()
    close(out[0, 1], theirs.out_proj.bias)


def test_what_it_cannot_load_is_refused():
    for option in ({"add_bias_kv": True}, {"add_zero_attn": True}):
        with pytest.raises(ValueError, match="append keys"):
            MultiHead.from_torch(torchs(**option))


# ------------------------------------------------------------------ against NumPy


def _cut(attend: MultiHead) -> tuple[list[tuple[np.ndarray, ...]], np.ndarray]:
    """The matrices of the paper, (W_i^Q, W_i^K, W_i^V) a head, and W^O."""
    matrices = [
        np.split(layer.weight.detach().cpu().numpy().T, attend.H, axis=1)
        for layer in (attend.W_q, attend.W_k, attend.W_v)
    ]
    return list(zip(*matrices, strict=True)), attend.W_o.weight.detach().cpu().numpy().T


@given(seeds, sizes, sizes, st.sampled_from([(4, 1), (4, 2), (6, 3), (4, 4)]), sizes, sizes)
def test_it_is_the_papers_equation(seed, Tq, Tk, size, Dk, Dv):
    rng = seeded(seed)
    attend = module(*size, Dk=Dk, Dv=Dv, bias=False)
    X, keys, values = (normal(rng, T, w) for T, w in ((Tq, size[0]), (Tk, Dk), (Tk, Dv)))
    mask, gates = coin(rng, Tq, Tk), normal(rng, size[1])
    inputs = [x.numpy() for x in (X, keys, values)]
    heads, W_O = _cut(attend)
    expected = equations.multi_head(*inputs, heads, W_O, mask.numpy())
    close(attend(X, keys, values, mask)[0], torch.from_numpy(expected))
    summed = equations.multi_head_as_a_sum(*inputs, heads, W_O, mask.numpy(), gates.numpy())
    close(attend(X, keys, values, mask, gates)[0], torch.from_numpy(summed))


@given(seeds, sizes, sizes, sizes)
def test_split_and_merge_are_their_twins(seed, T, H, d):
    X = normal(seeded(seed), T, H * d)
    heads = split_heads(X, H)
    assert np.array_equal(heads.numpy(), equations.split_heads(X.numpy(), H))
    assert np.array_equal(merge_heads(heads).numpy(), equations.merge_heads(heads.numpy()))


# ------------------------------------------------------------------ properties


@given(seeds, leading, sizes, sizes, sizes)
def test_merge_undoes_split(seed, shape, T, H, d):
    X = normal(seeded(seed), *shape, T, H * d)
    heads = split_heads(X, H)
    assert heads.shape == (*shape, H, T, d)
    assert torch.equal(merge_heads(heads), X)


@given(seeds, leading)
def test_any_batch_shape_and_rows_sum_to_one(seed, shape):
    rng, attend = seeded(seed), module()
    X, memory = normal(rng, *shape, 3, 6), normal(rng, *shape, 5, 6)
    mask = coin(rng, *shape, 3, 5)
    out, weights = attend(X, memory, mask=mask)
    assert (out.shape, weights.shape) == ((*shape, 3, 6), (*shape, 2, 3, 5))
    everyone = mask[..., None, :, :].expand_as(weights)
    assert (weights[~everyone] == 0).all()
    close(weights.sum(-1), everyone.any(-1).double())
    if shape:
        close(out[0], attend(X[0], memory[0], mask=mask[0])[0])


def test_a_head_knows_nothing_of_the_others():
    attend, X = module(H=3), normal(seeded(5), 4, 6)
    read, weights = attend.heads(X, X, X)
    with torch.no_grad():
        attend.W_q.weight[2:4] += 1  # the rows of head 1
        attend.W_v.weight[2:4] += 1
    other, changed = attend.heads(X, X, X)
    assert torch.equal(read[[0, 2]], other[[0, 2]])
    assert torch.equal(weights[[0, 2]], changed[[0, 2]])
    assert not torch.allclose(read[1], other[1])


@given(seeds, st.integers(0, 2))
def test_a_gate_of_zero_is_a_head_whose_columns_of_the_last_matrix_are_zero(seed, h):
    attend, X = module(H=3), normal(seeded(seed), 4, 6)
    gates = torch.ones(3, dtype=torch.float64)
    gates[h] = 0
    off, weights = attend(X, gates=gates)
    assert torch.equal(weights, attend(X)[1])  # it still looks; nobody listens
    with torch.no_grad():
        attend.W_o.weight[:, 2 * h : 2 * h + 2] = 0
    close(off, attend(X)[0])


def test_gates_may_differ_by_example():
    attend, X = module(), normal(seeded(6), 2, 4, 6)
    gates = torch.tensor([[1.0, 0.0], [0.0, 1.0]], dtype=torch.float64)
    out = attend(X, gates=gates)[0]
    for row, gate, x in zip(out, gates, X, strict=True):
        close(row, attend(x, gates=gate)[0])


def test_one_head_is_attention_between_four_matrices():
    attend, X = module(H=1), normal(seeded(7), 4, 6)
    Q, K, V = attend.W_q(X), attend.W_k(X), attend.W_v(X)
    close(attend(X)[0], attend.W_o(nn.functional.scaled_dot_product_attention(Q, K, V)))


def test_the_number_of_heads_changes_no_parameter():
    shapes = [{k: v.shape for k, v in module(12, H).state_dict().items()} for H in (1, 2, 12)]
    assert shapes[0] == shapes[1] == shapes[2]


def test_gradients():
    attend = module(4, 2, Dk=3, Dv=5)
    rng = seeded(8)
    inputs = [normal(rng, *shape).requires_grad_() for shape in ((2, 4), (3, 3), (3, 5), (2,))]
    mask = torch.tensor([[True, False, True], [False, False, False]])
    assert torch.autograd.gradcheck(lambda X, k, v, g: attend(X, k, v, mask, g)[0], inputs)


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype_is_kept_and_right(dtype, device):
    with training_seed(1):
        attend = MultiHead(6, 2).to(device, dtype)
    X, memory = (normal(seeded(9), 2, T, 6, dtype=dtype).to(device) for T in (3, 5))
    out, weights = attend(X, memory)
    assert (out.dtype, weights.dtype, out.device.type) == (dtype, dtype, device.type)
    exact = MultiHead(6, 2).double()
    exact.load_state_dict(attend.cpu().double().state_dict())
    close(out, exact(X.cpu().double(), memory.cpu().double())[0], dtype)


def test_no_tensor_is_made_on_the_wrong_device():
    attend = MultiHead(6, 2).to("meta")
    X, mask = torch.empty(3, 6, device="meta"), torch.empty(3, 3, dtype=bool, device="meta")
    out, weights = attend(X, mask=mask)
    assert (out.device.type, weights.device.type) == ("meta", "meta")


# ------------------------------------------------------------------ signatures


def test_heads_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="width of 6 cannot be cut into 4 heads"):
        MultiHead(6, 4)
    with pytest.raises(ValueError, match="width of 6 cannot be cut into 4 heads"):
        split_heads(torch.zeros(2, 6), 4)


def test_a_mask_of_numbers_is_refused():
    with pytest.raises(TypeCheckError):
        module()(normal(seeded(10), 3, 6), mask=torch.zeros(3, 3))
