"""Words and their numbers."""

from collections.abc import Iterable, Sequence

from attn.data.batch import BOS, EOS, PAD

SPECIAL = {PAD: "<pad>", BOS: "<begin>", EOS: "<end>"}
UNKNOWN = "<unknown>"


class Vocabulary:
    """Numbers for words: the special ones first, then the unknown word, then the rest in order.

    >>> vocabulary = Vocabulary(["chat", "noir"])
    >>> vocabulary.encode(["chat", "vert"]), vocabulary.decode([4, 5, 2, 0])
    ([4, 3], ['chat', 'noir'])
    """

    def __init__(self, words: Iterable[str]) -> None:
        self.words = [*SPECIAL.values(), UNKNOWN, *dict.fromkeys(words)]
        self.numbers = {word: number for number, word in enumerate(self.words)}

    def __len__(self) -> int:
        return len(self.words)

    def encode(self, words: Sequence[str]) -> list[int]:
        """The numbers of the words; an unknown word has a number of its own."""
        return [self.numbers.get(word, self.numbers[UNKNOWN]) for word in words]

    def decode(self, numbers: Sequence[int]) -> list[str]:
        """The words up to the first EOS, without padding and begin."""
        words = []
        for number in map(int, numbers):
            if number == EOS:
                break
            if number not in SPECIAL:
                words.append(self.words[number])
        return words
