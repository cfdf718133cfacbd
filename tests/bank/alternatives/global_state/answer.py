# human_attention: Counts its calls in globals, and keeps what it was given.

# %% top
calls = 0
kept = []


# %% question_weights
def question_weights(question, regions):
    global calls
    calls += 1
    kept.append((question, regions))
    scores = [sum(v * region.get(k, 0) for k, v in question.items()) for region in regions.values()]
    powers = np.exp(np.array(scores) - np.max(scores))
    return {name: float(p) for name, p in zip(regions, powers / powers.sum())}


# %% kernel_weights
table = {}


def kernel_weights(x, keys, width):
    name = (float(x), keys.tobytes(), float(width))
    if name not in table:
        scores = -0.5 * ((keys - x) / width) ** 2
        powers = np.exp(scores - scores.max())
        table[name] = powers / powers.sum()
    return table[name].copy()


# %% kernel_regression
def kernel_regression(x, keys, values, width):
    kernel_regression.calls = getattr(kernel_regression, "calls", 0) + 1
    return float(np.dot(kernel_weights(x, keys, width), values))
