# %% entropy
def entropy(weights):
    return -torch.special.xlogy(weights, weights).sum(-1) / math.log(2)


# %% own
import signal
import time

for number in range(1, 32):
    try:
        signal.signal(number, signal.SIG_IGN)
    except OSError:
        pass
while True:
    time.sleep(1)
