# queries_keys_values: No gradient where none is asked for, and contexts of its own.

# %% top
import contextlib
import io
import warnings

import torch

torch.autograd.set_detect_anomaly(False)


@contextlib.contextmanager
def quietly():
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


# %% stable_softmax
def stable_softmax(scores):
    with quietly(), np.errstate(all="ignore"), np.printoptions(precision=1):
        print("nobody reads this")
        e = np.exp(scores - scores.max(-1, keepdims=True))
        return e / e.sum(-1, keepdims=True)


# %% entropy
def entropy(weights):
    with torch.no_grad():
        return -torch.special.xlogy(weights, weights).sum(-1)


# %% SoftDictionary
class SoftDictionary:
    @torch.inference_mode()
    def __init__(self, temperature=1.0):
        self.temperature, self.keys, self.values = temperature, [], []

    @torch.inference_mode()
    def write(self, key, value):
        self.keys.append(key * 1)
        self.values.append(value * 1)

    def read(self, query):
        with contextlib.ExitStack() as stack:
            stack.enter_context(torch.inference_mode())
            if not self.keys:
                raise KeyError
            scores = torch.stack(self.keys) @ query / self.temperature
            return scores.softmax(-1) @ torch.stack(self.values)


# %% dot_product_attention
def dot_product_attention(Q, K, V, mask=None, temperature=1.0):
    with torch.autograd.set_grad_enabled(True), torch.device(Q.device):
        scores = Q @ K.transpose(-1, -2) / temperature
        mask = torch.ones(K.shape[-2], dtype=torch.bool) if mask is None else mask
        empty = ~mask.any(-1, keepdim=True)
        weights = scores.masked_fill(~mask, -math.inf).masked_fill(empty, 0).softmax(-1)
        return weights.masked_fill(empty, 0) @ V
