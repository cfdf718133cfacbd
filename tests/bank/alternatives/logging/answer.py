# queries_keys_values: Logs everything, to stderr and to a file.

# %% top
import logging

logging.basicConfig(level=logging.DEBUG, force=True)
logger = logging.getLogger("student")
logger.addHandler(logging.FileHandler("student.log"))
logging.captureWarnings(True)


# %% masked_softmax
def masked_softmax(scores, mask):
    logger.debug("scores %s, mask %s", scores, mask)
    blind = ~mask.any(-1, keepdim=True)
    if blind.any():
        logger.warning("a row may read nothing")
    return scores.masked_fill(~mask, -math.inf).masked_fill(blind, 0).softmax(-1).masked_fill(blind, 0)


# %% most_read
def most_read(words, weights, k):
    try:
        words[len(words)]
    except IndexError:
        logger.exception("as expected")
    return [words[i] for i in sorted(range(len(words)), key=lambda i: -weights[i])[:k]]


# %% entropy
def entropy(weights):
    logger.critical("no number is %s", math.nan)
    return -torch.special.xlogy(weights, weights).sum(-1)
