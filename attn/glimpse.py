"""A movable window of Gaussian filters: the attention of DRAW (Gregor et al. 2015, section 3).

A picture has ``Y`` rows and ``X`` columns of pixels, counted from 0; the paper, whose letters for
these are B and A, counts pixels and filters from 1.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor


class Window(NamedTuple):
    """Where a grid of filters stands: its centre, in pixels, the stride from filter to filter.

    ``variance`` is that of each filter, in pixels squared; ``gamma`` multiplies what is read.
    """

    x: Float[Tensor, "*B"]
    y: Float[Tensor, "*B"]
    stride: Float[Tensor, "*B"]
    variance: Float[Tensor, "*B"]
    gamma: Float[Tensor, "*B"]


def window(parameters: Float[Tensor, "*B 5"], height: int, width: int, N: int) -> Window:
    """(g̃_X, g̃_Y, log σ², log δ̃, log γ), scaled to the picture (equations 21 to 24).

    Zeros give a window in the middle, whose N by N filters reach from edge to edge along the longer
    side. Nothing holds the centre on the picture; N is at least 2.

    >>> window(torch.zeros(5), height=4, width=4, N=4)[:3]
    (tensor(1.5000), tensor(1.5000), tensor(1.))
    """
    g_x, g_y, variance, stride, gamma = parameters.unbind(-1)
    return Window(
        (width + 1) / 2 * (g_x + 1) - 1,
        (height + 1) / 2 * (g_y + 1) - 1,
        (max(height, width) - 1) / (N - 1) * stride.exp(),
        variance.exp(),
        gamma.exp(),
    )


def bounded_window(parameters: Float[Tensor, "*B 5"], height: int, width: int, N: int) -> Window:
    """The same, its centre kept within a pixel of the picture by a tanh; not in the paper.

    >>> far = torch.tensor([1000.0, 0.0, 0.0, 0.0, 0.0])
    >>> window(far, 4, 4, N=4).x, bounded_window(far, 4, 4, N=4).x
    (tensor(2501.5000), tensor(4.))
    """
    held = torch.cat([parameters[..., :2].tanh(), parameters[..., 2:]], -1)
    return window(held, height, width, N)


def filter_centres(
    centre: Float[Tensor, "*B"], stride: Float[Tensor, "*B"], N: int
) -> Float[Tensor, "*B N"]:
    """μ_i = g + (i - N/2 + ½) δ for i = 0 … N - 1: N places, evenly around g (equation 19 or 20).

    The paper's i begins with 1, whence its - ½.

    >>> filter_centres(torch.tensor(3.0), torch.tensor(2.0), 4)
    tensor([0., 2., 4., 6.])
    """
    i = torch.arange(N, device=centre.device, dtype=centre.dtype)
    return centre[..., None] + (i - N / 2 + 0.5) * stride[..., None]


def filter_bank(
    centres: Float[Tensor, "*B N"], variance: Float[Tensor, "*B"], size: int
) -> Float[Tensor, "*B N {size}"]:
    """F[i, a] = exp(-(a - μ_i)² / 2σ²) / Z_i: each row a Gaussian over ``size`` pixels, of sum 1.

    Equation 25 for F_X, 26 for F_Y. It is a softmax of the scores -(a - μ_i)² / 2σ², so it stays
    finite where all exponentials would underflow: a filter beyond the edge reads the edge.

    >>> filter_bank(torch.tensor([1.0, 90.0]), torch.tensor(0.5), 3)
    tensor([[0.2119, 0.5761, 0.2119],
            [0.0000, 0.0000, 1.0000]])
    """
    a = torch.arange(size, device=centres.device, dtype=centres.dtype)
    scores = -((a - centres[..., None]) ** 2) / (2 * variance[..., None, None])
    return scores.softmax(-1)


def filter_banks(
    window: Window, height: int, width: int, N: int
) -> tuple[Float[Tensor, "*B N {width}"], Float[Tensor, "*B N {height}"]]:
    """F_X and F_Y of a window: two small matrices in place of N² filters of ``height * width``.

    >>> F_x, F_y = filter_banks(window(torch.zeros(2, 5), 4, 6, N=3), 4, 6, N=3)
    >>> tuple(F_x.shape), tuple(F_y.shape)
    ((2, 3, 6), (2, 3, 4))
    """
    banks = (
        filter_bank(filter_centres(g, window.stride, N), window.variance, size)
        for g, size in ((window.x, width), (window.y, height))
    )
    return next(banks), next(banks)


def read(
    image: Float[Tensor, "*B Y X"],
    F_x: Float[Tensor, "*B N X"],
    F_y: Float[Tensor, "*B N Y"],
    gamma: Float[Tensor, "*B"],
) -> Float[Tensor, "*B N N"]:
    """γ F_Y x F_Xᵀ: an N by N patch of the picture (one half of equation 27).

    >>> image = torch.arange(6.0).reshape(2, 3)
    >>> F_x, F_y = torch.eye(3)[1:], torch.eye(2)
    >>> read(image, F_x, F_y, torch.tensor(10.0))
    tensor([[10., 20.],
            [40., 50.]])
    """
    return gamma[..., None, None] * (F_y @ image @ F_x.transpose(-1, -2))


def write(
    patch: Float[Tensor, "*B N N"],
    F_x: Float[Tensor, "*B N X"],
    F_y: Float[Tensor, "*B N Y"],
    gamma: Float[Tensor, "*B"],
) -> Float[Tensor, "*B Y X"]:
    """F_Yᵀ w F_X / γ: the patch, laid on an empty picture by the same filters (equation 29).

    >>> F_x, F_y = torch.eye(3)[1:], torch.eye(2)
    >>> write(torch.tensor([[10.0, 20.0], [40.0, 50.0]]), F_x, F_y, torch.tensor(10.0))
    tensor([[0., 1., 2.],
            [0., 4., 5.]])
    """
    return F_y.transpose(-1, -2) @ patch @ F_x / gamma[..., None, None]
