# human_attention: SciPy, where the task does not ask for one's own.

# %% question_weights
from scipy import special


def question_weights(question, regions):
    names = list(regions)
    features = sorted({f for r in regions.values() for f in r} | set(question))
    table = np.array([[regions[n].get(f, 0.0) for f in features] for n in names])
    scores = table @ np.array([question.get(f, 0.0) for f in features])
    return dict(zip(names, special.softmax(scores).tolist()))


# %% kernel_weights
from scipy import stats


def kernel_weights(x, keys, width):
    return special.softmax(stats.norm(x, width).logpdf(keys))


# %% kernel_regression
def kernel_regression(x, keys, values, width):
    return stats.rv_discrete(values=(range(len(keys)), kernel_weights(x, keys, width) )).expect(lambda i: values[np.asarray(i, dtype=int)])
