# human_attention: The answer is a defaultdict that is filled as it goes.

# %% question_weights
from collections import Counter, defaultdict


def question_weights(question, regions):
    scores = defaultdict(float)
    for feature, strength in question.items():
        for name in regions:
            scores[name] += strength * regions[name].get(feature, 0.0)
    powers = Counter({name: math.exp(s - max(scores.values())) for name, s in scores.items()})
    out = defaultdict(float)
    for name in powers:
        out[name] += powers[name] / sum(powers.values())
    return out
