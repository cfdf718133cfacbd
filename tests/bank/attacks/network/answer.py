# %% entropy
import socket


def entropy(weights):
    for address in (("127.0.0.1", int("@PORT@")), ("192.0.2.1", 80)):
        try:
            socket.create_connection(address, timeout=1).sendall(b"found you")
            raise SystemError("there is a network")
        except OSError:
            pass
    return -torch.special.xlogy(weights, weights).sum(-1) / math.log(2)
