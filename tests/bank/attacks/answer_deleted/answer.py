# %% entropy [deleted]
