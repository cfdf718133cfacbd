"""attn.transformer and attn.layer_norm against PyTorch's own layers, NumPy, and properties."""

import numpy as np
import pytest
import torch
from tensors import close, coin, normal, seeded
from torch import nn

from attn.equations import layer_norm as norm_equations
from attn.equations import transformer as equations
from attn.layer_norm import LayerNorm, layer_norm
from attn.train import seeded as training_seed
from attn.transformer import (
    DecoderBlock,
    EncoderBlock,
    FeedForward,
    Residual,
    Transformer,
    warm_up_rate,
)

NORMS = pytest.mark.parametrize("pre", [True, False], ids=["pre-norm", "post-norm"])


def shaken(layer: nn.Module) -> nn.Module:
    """The layer in float64, its gains and biases no longer the ones and zeros they start with."""
    for parameter in layer.parameters():
        if parameter.ndim == 1:
            nn.init.normal_(parameter)
    return layer.double().eval()


def lengths_mask(device):
    return torch.tensor([5, 3, 1], device=device)[:, None] > torch.arange(5, device=device)


def side_by_side(block, theirs) -> list[tuple]:
    """Each parameter of PyTorch's layer behind ours: behind three where it keeps Q, K, V as one."""
    norms = {"around_attention": "norm1", "around_feed": "norm2"}
    attentions = {"attend": "self_attn"}
    if isinstance(block, DecoderBlock):
        norms = {"around_attention": "norm1", "around_look": "norm2", "around_feed": "norm3"}
        attentions["look"] = "multihead_attn"
    pairs = []
    for mine, other in norms.items():
        norm, layer = getattr(block, mine).norm, getattr(theirs, other)
        pairs += [(norm.gain, layer.weight), (norm.bias, layer.bias)]
    for mine, other in (("W_1", "linear1"), ("W_2", "linear2")):
        layer, right = getattr(block.feed, mine), getattr(theirs, other)
        pairs += [(layer.weight, right.weight), (layer.bias, right.bias)]
    for mine, other in attentions.items():
        heads, right = getattr(block, mine), getattr(theirs, other)
        three = (heads.W_q, heads.W_k, heads.W_v)
        pairs += [
            (heads.W_o.weight, right.out_proj.weight),
            (heads.W_o.bias, right.out_proj.bias),
            ([a.weight for a in three], right.in_proj_weight),
            ([a.bias for a in three], right.in_proj_bias),
        ]
    assert len(pairs) == len(list(theirs.parameters()))  # none is left out
    return pairs


def agree(mine, theirs, inputs, block, layer, real=None):
    """Outputs, and gradients to every input and every parameter, along the same direction.

    Where ``real`` is False, a row is padding, which nobody reads: there the two may differ.
    """
    keep = slice(None) if real is None else real
    close(mine[keep], theirs[keep])
    direction = normal(seeded(7), *mine.shape).to(mine.device)[keep]
    pairs = side_by_side(block, layer)
    flat = [p for ps, _ in pairs for p in (ps if isinstance(ps, list) else [ps])]
    ours = torch.autograd.grad((mine[keep] * direction).sum(), [*inputs, *flat])
    right = torch.autograd.grad((theirs[keep] * direction).sum(), [*inputs, *(p for _, p in pairs)])
    for a, b in zip(ours, right[: len(inputs)], strict=False):
        close(a, b)
    rest = iter(ours[len(inputs) :])
    for (ps, _), b in zip(pairs, right[len(inputs) :], strict=True):
        close(torch.cat([next(rest) for _ in ps]) if isinstance(ps, list) else next(rest), b)


# ------------------------------------------------------------------ against torch


