# queries_keys_values: Prints and draws wherever it can.

# %% top
import sys

import matplotlib.pyplot as plt

print("Hello,", "world" * 50)
plt.plot([1, 2, 3])
plt.show()


# %% stable_softmax
print("defining", end="\r")


def stable_softmax(scores):
    print("shape", scores.shape, "max", scores.max())
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    out = powers / powers.sum(-1, keepdims=True)
    fig, ax = plt.subplots(figsize=(2, 1))
    ax.imshow(np.atleast_2d(out.reshape(-1, out.shape[-1])))
    plt.close(fig)
    sys.stdout.write(repr(out) + "\n")
    sys.stdout.flush()
    return out


stable_softmax(np.array([1.0, 2.0]))


# %% own
heatmap(stable_softmax(np.eye(3)), ["a", "b", "c"], ["x", "y", "z"], alt="three rows")


# %% own
fig, axes = plt.subplots(2, 2)
axes[0, 0].plot(stable_softmax(np.linspace(-3, 3, 50)), label="weights")
axes[0, 0].legend()
fig


# %% entropy
def entropy(weights):
    print("\x1b[31mweights\x1b[0m", weights, file=sys.stderr)
    for i in range(200):
        print(i, "…" * 40)
    return -torch.special.xlogy(weights, weights).sum(-1)


# %% most_read
def most_read(words, weights, k):
    from pprint import pprint

    table = sorted(enumerate(zip(words, weights)), key=lambda row: (-row[1][1], row[0]))
    pprint(table)
    plt.bar(range(len(words)), weights)
    plt.xticks(range(len(words)), words)
    plt.show()
    return [word for _, (word, _) in table[:k]]
