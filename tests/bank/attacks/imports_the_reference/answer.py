# %% entropy
try:
    from attn.softmax import entropy
except ImportError:
    try:
        from attn.equations.softmax import entropy
    except ImportError:

        def entropy(weights):
            return -torch.special.xlogy(weights, weights).sum(-1) / math.log(2)
