# %% entropy
def entropy(weights):
    return (open(f"/tmp/attnbook-attack-@TOKEN@", "w") for _ in range(3))
