"""Kernel regression by hand: drag the question along the axis, drag the bell's width."""

from typing import Any

import torch
from traitlets import Float, List

from attn.data.daylight import daylight, true_daylight
from attn.widgets.base import CourseWidget


class KernelWidget(CourseWidget):
    """Readings of a light meter, a time to ask about, and the width of the kernel between them.

    Without ``times`` and ``readings`` it shows 40 readings of ``attn.data.daylight``. ``truth`` is
    the known curve, sampled evenly from ``low`` to ``high``.

    >>> len(KernelWidget(width=0.3).times)
    40
    """

    times = List(Float()).tag(sync=True)
    readings = List(Float()).tag(sync=True)
    truth = List(Float()).tag(sync=True)
    low = Float(7.0).tag(sync=True)
    high = Float(19.0).tag(sync=True)
    query = Float(10.5).tag(sync=True)
    width = Float(0.8).tag(sync=True)

    _alt = (
        "Readings of a light meter over a day, and the kernel's estimate through them. A bell "
        "around the time asked about gives nearby readings large weights and far ones small ones."
    )

    def __init__(
        self, times: list[float] | None = None, readings: list[float] | None = None, **kwargs: Any
    ) -> None:
        if times is None or readings is None:
            keys, values = daylight(40, torch.Generator().manual_seed(0))
            times, readings = keys.tolist(), values.tolist()
        if len(times) != len(readings):
            raise ValueError(f"{len(times)} times but {len(readings)} readings: give one for each")
        super().__init__(times=times, readings=readings, **kwargs)
        self.truth = true_daylight(torch.linspace(self.low, self.high, 121)).tolist()
