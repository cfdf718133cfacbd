"""attn.vit against the ViT of `transformers`, PyTorch's convolution, NumPy, and properties."""

from typing import Any

import pytest
import torch
from hypothesis import given
from tensors import close, leading, normal, seeded, seeds, sizes
from torch import nn
from transformers import ViTConfig, ViTForImageClassification

from attn.equations import vit as equations
from attn.experiments.vit import twin
from attn.train import seeded as training_seed
from attn.vit import GeluFeedForward, PatchEmbedding, ViT, patchify, unpatchify


def theirs(**changes: Any) -> ViTForImageClassification:
    """A small model of theirs, every number of it drawn by chance, gains and biases too."""
    given: dict[str, Any] = {
        "image_size": (12, 8),
        "patch_size": 4,
        "num_channels": 3,
        "hidden_size": 24,
        "num_attention_heads": 3,
        "intermediate_size": 40,
        "num_hidden_layers": 3,
        "num_labels": 7,
    }
    with training_seed(0):
        model = ViTForImageClassification(ViTConfig(**(given | changes)))
        for parameter in model.parameters():
            nn.init.normal_(parameter, std=0.3)
    model.set_attn_implementation("eager")  # the one that returns its weights
    return model.eval()


# ------------------------------------------------------------------ against transformers


@pytest.mark.parametrize(
    "changes",
    [{}, {"qkv_bias": False}, {"patch_size": 2, "num_channels": 1}],
    ids=["colours", "no bias", "grey"],
)
def test_it_is_the_vit_of_transformers(changes):
    model = theirs(**changes)
    ours = ViT.from_transformers(model).eval()
    images = normal(seeded(1), 5, model.config.num_channels, 12, 8, dtype=torch.float32)
    with torch.no_grad():
        expected = model(images, output_attentions=True)
        scores, weights = ours(images)
    torch.testing.assert_close(scores, expected.logits, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(weights, torch.stack(expected.attentions, 1), rtol=1e-5, atol=1e-5)


def test_gradients_to_the_picture_are_theirs_in_float64(device):
    model = theirs().double().to(device)
    ours = ViT.from_transformers(model)
    images = normal(seeded(2), 2, 3, 12, 8).to(device)
    first, second = images.clone().requires_grad_(), images.clone().requires_grad_()
    direction = normal(seeded(3), 2, 7).to(device)
    (model(first).logits * direction).sum().backward()
    (ours(second)[0] * direction).sum().backward()
    # Their softmax computes in float32, whatever the model's dtype.
    torch.testing.assert_close(second.grad, first.grad, rtol=1e-4, atol=1e-6)


def test_another_activation_is_refused():
    with pytest.raises(ValueError, match="'relu'"):
        ViT.from_transformers(theirs(hidden_act="relu"))


# ------------------------------------------------------------------ against PyTorch and NumPy


@given(seeds, leading, sizes, sizes, sizes, sizes)
def test_patches_are_numpys_and_can_be_put_together(seed, batch, C, P, rows, columns):
    images = normal(seeded(seed), *batch, C, rows * P, columns * P)
    patches = patchify(images, P)
    flat = images.reshape(-1, C, rows * P, columns * P)
    for picture, cut in zip(flat, patches.reshape(len(flat), rows * columns, -1), strict=True):
        close(cut, torch.from_numpy(equations.patchify(picture.numpy(), P)))
    assert torch.equal(unpatchify(patches, P, rows), images)


def test_the_projection_of_patches_is_a_convolution_that_steps_by_a_patch(device):
    conv = nn.Conv2d(3, 5, kernel_size=4, stride=4).double().to(device)
    images = normal(seeded(0), 2, 3, 8, 12).to(device)
    projected = patchify(images, 4) @ conv.weight.flatten(1).T + conv.bias
    close(projected, conv(images).flatten(2).transpose(1, 2))


def test_embeddings_are_numpys():
    embed = PatchEmbedding(n=6, pixels=4, D=5).double()
    patches = normal(seeded(0), 2, 6, 4)
    parts = [
        embed.project.weight.T,
        embed.project.bias,
        embed.token,
        embed.places.table,
    ]
    for row, mine in zip(patches, embed(patches), strict=True):
        expected = equations.embed_patches(row.numpy(), *(p.detach().numpy() for p in parts))
        close(mine, torch.from_numpy(expected))


def test_gelu_is_numpys():
    feed = GeluFeedForward(3, 4).double()
    X = normal(seeded(0), 2, 3)
    inside = equations.gelu(feed.W_1(X).detach().numpy())
    close(feed(X), feed.W_2(torch.from_numpy(inside)))


def test_the_way_from_tokens_to_scores_is_numpys():
    model = small()
    blocks, end = twin(model)
    embedded = model.embed(patchify(normal(seeded(0), 1, 6, 6), 2))
    X = embedded.detach().numpy()
    for block in blocks:
        X = equations.block(X, block, H=2)
    close(model.read(embedded)[0], torch.from_numpy(equations.scores(X, *end)))


def test_sides_that_a_patch_does_not_divide_are_refused():
    with pytest.raises(ValueError, match="9 x 8 pixels cannot be cut into patches of 4 x 4"):
        patchify(torch.zeros(1, 9, 8), 4)


# ------------------------------------------------------------------ properties


def small(**changes: Any) -> ViT:
    given: dict[str, Any] = {"P": 2, "C": 1, "D": 8, "H": 2, "F": 12, "depth": 2, "classes": 3}
    with training_seed(0):
        model = ViT((6, 6), **(given | changes)).double()
        for parameter in model.parameters():
            nn.init.normal_(parameter, std=0.5)
    return model.eval()


def shuffled(images: torch.Tensor) -> torch.Tensor:
    """The same patches at other places."""
    patches = patchify(images, 2)
    return unpatchify(patches[:, torch.randperm(9, generator=seeded(5))], 2, rows=3)


def test_without_positions_a_picture_is_a_bag_of_patches():
    images = normal(seeded(0), 3, 1, 6, 6)
    blind, seeing = small(positions=False), small()
    close(blind(shuffled(images))[0], blind(images)[0])
    assert (seeing(shuffled(images))[0] - seeing(images)[0]).abs().amax(-1).min() > 1e-3


def test_rows_of_weights_sum_to_one_and_any_leading_shape_goes():
    images = normal(seeded(0), 2, 3, 1, 6, 6)
    scores, weights = small()(images)
    assert scores.shape == (2, 3, 3)
    assert weights.shape == (2, 3, 2, 2, 10, 10)
    close(weights.sum(-1), torch.ones(2, 3, 2, 2, 10, dtype=torch.float64))
    close(scores[1, 2], small()(images[1, 2])[0])
