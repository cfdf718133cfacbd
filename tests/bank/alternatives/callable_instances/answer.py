# queries_keys_values: Answers are objects with __call__, and modules of torch.

# %% stable_softmax
class Softmax:
    def __init__(self, axis):
        self.axis = axis

    def __call__(self, scores):
        e = np.exp(scores - scores.max(self.axis, keepdims=True))
        return e / e.sum(self.axis, keepdims=True)


stable_softmax = Softmax(axis=-1)


# %% masked_softmax
class MaskedSoftmax(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.soft = torch.nn.Softmax(dim=-1)
        self.register_buffer("nothing", torch.tensor(0.0))

    def forward(self, scores, mask):
        blind = ~mask.any(-1, keepdim=True)
        return self.soft(scores.masked_fill(~mask, -math.inf).masked_fill(blind, 0)).masked_fill(blind, 0)


masked_softmax = MaskedSoftmax()


# %% dot_product_attention
class Attention(torch.nn.Module):
    def forward(self, Q, K, V, mask=None, temperature=1.0):
        scores = Q @ K.transpose(-1, -2) / temperature
        return (masked_softmax(scores, mask) if mask is not None else scores.softmax(-1)) @ V


dot_product_attention = Attention().eval()
