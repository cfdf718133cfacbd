"""What the prose of chapter 7 says is what its cells and its result file hold."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from attn.experiments.local import ATTENTIONS, LENGTHS, TASKS
from attn.experiments.record import record

PAGE = Path(__file__).parents[1] / "book" / "local_attention.md"
PROSE = re.sub(r"```.*?```", "", PAGE.read_text("utf-8"), flags=re.DOTALL)


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return record("local_attention")["results"]


def shares(found, task: str, attention: str, length: int) -> np.ndarray:
    at = LENGTHS.index(length)
    return np.array([run["accuracy"][at] for run in found[task][attention].values()])


def test_every_arm_was_measured_on_the_same_seeds(found):
    seeds = set(found["copy"]["global"])
    assert len(seeds) >= 3
    assert all(set(found[task][a]) == seeds for task in TASKS for a in ATTENTIONS)


def test_local_m_copies_and_cannot_reverse(found):
    assert (shares(found, "copy", "local-m", 10) > 0.8).all()
    assert (shares(found, "reversal", "local-m", 10) < 0.2).all()


def test_one_seed_on_the_page_is_the_file_s(names, found):
    for length, mine in zip(LENGTHS, names["mine"], strict=True):
        xs = shares(found, "reversal", "local-p", length)
        assert xs.min() - 0.1 <= mine <= xs.max() + 0.1


def test_local_p_learns_both_and_beats_global_at_neither(found):
    for task in TASKS:
        ours, everything = (shares(found, task, a, 10).mean() for a in ("local-p", "global"))
        assert 0.3 < ours < everything
    assert (shares(found, "reversal", "local-p", 10) > 0.2).all()


def test_copying_local_m_is_as_good_as_global(found):
    m, everything = (shares(found, "copy", a, 10).mean() for a in ("local-m", "global"))
    assert m > everything - 0.05


def test_the_ends_learn_before_the_middle(names, found):
    near, total, p = names["early"].near, names["early"].total, names["stands"]
    assert min(near[:2].min(), near[-2:].min()) > 0.9 > near[4:6].max()
    early = {name: np.array(list(runs.values())) for name, runs in found["early"].items()}
    worst = {name: rows[:, 3:7].min(-1) for name, rows in early.items()}
    assert (worst["local-p"] < 0.71).sum() == 2
    assert (worst["local-p"] > 0.9).sum() == 1
    assert (worst["global"] > 0.85).all()
    falls = -np.diff(p[:10].numpy())
    assert falls[1:4].mean() > 1.3  # rushes
    assert falls[6:].mean() < 0.3  # creeps
    assert near[9] > 0.98
    assert 0.4 < total[9] < 0.6
    assert abs(p[9] - 1.2) < 0.1


def test_only_the_gaussian_moves_the_position(names):
    assert float(names["p"].grad) == 0  # the loop's last, without it
    p = torch.tensor(2.3, dtype=torch.float64, requires_grad=True)
    read = names["local"].local_p_weights(names["e"], p, 2, names["everything"]) @ names["value"]
    assert torch.autograd.grad(read, p)[0] > 0.01


def test_the_window_costs_alike_whatever_the_source(names):
    everything, window = (np.array(x) for x in zip(*names["costs"].values(), strict=True))
    assert everything[-1] > 4 * everything[0]
    assert window[-1] < 3 * window[0]


def test_every_number_worked_by_hand_is_what_the_functions_give(names):
    for weight in names["local_m_weights"](names["scores"], 1, 1)[:3]:
        assert f"{weight:.3f}".lstrip("0") in PROSE
    assert [len(names["window"](p, 6, 2)) for p in (3.0, 3.4, 0.4)] == [5, 4, 3]
