"""The kernel widget's arithmetic in JavaScript is the reference's."""

import javascript
import numpy as np
import pytest
import torch

from attn.data.daylight import true_daylight
from attn.equations import pooling as equations
from attn.pooling import kernel_regression, leave_one_out_loss
from attn.widgets.kernel import KernelWidget

rng = np.random.default_rng(0)
CASES = [
    (float(rng.normal(scale=10)), rng.normal(size=n), rng.normal(size=n), float(width))
    for n in (2, 3, 10, 40)
    for width in (0.01, 0.3, 2.0, 50.0)
]


def plain(*arguments):
    return [a.tolist() if isinstance(a, np.ndarray) else a for a in arguments]


def test_weights_and_estimate_equal_the_equations(tmp_path):
    asked = [plain(x, keys, width) for x, keys, _, width in CASES]
    found = javascript.call(tmp_path, "kernel", "kernelWeights", asked)
    for (x, keys, _, width), weights in zip(CASES, found, strict=True):
        expected = equations.kernel_weights(x, keys, width)
        np.testing.assert_allclose(weights, expected, rtol=0, atol=1e-6)
    found = javascript.call(tmp_path, "kernel", "kernelRegression", [plain(*c) for c in CASES])
    expected = [equations.kernel_regression(*case) for case in CASES]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)


def test_the_two_errors_equal_the_reference(tmp_path):
    asked = [plain(*case[1:]) for case in CASES]
    own = javascript.call(tmp_path, "kernel", "ownError", asked)
    left_out = javascript.call(tmp_path, "kernel", "leaveOneOut", asked)
    for (_, keys, values, width), a, b in zip(CASES, own, left_out, strict=True):
        k, v = torch.from_numpy(keys), torch.from_numpy(values)
        assert a == pytest.approx(
            ((kernel_regression(k, k, v, width) - v) ** 2).mean().item(), abs=1e-6
        )
        assert b == pytest.approx(leave_one_out_loss(k, v, width).item(), abs=1e-6)


def test_clock(tmp_path):
    times = [[10.5], [8.999], [7.0], [12 + 1 / 3]]
    assert javascript.call(tmp_path, "kernel", "clock", times) == ["10:30", "9:00", "7:00", "12:20"]


def test_truth_is_the_curve_from_low_to_high():
    widget = KernelWidget()
    assert widget.truth[0] == pytest.approx(true_daylight(torch.tensor(7.0)).item())
    assert widget.truth[-1] == pytest.approx(true_daylight(torch.tensor(19.0)).item())


def test_times_need_readings():
    with pytest.raises(ValueError, match="2 times but 1 readings"):
        KernelWidget([1.0, 2.0], [1.0])
