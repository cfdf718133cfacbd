"""The NumPy unit is PyTorch's, number for number."""

import numpy as np
import pytest
import torch

from attn.equations.recurrent import encode


@pytest.mark.parametrize("seed", range(3))
def test_it_is_torchs_gru(seed):
    torch.manual_seed(seed)
    rnn = torch.nn.GRU(3, 4, batch_first=True).double()
    xs = torch.randn(5, 3, dtype=torch.float64)
    parameters = [p.detach().numpy() for p in rnn.parameters()]
    expected = rnn(xs[None])[0][0].detach().numpy()
    np.testing.assert_allclose(encode(xs.numpy(), *parameters), expected, atol=1e-12)
