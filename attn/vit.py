"""The Vision Transformer: a picture, cut into patches, is read like a sentence.

Dosovitskiy et al. 2021. Each patch becomes a row of the stream by one linear map; a learned row,
the class token, is put in front; places are added; pre-norm blocks read; the class token answers.
"""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from attn.layer_norm import LayerNorm
from attn.positions import LearnedPositions
from attn.transformer import EncoderBlock, FeedForward


def patchify(images: Float[Tensor, "*B C h w"], P: int) -> Float[Tensor, "*B N CPP"]:
    """The patches of P x P pixels, row by row of the picture, each as one row of C P P numbers.

    Inside a patch: channel by channel, then row by row, as a convolution's kernel lies in memory.
    Raises ``ValueError`` where P does not divide both sides.

    >>> patchify(torch.arange(16.0).reshape(1, 4, 4), P=2)
    tensor([[ 0.,  1.,  4.,  5.],
            [ 2.,  3.,  6.,  7.],
            [ 8.,  9., 12., 13.],
            [10., 11., 14., 15.]])
    """
    h, w = images.shape[-2:]
    if h % P or w % P:
        raise ValueError(f"a picture of {h} x {w} pixels cannot be cut into patches of {P} x {P}")
    grid = images.unflatten(-1, (w // P, P)).unflatten(-3, (h // P, P))  # C, rows, P, columns, P
    return grid.movedim((-4, -2), (-5, -4)).flatten(-5, -4).flatten(-3)


def unpatchify(patches: Float[Tensor, "*B N CPP"], P: int, rows: int) -> Float[Tensor, "*B C h w"]:
    """The pictures that were cut into ``rows`` rows of patches: the inverse of ``patchify``.

    >>> unpatchify(patchify(torch.arange(16.0).reshape(1, 4, 4), P=2), P=2, rows=2)[0, 1]
    tensor([4., 5., 6., 7.])
    """
    grid = patches.unflatten(-1, (-1, P, P)).unflatten(-4, (rows, -1))  # rows, columns, C, P, P
    return grid.movedim(-3, -5).transpose(-3, -2).flatten(-2).flatten(-3, -2)


class GeluFeedForward(FeedForward):
    """The feed-forward with a GELU between its maps, as in ViT, BERT and GPT-2.

    >>> GeluFeedForward(D=4, F=8)(torch.randn(2, 3, 4)).shape
    torch.Size([2, 3, 4])
    """

    def forward(self, X: Float[Tensor, "*B D"]) -> Float[Tensor, "*B D"]:
        return self.W_2(nn.functional.gelu(self.W_1(X)))


class PatchEmbedding(nn.Module):
    """z_0 = [x_class; x_1 E; …; x_N E] + E_pos (Dosovitskiy et al. 2021, equation 1).

    ``n`` patches of ``pixels`` numbers each. The paper's E has no bias; its code has, and so has
    ``project``. Without ``positions``, nothing is added, and the order of the patches is lost.

    >>> PatchEmbedding(n=4, pixels=4, D=6)(torch.zeros(2, 4, 4)).shape
    torch.Size([2, 5, 6])
    """

    def __init__(self, n: int, pixels: int, D: int, positions: bool = True) -> None:
        super().__init__()
        self.project = nn.Linear(pixels, D)
        self.token = nn.Parameter(0.02 * torch.randn(D))
        self.places: nn.Module = LearnedPositions(1 + n, D) if positions else nn.Identity()

    def forward(self, patches: Float[Tensor, "*B N pixels"]) -> Float[Tensor, "*B T D"]:
        X = self.project(patches)
        token = self.token.expand(*X.shape[:-2], 1, -1)
        return self.places(torch.cat([token, X], -2))


class ViT(nn.Module):
    """Patches to scores of classes; ``depth`` pre-norm blocks, then a norm, then the class token.

    Equations 1 to 4 of Dosovitskiy et al. 2021. ``size`` is the picture's height and width.

    >>> model = ViT((8, 8), P=4, C=1, D=6, H=2, F=12, depth=3, classes=10)
    >>> scores, weights = model(torch.zeros(5, 1, 8, 8))
    >>> scores.shape, weights.shape  # weights: of each picture, by block and head
    (torch.Size([5, 10]), torch.Size([5, 3, 2, 5, 5]))
    """

    def __init__(
        self,
        size: tuple[int, int],
        *,
        P: int,
        C: int,
        D: int,
        H: int,
        F: int,
        depth: int,
        classes: int,
        positions: bool = True,
    ) -> None:
        super().__init__()
        h, w = size
        self.P = P
        self.embed = PatchEmbedding((h // P) * (w // P), C * P * P, D, positions)
        self.blocks = nn.ModuleList(_block(D, H, F) for _ in range(depth))
        self.norm: nn.Module = LayerNorm(D)
        self.classify = nn.Linear(D, classes)

    def read(
        self, X: Float[Tensor, "*B T D"]
    ) -> tuple[Float[Tensor, "*B classes"], Float[Tensor, "*B depth H T T"]]:
        """From the embedded tokens to the scores, and what each head of each block read."""
        looked = []
        for block in self.blocks:
            X, weights = block(X)
            looked.append(weights)
        return self.classify(self.norm(X)[..., 0, :]), torch.stack(looked, -4)

    def forward(
        self, images: Float[Tensor, "*B C h w"]
    ) -> tuple[Float[Tensor, "*B classes"], Float[Tensor, "*B depth H T T"]]:
        """The scores of the classes, and what each head of each block read."""
        return self.read(self.embed(patchify(images, self.P)))

    @classmethod
    def from_transformers(cls, theirs: Any) -> "ViT":
        """A ``ViT`` with a copy of the weights of `transformers`' ``ViTForImageClassification``.

        Raises ``ValueError`` for what ours has not: an activation other than GELU.
        """
        config, body = theirs.config, theirs.vit
        if config.hidden_act != "gelu":
            raise ValueError(f"the activation is {config.hidden_act!r}; ViT has 'gelu' only")
        kernel = body.embeddings.patch_embeddings.projection
        ours = cls(
            body.embeddings.image_size,
            P=kernel.kernel_size[0],
            C=config.num_channels,
            D=config.hidden_size,
            H=config.num_attention_heads,
            F=config.intermediate_size,
            depth=config.num_hidden_layers,
            classes=config.num_labels,
        ).to(kernel.weight)
        with torch.no_grad():
            ours.embed.project.weight.copy_(kernel.weight.flatten(1))
            ours.embed.project.bias.copy_(kernel.bias)
            ours.embed.token.copy_(body.embeddings.cls_token[0, 0])
            ours.embed.places.load_state_dict({"table": body.embeddings.position_embeddings[0]})
        ours.blocks = nn.ModuleList(map(_copied, body.layers))
        ours.norm = LayerNorm.from_torch(body.layernorm)
        ours.classify.load_state_dict(theirs.classifier.state_dict())
        return ours


def _block(D: int, H: int, F: int) -> EncoderBlock:
    block = EncoderBlock(D, H, F, norm="pre")
    block.feed = GeluFeedForward(D, F)
    return block


def _copied(theirs: Any) -> EncoderBlock:
    """An encoder block with a copy of the weights of a ``ViTLayer``."""
    attention, feed = theirs.attention, theirs.mlp
    D, F = feed.fc1.in_features, feed.fc1.out_features
    block = _block(D, attention.num_attention_heads, F).to(feed.fc1.weight)
    for mine, its in (
        (block.attend.W_q, attention.q_proj),
        (block.attend.W_k, attention.k_proj),
        (block.attend.W_v, attention.v_proj),
        (block.attend.W_o, attention.o_proj),
        (block.feed.W_1, feed.fc1),
        (block.feed.W_2, feed.fc2),
    ):
        mine.weight = nn.Parameter(its.weight.detach().clone())
        bias = torch.zeros_like(mine.bias) if its.bias is None else its.bias.detach().clone()
        mine.bias = nn.Parameter(bias)
    block.around_attention.norm = LayerNorm.from_torch(theirs.layernorm_before)
    block.around_feed.norm = LayerNorm.from_torch(theirs.layernorm_after)
    return block
