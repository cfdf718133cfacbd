# human_attention: Turns warnings into errors, for itself, and still runs.

# %% top
import warnings

warnings.filterwarnings("error", category=RuntimeWarning)
import numpy

numpy.seterr(all="raise", under="ignore")


# %% kernel_weights
def kernel_weights(x, keys, width):
    scores = -0.5 * np.square((x - keys) / width)
    shifted = scores - scores.max()
    powers = np.exp(shifted)
    return powers / powers.sum()


# %% kernel_regression
def kernel_regression(x, keys, values, width):
    return np.average(values, weights=kernel_weights(x, keys, width))


# %% question_weights
def question_weights(question, regions):
    names = list(regions)
    scores = np.array([sum(question[f] * regions[n].get(f, 0) for f in question) for n in names])
    with np.errstate(under="ignore"):
        powers = np.exp(scores - scores.max())
    return dict(zip(names, powers / powers.sum()))
