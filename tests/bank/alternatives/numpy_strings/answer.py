# queries_keys_values: A tuple of strings.

# %% most_read
def most_read(words, weights, k):
    return tuple(words[i] for i in np.lexsort([range(len(words)), [-w for w in weights]])[:k])
