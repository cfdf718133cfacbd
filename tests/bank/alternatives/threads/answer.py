# queries_keys_values: Rows are shared out among threads; others run beside them.

# %% top
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.pool import ThreadPool

import torch

torch.set_num_threads(2)
ticks = []
threading.Thread(target=lambda: [ticks.append(time.sleep(0.01)) for _ in range(5)]).start()
threading.Thread(target=time.sleep, args=(30,), daemon=True).start()
lock = threading.Lock()


# %% stable_softmax
def row(scores):
    e = np.exp(scores - scores.max())
    return e / e.sum()


def stable_softmax(scores):
    rows = scores.reshape(-1, scores.shape[-1])
    with ThreadPoolExecutor(2) as pool:
        return np.stack(list(pool.map(row, rows))).reshape(scores.shape)


# %% entropy
def entropy(weights):
    with ThreadPool(2) as pool:
        found = pool.map(lambda p: -torch.special.xlogy(p, p).sum(), weights.reshape(-1, weights.shape[-1]))
    return torch.stack(found).reshape(weights.shape[:-1])


# %% SoftDictionary
class SoftDictionary:
    def __init__(self, temperature=1.0):
        self.temperature, self.entries, self.lock = temperature, [], threading.RLock()

    def write(self, key, value):
        thread = threading.Thread(target=self._append, args=(key, value))
        thread.start()
        thread.join()

    def _append(self, *entry):
        with self.lock, lock:
            self.entries.append(entry)

    def read(self, query):
        with self.lock:
            if not self.entries:
                raise KeyError
            K, V = map(torch.stack, zip(*self.entries))
            return torch.softmax(K @ query / self.temperature, 0) @ V
