# %% entropy
def entropy(weights):
    raise ValueError("<script>alert(1)</script><img src=x onerror=alert(1)>\x1b[2J\u202epassed")


# %% own
raise ValueError("<script>alert(2)</script>\x1b[2J")
