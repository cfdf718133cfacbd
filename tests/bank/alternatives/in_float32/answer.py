# queries_keys_values: NumPy in single precision.

# %% stable_softmax
def stable_softmax(scores):
    s = np.asarray(scores, dtype=np.float32)
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
