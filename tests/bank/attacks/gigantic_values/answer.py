# %% entropy
def entropy(weights):
    nested = [10**10_000_000, "x" * 10_000_000]
    nested.append(nested)
    return nested
