# is_attention_explanation: Through NumPy, through vmap, through logarithms.

# %% total_variation
import numpy as np


def total_variation(p, q):
    return torch.cdist(p.unsqueeze(-2), q.unsqueeze(-2), p=1).squeeze(-1).squeeze(-1) * 0.5


# %% permutation_test
def permutation_test(weights, annotations, W, orders):
    def answer(w):
        logits = torch.matmul(w.unsqueeze(-2), annotations).squeeze(-2).matmul(W.mT)
        return torch.exp(logits - logits.logsumexp(-1, keepdim=True))

    changes = torch.vmap(lambda order: (answer(weights.index_select(-1, order)) - answer(weights)).abs().sum(-1).div(2))(orders)
    middle = len(orders) // 2
    return changes.sort(dim=0).values[middle]


# %% rank_agreement
def rank_agreement(a, b):
    x, y = a.cpu().numpy().astype(float), b.cpu().numpy().astype(float)
    dx = np.sign(np.subtract(x[..., None], x[..., None, :]))
    dy = np.sign(np.subtract(y[..., None], y[..., None, :]))
    n1, n2 = np.count_nonzero(dx, axis=(-2, -1)), np.count_nonzero(dy, axis=(-2, -1))
    tau = np.einsum("...ij,...ij->...", dx, dy) / np.sqrt(n1) / np.sqrt(n2)
    return torch.as_tensor(tau, dtype=a.dtype, device=a.device)


# %% erase
def erase(weights, ranking, k):
    gone = torch.zeros_like(weights, dtype=torch.bool)
    if k:
        gone.scatter_(-1, ranking.topk(k, dim=-1).indices, True)
    logs = weights.log().masked_fill(gone, -math.inf)
    return logs.softmax(-1).nan_to_num(nan=0.0)
