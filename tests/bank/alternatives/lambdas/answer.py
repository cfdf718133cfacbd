# queries_keys_values: Answers are lambdas.

# %% stable_softmax
stable_softmax = lambda scores: (
    lambda powers: powers / powers.sum(-1, keepdims=True)
)(np.exp(scores - scores.max(-1, keepdims=True)))

# %% masked_softmax
masked_softmax = lambda scores, mask: (
    lambda blind: scores.masked_fill(~mask, -math.inf).masked_fill(blind, 0).softmax(-1).masked_fill(blind, 0)
)(~mask.any(-1, keepdim=True))

# %% entropy
entropy = lambda weights: -torch.special.xlogy(*[weights] * 2).sum(-1)

# %% most_read
most_read = lambda words, weights, k: [words[i] for i in sorted(range(len(words)), key=lambda i: -weights[i])][:k]

# %% dot_product_attention
dot_product_attention = lambda Q, K, V, mask=None, temperature=1.0: (
    (lambda s: s.softmax(-1) if mask is None else masked_softmax(s, mask))(Q @ K.mT / temperature) @ V
)

# %% SoftDictionary
SoftDictionary = type(
    "SoftDictionary",
    (),
    {
        "__init__": lambda self, temperature=1.0: self.__dict__.update(t=temperature, e=[]),
        "write": lambda self, key, value: self.e.append((key, value)),
        "read": lambda self, query: (
            (torch.stack([k for k, _ in self.e]) @ query / self.t).softmax(0) @ torch.stack([v for _, v in self.e])
            if self.e
            else {}["empty"]
        ),
    },
)
