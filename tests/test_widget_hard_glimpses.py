"""The widget computes what attn computes, on the result file's numbers and the test's digits."""

from typing import Any

import javascript
import numpy as np
import pytest
import torch
from tensors import normal, seeded

from attn.equations import hard as equations
from attn.experiments.glimpses import held_out
from attn.experiments.record import record
from attn.hard import expected_reward_gradient
from attn.widgets.hard_glimpses import HardGlimpsesWidget


@pytest.fixture(scope="module")
def shown() -> dict[str, Any]:
    return record("hard_attention")["results"]["shown"]


@pytest.fixture(scope="module")
def pictures(shown) -> list[tuple[list[float], list[float]]]:
    """Scores and rewards: the committed ones, and some that were drawn."""
    made = [(one["scores"], one["rewards"]) for moment in shown.values() for one in moment]
    rng = seeded(0)
    return made + [(normal(rng, 9).tolist(), normal(rng, 9).tolist()) for _ in range(10)]


def test_the_true_push_is_attns(tmp_path, pictures):
    said = javascript.call(tmp_path, "hard_glimpses", "exact", [list(pair) for pair in pictures])
    for (scores, rewards), pushes in zip(pictures, said, strict=True):
        e, r = (torch.tensor(x, dtype=torch.float64) for x in (scores, rewards))
        assert pushes == pytest.approx(expected_reward_gradient(e, r).tolist(), abs=1e-12)


def test_what_a_glimpse_says_is_equation_12(tmp_path, pictures):
    asked = [[e, s, r[s], b] for e, r in pictures for s, b in ((0, 0.0), (4, -1.5), (8, r[8]))]
    said = javascript.call(tmp_path, "hard_glimpses", "estimate", asked)
    for (e, s, reward, b), pushes in zip(asked, said, strict=True):
        alpha = torch.tensor(e, dtype=torch.float64).softmax(-1).numpy()
        expected = equations.estimate(alpha, s, float(reward), float(b))
        assert pushes == pytest.approx(expected.tolist(), abs=1e-12)


def test_the_mean_of_looks_in_proportion_is_the_truth(tmp_path):
    """Glimpses as frequent as their weights have the exact mean, with any baseline."""
    counts, rewards = [1, 2, 5, 2], [-1.0, -3.0, 0.5, -2.0]
    scores = np.log(counts).tolist()
    asked = [[scores, rewards, counts, b] for b in (0, -1.2, 10)]
    (truth,) = javascript.call(tmp_path, "hard_glimpses", "exact", [[scores, rewards]])
    for mean in javascript.call(tmp_path, "hard_glimpses", "meanEstimate", asked):
        assert mean == pytest.approx(truth, abs=1e-12)


def test_draws_fall_where_the_weights_say(tmp_path):
    alpha = [0.25, 0.0, 0.5, 0.25]
    asked = [[alpha, u] for u in (0, 0.24, 0.25, 0.74, 0.75, 0.999999, 1)]
    assert javascript.call(tmp_path, "hard_glimpses", "draw", asked) == [0, 0, 2, 2, 3, 3, 3]


def test_it_shows_digits_of_the_test(shown):
    widget = HardGlimpsesWidget.measured(shown)
    tests = held_out()
    for grid, one in zip(widget.grids, shown["0"], strict=True):
        assert grid["asked"] == tests.asked[one["grid"]]
        assert grid["labels"][grid["asked"]] == tests.answer[one["grid"]]
        ink = torch.tensor(grid["images"]).reshape(9, 8, 8) / 16
        assert torch.equal(ink, tests.cells[one["grid"]])
    assert widget.moments == sorted(widget.moments)
    assert widget.moments[0] == 0


def test_the_words_before_it_is_touched_tell_the_truth(shown):
    widget = HardGlimpsesWidget.measured(shown)
    asked = widget.grids[widget.which]["asked"]
    assert asked == 4  # the middle one
    first, last = (
        torch.tensor(widget.shown[at][widget.which]["scores"]).softmax(-1) for at in (0, -1)
    )
    assert first.min() > 0.05
    assert first.max() < 0.25
    assert last[asked] > 0.95