@NORMS
@pytest.mark.parametrize("masked", ["nothing", "padding", "causal", "padding and causal", "each"])
def test_an_encoder_block_is_torchs_forward_and_backward(pre, masked, device):
    """The last mask is a table of its own for every sentence."""
    with training_seed(0):
        theirs = shaken(nn.TransformerEncoderLayer(8, 4, 16, 0.0, batch_first=True, norm_first=pre))
    theirs = theirs.to(device)
    ours = EncoderBlock.from_torch(theirs).eval()
    X = normal(seeded(1), 3, 5, 8).to(device).requires_grad_()
    real = lengths_mask(device)
    causal = torch.ones(5, 5, dtype=torch.bool, device=device).tril()
    table = coin(seeded(2), 3, 5, 5).to(device) | torch.eye(5, dtype=torch.bool, device=device)
    mask, given = {
        "nothing": (None, {}),
        "padding": (real[:, None, :], {"src_key_padding_mask": ~real}),
        "causal": (causal, {"src_mask": ~causal}),
        "padding and causal": (
            real[:, None, :] & causal,
            {"src_mask": ~causal, "src_key_padding_mask": ~real},
        ),
        "each": (table, {"src_mask": ~table.repeat_interleave(4, 0)}),  # once a head
    }[masked]
    agree(ours(X, mask)[0], theirs(X, **given), [X], ours, theirs)


@NORMS
@pytest.mark.parametrize("masked", ["nothing", "source", "target", "both"])
def test_a_decoder_block_is_torchs_forward_and_backward(pre, masked, device):
    """A target's padding stands at its end, so that the causal mask hides it from what is real."""
    with training_seed(0):
        theirs = shaken(nn.TransformerDecoderLayer(8, 4, 16, 0.0, batch_first=True, norm_first=pre))
    theirs = theirs.to(device)
    ours = DecoderBlock.from_torch(theirs).eval()
    X = normal(seeded(1), 3, 4, 8).to(device).requires_grad_()
    memory = normal(seeded(2), 3, 5, 8).to(device).requires_grad_()
    source = lengths_mask(device) if masked in ("source", "both") else None
    target = lengths_mask(device)[:, :4] if masked in ("target", "both") else None
    expected = theirs(
        X,
        memory,
        tgt_mask=torch.ones(4, 4, dtype=torch.bool, device=device).triu(1),
        tgt_key_padding_mask=None if target is None else ~target,
        memory_key_padding_mask=None if source is None else ~source,
    )
    agree(ours(X, memory, source)[0], expected, [X, memory], ours, theirs, target)


def test_layer_norm_is_torchs_and_numpys(device):
    rng = seeded(0)
    X, gain, bias = (normal(rng, *shape).to(device) for shape in ((2, 3, 6), (6,), (6,)))
    mine = layer_norm(X, gain, bias)
    close(mine, nn.functional.layer_norm(X, (6,), gain, bias))
    row = norm_equations.layer_norm(*(x.cpu().numpy() for x in (X[1, 2], gain, bias)))
    close(mine[1, 2], torch.from_numpy(row))


def test_layer_norm_of_numbers_that_are_all_alike_is_the_bias_and_can_be_trained():
    norm = LayerNorm(4)
    nn.init.normal_(norm.bias)
    X = torch.full((2, 4), 3.0, requires_grad=True)
    out = norm(X)
    close(out, norm.bias.expand(2, 4))
    out.sum().backward()
    assert X.grad.isfinite().all()


def test_from_torch_refuses_another_activation():
    with pytest.raises(ValueError, match="not relu"):
        EncoderBlock.from_torch(nn.TransformerEncoderLayer(4, 2, 8, activation="gelu"))


# ------------------------------------------------------------------ against NumPy


def test_feed_forward_is_equation_2(device):
    with training_seed(0):
        feed = FeedForward(4, 8).double()
    x = normal(seeded(1), 4)
    weights = [
        array.detach().numpy()
        for layer in (feed.W_1, feed.W_2)
        for array in (layer.weight.T, layer.bias)
    ]
    close(
        feed.to(device)(x.to(device)), torch.from_numpy(equations.feed_forward(x.numpy(), *weights))
    )


