# seq2seq_bottleneck: No batch anywhere: every row for itself, in Python.

# %% pad_batch
def pad_batch(sequences):
    longest = max(len(s) for s in sequences)
    rows = [list(s) + [PAD] * (longest - len(s)) for s in sequences]
    return torch.tensor(rows), torch.tensor([len(s) for s in sequences])


# %% last_state
def last_state(states, lengths):
    return torch.stack([row[: int(n)][-1] for row, n in zip(states, lengths)])


# %% BiEncoder
class BiEncoder(nn.Module):
    def __init__(self, vocabulary, width, m):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.rnn = nn.GRU(width, m // 2, batch_first=True, bidirectional=True)

    def forward(self, tokens, lengths):
        annotations, summaries = [], []
        for row, n in zip(tokens, lengths.tolist()):
            states, last = self.rnn(self.embedding(row[:n]))
            missing = states.new_zeros(len(row) - n, states.shape[-1])
            annotations.append(torch.cat([states, missing]))
            summaries.append(last.flatten())
        return torch.stack(annotations), torch.stack(summaries)


# %% teacher_forcing
def teacher_forcing(step, state, target):
    rows = []
    for b in range(len(target)):
        here, token, scores = state[b : b + 1], target.new_tensor([BOS]), []
        for answer in target[b]:
            score, here = step(token, here)
            scores.append(score[0])
            token = answer[None]
        rows.append(torch.stack(scores))
    return torch.stack(rows)


# %% write_greedily
def write_greedily(step, state, longest):
    rows = []
    for b in range(len(state)):
        here, written = state[b : b + 1], []
        token = torch.tensor([BOS], device=state.device)
        while len(written) < longest:
            score, here = step(token, here)
            token = score.argmax(-1)
            written.append(int(token))
            if written[-1] == EOS:
                break
        rows.append(written + [PAD] * (longest - len(written)))
    return torch.tensor(rows, device=state.device)


# %% sequence_accuracy
def sequence_accuracy(written, target):
    def strip(row):
        while row and row[-1] == PAD:
            row = row[:-1]
        return row

    pairs = list(zip(written.tolist(), target.tolist()))
    return sum(strip(a) == strip(b) for a, b in pairs) / len(pairs)
