# seq2seq_bottleneck: By gather, scatter and masks, without a loop over rows.

# %% pad_batch
def pad_batch(sequences):
    rows = [torch.tensor(s, dtype=torch.long) for s in sequences]
    tokens = nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=PAD)
    return tokens, torch.as_tensor([row.numel() for row in rows])


# %% last_state
def last_state(states, lengths):
    place = (lengths - 1)[:, None, None].expand(-1, 1, states.shape[-1])
    return states.gather(1, place).squeeze(1)


# %% BiEncoder
class BiEncoder(nn.Module):
    def __init__(self, vocabulary, width, m):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width, padding_idx=PAD)
        self.rnn = nn.GRU(width, m // 2, bidirectional=True, batch_first=True)

    def forward(self, tokens, lengths):
        order = lengths.argsort(descending=True)
        packed = pack_padded_sequence(
            self.embedding(tokens[order]), lengths[order].cpu(), batch_first=True
        )
        states, _ = self.rnn(packed)
        states, _ = pad_packed_sequence(states, batch_first=True, total_length=tokens.shape[1])
        states = states[order.argsort()]
        forwards, backwards = states.chunk(2, dim=-1)
        return states, torch.cat([last_state(forwards, lengths), backwards[:, 0]], dim=1)


# %% teacher_forcing
def teacher_forcing(step, state, target):
    fed = torch.nn.functional.pad(target, (1, 0), value=BOS)[:, :-1]
    scores = []
    for i in range(fed.shape[1]):
        score, state = step(fed[:, i], state)
        scores += [score]
    return torch.stack(scores).permute(1, 0, 2)


# %% write_greedily
def write_greedily(step, state, longest):
    written = torch.zeros(len(state), longest, dtype=torch.long, device=state.device)
    token = written.new_ones(len(state))
    for i in range(longest):
        scores, state = step(token, state)
        token = scores.max(dim=1).indices
        written[:, i] = token
    ends = written.eq(EOS).int()
    return written * (ends.cumsum(1) - ends).eq(0)


# %% sequence_accuracy
def sequence_accuracy(written, target):
    table = written.new_zeros(2, len(target), max(written.size(1), target.size(1)))
    table[0, :, : written.size(1)] = written
    table[1, :, : target.size(1)] = target
    wrong = (table[0] - table[1]).abs().sum(1)
    return 1 - torch.count_nonzero(wrong).item() / len(wrong)
