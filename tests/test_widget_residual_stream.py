"""The widget's JavaScript computes what attn computes."""

from itertools import pairwise

import javascript
import pytest
import torch
from torch import Tensor

from attn.equations.transformer import feed_forward
from attn.experiments.transformer import likeness_of
from attn.layer_norm import LayerNorm
from attn.transformer import EncoderBlock
from attn.widgets.residual_stream import HIDDEN, NUMBERS, ResidualStreamWidget

WIDGET = ResidualStreamWidget()


def block(norm: str, skip: bool) -> EncoderBlock:
    """attn's block with the widget's matrices; the biases of its projections at zero."""
    made = EncoderBlock(NUMBERS, 1, HIDDEN, norm=norm, skip=skip).double()
    state = made.state_dict()
    for name in ("W_q", "W_k", "W_v", "W_o"):
        state[f"attend.{name}.weight"] = torch.tensor(WIDGET.weights[name])
        state[f"attend.{name}.bias"].zero_()
    for number in (1, 2):
        state[f"feed.W_{number}.weight"] = torch.tensor(WIDGET.weights[f"W_{number}"])
        state[f"feed.W_{number}.bias"] = torch.tensor(WIDGET.weights[f"b_{number}"])
    made.load_state_dict(state)
    return made


def near(rows: object, expected: Tensor) -> None:
    torch.testing.assert_close(torch.tensor(rows).double(), expected.double(), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("skip", [True, False])
@pytest.mark.parametrize("norm", ["pre", "post"])
def test_the_last_step_is_attns_block(tmp_path, norm, skip):
    asked = [[WIDGET.stream, WIDGET.weights, norm, skip]]
    states = javascript.call(tmp_path, "residual_stream", "steps", asked)[0]
    assert len(states) == 7
    out, weights = block(norm, skip)(torch.tensor(WIDGET.stream).double()[None])
    near(states[-1]["stream"], out[0])
    near(next(s["weights"] for s in states if "weights" in s), weights[0, 0])


def test_before_the_norm_the_stream_is_touched_by_adding_alone(tmp_path):
    asked = [[WIDGET.stream, WIDGET.weights, "pre", True]]
    states = javascript.call(tmp_path, "residual_stream", "steps", asked)[0]
    names = [state["name"] for state in states]
    assert names == ["in", "norm", "attention", "add", "norm", "feed-forward", "add"]
    for before, after in pairwise(states):
        if after["name"] == "add":
            near(after["stream"], torch.tensor(before["stream"]) + torch.tensor(before["beside"]))
        else:
            assert after["stream"] == before["stream"]


def test_a_position_is_normalised_and_fed_as_in_attn(tmp_path):
    for row in WIDGET.stream:
        found = javascript.call(tmp_path, "residual_stream", "layerNorm", [[row]])[0]
        near(found, LayerNorm(NUMBERS)(torch.tensor(row)).detach())
        fed = javascript.call(tmp_path, "residual_stream", "feedForward", [[row, WIDGET.weights]])[
            0
        ]
        arrays = [
            torch.tensor(WIDGET.weights[name]).numpy() for name in ("W_1", "b_1", "W_2", "b_2")
        ]
        expected = feed_forward(
            torch.tensor(row).numpy(), arrays[0].T, arrays[1], arrays[2].T, arrays[3]
        )
        near(fed, torch.from_numpy(expected))


def test_likeness_is_that_of_the_experiment(tmp_path):
    said = javascript.call(tmp_path, "residual_stream", "likeness", [[WIDGET.stream]])[0]
    assert said == pytest.approx(likeness_of(torch.tensor(WIDGET.stream)[None]), abs=1e-5)


def test_it_carries_its_matrices_to_the_page():
    html = WIDGET._repr_mimebundle_()[0]["text/html"]
    assert 'data-widget="residual_stream"' in html
    assert "&quot;W_q&quot;" in html
