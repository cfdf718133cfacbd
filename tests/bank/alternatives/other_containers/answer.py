# queries_keys_values: Strings, numbers and lists of NumPy's kinds; tuples in place of lists.

# %% most_read
def most_read(words, weights, k):
    order = np.argsort(-np.asarray(weights), kind="stable")
    return list(np.asarray(words)[order][:k])


# %% entropy
def entropy(weights):
    return torch.nn.Parameter(-torch.special.xlogy(weights, weights).sum(-1))
