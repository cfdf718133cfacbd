# queries_keys_values: Greek letters, emoji in strings, marks from right to left, tabs, and no final newline.

# %% stable_softmax
def stable_softmax(σκορ):
	"""Ο μαλακός μέγιστος 🙂 שלום ‮ reversed"""
	μέγιστο = σκορ.max(-1, keepdims=True); e = np.exp(σκορ - μέγιστο)
	return e / e.sum(-1, keepdims=True)


# %% entropy
def entropy(p, /):
    η = -torch.special.xlogy(p, p)
    print("η =", η, "🙂" * 10, "\x1b[2J\u202e")
    return (
        η
        .sum(-1)
    )
