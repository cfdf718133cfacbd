# queries_keys_values: Helpers stand in cells before and after the answers that call them.

# %% top
SMALL = 1e-300


# %% stable_softmax
def stable_softmax(scores):
    return normalised(np.exp(below_zero(scores)))


# %% own
def below_zero(scores):
    return scores - scores.max(-1, keepdims=True)


# %% own
def normalised(powers):
    return powers / np.maximum(powers.sum(-1, keepdims=True), SMALL)


# %% masked_softmax
def masked_softmax(scores, mask):
    return quiet(hide(scores, mask)).softmax(-1) * mask_of(scores, mask)


# %% own
hide = lambda scores, mask: scores.masked_fill(~mask, -math.inf)


def quiet(scores):
    return scores.masked_fill((scores == -math.inf).all(-1, keepdim=True), 0)


def mask_of(scores, mask):
    return mask.any(-1, keepdim=True).expand_as(scores).to(scores.dtype)


# %% dot_product_attention
def dot_product_attention(Q, K, V, mask=None, temperature=1.0):
    return weights_of(compare(Q, K) / temperature, mask) @ V


# %% own
def compare(Q, K):
    return Q.matmul(K.swapaxes(-1, -2))


def weights_of(scores, mask):
    return torch.softmax(scores, -1) if mask is None else masked_softmax(scores, mask)
