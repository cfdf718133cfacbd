"""How bright a classroom is during a day: a curve that we know, and a meter that is not exact."""

import torch
from jaxtyping import Float
from torch import Generator, Tensor

OPENS, CLOSES = 8.0, 18.0
NOISE = 0.5


def true_daylight(hours: Float[Tensor, "*B"]) -> Float[Tensor, "*B"]:
    """The brightness in hundreds of lux at a time of day in hours, with a cloud at half past 12.

    >>> true_daylight(torch.tensor([8.0, 12.5, 18.0]))
    tensor([3.0000, 4.4508, 3.0000])
    """
    day = torch.sin(torch.pi * (hours - OPENS) / (CLOSES - OPENS))
    cloud = torch.exp(-((hours - 12.5) ** 2) / (2 * 0.6**2))
    return 3 + 4 * day - 2.5 * cloud


def daylight(n: int, generator: Generator) -> tuple[Float[Tensor, " T"], Float[Tensor, " T"]]:
    """n readings at random times between 8 and 18 o'clock, sorted: the times and the readings.

    The meter's error is Gaussian with a standard deviation of 0.5, so its variance is 0.25.

    >>> times, readings = daylight(40, torch.Generator().manual_seed(0))
    >>> times.shape, bool(times.min() > 8), bool(times.max() < 18)
    (torch.Size([40]), True, True)
    """
    times = OPENS + (CLOSES - OPENS) * torch.rand(n, generator=generator)
    times = times.sort().values
    return times, true_daylight(times) + NOISE * torch.randn(n, generator=generator)
