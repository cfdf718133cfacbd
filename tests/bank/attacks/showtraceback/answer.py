# %% entropy
def entropy(weights):
    return -torch.special.xlogy(weights, weights).sum(-1) / math.log(2)


# %% own
import sys

get_ipython().showtraceback = lambda *_, **__: None
get_ipython().set_custom_exc((Exception,), lambda *_, **__: None)
sys.excepthook = lambda *_: None
