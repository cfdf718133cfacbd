# attention_pooling: The intervals with the standard library and SciPy's standard error.

# %% confidence_interval
from scipy import stats
from statistics import fmean


def confidence_interval(values, t):
    middle, error = fmean(values), float(stats.sem(values))
    return tuple(middle + k * t * error for k in (0, -1, 1))


# %% paired_comparison
def paired_comparison(a, b, t):
    if len(a) != len(b):
        raise ValueError(f"{len(a)} != {len(b)}")
    gains = [float(x) for x in np.array(a) - np.array(b)]
    return confidence_interval(gains, t)