@NORMS
def test_a_residual_is_its_equation(pre):
    around = Residual(4, "pre" if pre else "post").double()
    X = normal(seeded(1), 3, 4)

    def norm(Y):
        return np.stack([norm_equations.layer_norm(y, np.ones(4), np.zeros(4)) for y in Y])

    expected = equations.residual(X.numpy(), lambda Y: 2 * Y + 1, norm, pre)
    close(around(X, lambda Y: 2 * Y + 1), torch.from_numpy(expected))


def test_the_rate_is_equation_3_and_highest_at_the_end_of_warm_up():
    rates = [warm_up_rate(step, 32, 50) for step in range(1, 400)]
    assert rates == [equations.warm_up_rate(step, 32, 50) for step in range(1, 400)]
    assert max(rates) == rates[49]
    assert rates[9] == pytest.approx(10 * rates[0])


def test_what_norm_may_be():
    with pytest.raises(ValueError, match="'pre' or 'post'"):
        Residual(4, "both")


# ------------------------------------------------------------------ properties of the whole


def model(norm="pre", **options) -> Transformer:
    with training_seed(0):
        whole = Transformer(9, 7, D=8, H=2, F=16, depth=2, norm=norm, **options)
    return whole.double().eval()


SOURCE = torch.tensor([[3, 4, 5, 6], [7, 8, 0, 0]])
LENGTHS = torch.tensor([4, 2])
TARGET = torch.tensor([[3, 4, 2], [5, 2, 0]])


@NORMS
def test_padding_changes_nothing(pre):
    whole = model("pre" if pre else "post")
    scores, weights = whole(SOURCE, LENGTHS, TARGET)
    alone, _ = whole(SOURCE[1:, :2], LENGTHS[1:], TARGET[1:])
    close(scores[1:], alone)
    assert (weights[1, ..., 2:] == 0).all()
    close(weights.sum(-1), torch.ones_like(weights[..., 0]))


@NORMS
def test_no_position_sees_what_comes_after_it(pre):
    whole = model("pre" if pre else "post")
    before, _ = whole(SOURCE, LENGTHS, TARGET)
    changed = TARGET.clone()
    changed[:, 1] = 6
    after, _ = whole(SOURCE, LENGTHS, changed)
    close(before[:, :2], after[:, :2])
    assert not torch.allclose(before[:, 2], after[:, 2])


def test_greedy_writes_what_teacher_forcing_says_of_its_own_words():
    whole = model()
    written, weights = whole.greedy(SOURCE, LENGTHS, 5)
    assert written.shape == (2, 5)
    assert weights.shape == (2, 2, 2, 5, 4)
    scores, _ = whole(SOURCE, LENGTHS, written)
    for row, said in zip(written, scores.argmax(-1), strict=True):
        real = (row != 0).sum()
        assert torch.equal(row[:real], said[:real])


def test_post_norm_has_no_norm_at_the_end_and_pre_norm_has_one():
    assert isinstance(model("pre").decoder_norm, LayerNorm)
    assert isinstance(model("post").decoder_norm, nn.Identity)


def test_scale_multiplies_the_embeddings_and_not_the_positions():
    scaled, plain = model(scaled=True), model(scaled=False)
    plain.load_state_dict(scaled.state_dict())
    difference = scaled.embed(scaled.source_embedding, SOURCE) - plain.embed(
        plain.source_embedding, SOURCE
    )
    close(difference, (8**0.5 - 1) * scaled.source_embedding(SOURCE))


def test_without_the_skip_a_block_forgets_its_input():
    """With the sublayer at zero, a block with skips is the identity; one without is zero."""
    X = normal(seeded(1), 2, 3, 8)
    for skip, expected in ((True, X), (False, torch.zeros_like(X))):
        block = EncoderBlock(8, 2, 16, skip=skip).double()
        for layer in (block.attend.W_o, block.feed.W_2):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
        close(block(X)[0], expected)
