"""Multi-head attention: several small attentions side by side, each with projections of its own."""

from math import sqrt

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from attn.dot_product import dot_product_weights


def split_heads(X: Float[Tensor, "*B T D"], H: int) -> Float[Tensor, "*B H T d"]:
    """Cuts every position's D numbers into H runs of d = D / H: run h belongs to head h.

    Raises ``ValueError`` where H does not divide D.

    >>> split_heads(torch.tensor([[1.0, 2, 3, 4], [5, 6, 7, 8]]), H=2)
    tensor([[[1., 2.],
             [5., 6.]],
    <BLANKLINE>
            [[3., 4.],
             [7., 8.]]])
    """
    if X.shape[-1] % H:
        raise ValueError(f"a width of {X.shape[-1]} cannot be cut into {H} heads of one width")
    return X.unflatten(-1, (H, -1)).transpose(-3, -2)


def merge_heads(X: Float[Tensor, "*B H T d"]) -> Float[Tensor, "*B T D"]:
    """Puts the heads of a position side by side again: the inverse of ``split_heads``.

    >>> merge_heads(torch.tensor([[[1.0, 2], [5, 6]], [[3, 4], [7, 8]]]))
    tensor([[1., 2., 3., 4.],
            [5., 6., 7., 8.]])
    """
    return X.transpose(-3, -2).flatten(-2)


class MultiHead(nn.Module):
    """Concat(head_1 … head_H) W^O with head_i = Attention(X W_i^Q, keys W_i^K, values W_i^V).

    Vaswani et al. 2017, section 3.2.2; each head is H times narrower than the model, d = D / H.
    Parameters: ``W_q`` (D, D), ``W_k`` (D, Dk), ``W_v`` (D, Dv), ``W_o`` (D, D), each a linear map;
    rows h d to (h + 1) d of the first three belong to head h. ``Dk`` and ``Dv`` are the widths of
    what keys and values are made of, where they differ from D.

    Raises ``ValueError`` where H does not divide D.

    >>> attend = MultiHead(D=6, H=2)
    >>> out, weights = attend(torch.randn(4, 6))  # four positions that read one another
    >>> out.shape, weights.shape
    (torch.Size([4, 6]), torch.Size([2, 4, 4]))
    >>> out, weights = attend(torch.randn(4, 6), torch.randn(9, 6))  # four that read nine others
    >>> out.shape, weights.shape
    (torch.Size([4, 6]), torch.Size([2, 4, 9]))
    """

    def __init__(
        self, D: int, H: int, Dk: int | None = None, Dv: int | None = None, bias: bool = True
    ) -> None:
        super().__init__()
        if D % H:
            raise ValueError(f"a width of {D} cannot be cut into {H} heads of one width")
        self.H = H
        self.W_q = nn.Linear(D, D, bias)
        self.W_k = nn.Linear(D if Dk is None else Dk, D, bias)
        self.W_v = nn.Linear(D if Dv is None else Dv, D, bias)
        self.W_o = nn.Linear(D, D, bias)

    def heads(
        self,
        X: Float[Tensor, "*B Tq D"],
        keys: Float[Tensor, "*B Tk Dk"],
        values: Float[Tensor, "*B Tk Dv"],
        mask: Bool[Tensor, "*#B #Tq #Tk"] | None = None,
    ) -> tuple[Float[Tensor, "*B H Tq d"], Float[Tensor, "*B H Tq Tk"]]:
        """What each head has read, before the heads are put together, and its weights."""
        Q, K, V = (
            split_heads(project(x), self.H)
            for project, x in ((self.W_q, X), (self.W_k, keys), (self.W_v, values))
        )
        everyone = None if mask is None else mask[..., None, :, :]  # one mask for all heads
        weights = dot_product_weights(Q, K, everyone, temperature=sqrt(Q.shape[-1]))
        return weights @ V, weights

    def forward(
        self,
        X: Float[Tensor, "*B Tq D"],
        keys: Float[Tensor, "*B Tk Dk"] | None = None,
        values: Float[Tensor, "*B Tk Dv"] | None = None,
        mask: Bool[Tensor, "*#B #Tq #Tk"] | None = None,
        gates: Float[Tensor, "*#B H"] | None = None,
    ) -> tuple[Float[Tensor, "*B Tq D"], Float[Tensor, "*B H Tq Tk"]]:
        """The output of every position of X, and the weights of every head.

        X reads itself where ``keys`` is None (self-attention), else ``keys`` (cross-attention);
        ``values`` are the keys' own unless they are given. True in ``mask`` may attend; a query
        that may see nothing gets the bias of ``W_o`` alone. ``gates`` multiply what each head has
        read, so that 0 switches a head off (ξ_h of Michel et al. 2019).
        """
        keys = X if keys is None else keys
        read, weights = self.heads(X, keys, keys if values is None else values, mask)
        if gates is not None:
            read = read * gates[..., :, None, None]
        return self.W_o(merge_heads(read)), weights

    @classmethod
    def from_torch(cls, theirs: nn.MultiheadAttention) -> "MultiHead":
        """A ``MultiHead`` with a copy of the weights of PyTorch's module.

        Masks are the other way round there: True may *not* attend. What ours has not, dropout
        aside, is refused with ``ValueError``: a bias or zeros appended to the keys.

        >>> MultiHead.from_torch(nn.MultiheadAttention(6, 2, kdim=4)).W_k
        Linear(in_features=4, out_features=6, bias=True)
        """
        if theirs.bias_k is not None or theirs.add_zero_attn:
            raise ValueError("add_bias_kv and add_zero_attn append keys that MultiHead has not")
        have_bias = theirs.in_proj_bias is not None
        ours = cls(theirs.embed_dim, theirs.num_heads, theirs.kdim, theirs.vdim, have_bias)
        ours = ours.to(theirs.out_proj.weight)
        if theirs.in_proj_weight is not None:
            parts = theirs.in_proj_weight.chunk(3)
        else:
            parts = (theirs.q_proj_weight, theirs.k_proj_weight, theirs.v_proj_weight)
        with torch.no_grad():
            for layer, weight in zip((ours.W_q, ours.W_k, ours.W_v), parts, strict=True):
                layer.weight.copy_(weight)
            ours.W_o.load_state_dict(theirs.out_proj.state_dict())
            if have_bias:
                for layer, bias in zip(
                    (ours.W_q, ours.W_k, ours.W_v), theirs.in_proj_bias.chunk(3), strict=True
                ):
                    layer.bias.copy_(bias)
        return ours
