# human_attention: Sets the default dtype, the printing and the threads, and sets them back.

# %% top
import torch


class double:
    def __enter__(self):
        self.before = torch.get_default_dtype()
        torch.set_default_dtype(torch.float64)

    def __exit__(self, *_):
        torch.set_default_dtype(self.before)


torch.set_printoptions(precision=2)
with double():
    torch.ones(2)


# %% KernelPooling
class KernelPooling(torch.nn.Module):
    def __init__(self, width=1.0):
        super().__init__()
        with double():
            start = torch.tensor(width).log()
        self.log_width = torch.nn.Parameter(start.float())

    def forward(self, queries, keys, values):
        with double():
            s2 = torch.exp(2 * self.log_width)
            scores = (queries[..., :, None] - keys[..., None, :]).square() / (-2 * s2)
            return torch.softmax(scores, -1).matmul(values[..., None]).squeeze(-1)
