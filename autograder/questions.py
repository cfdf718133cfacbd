"""What every answer to an exercise is asked: cases of one seed, and what is right and wrong there.

The reference's replies and those of known mistakes are the same whoever answers, so a class whose
submissions share a seed has them computed once.
"""

from collections.abc import Iterable

import numpy as np

from autograder.spec import Case, Exercise, Misconception
from autograder.subject import LocalSubject, Reply


class Questions:
    """An exercise's cases for one seed, smallest first, and replies to them as they are needed."""

    def __init__(self, exercise: Exercise, seed: int) -> None:
        self.cases = list(exercise.cases(np.random.default_rng(seed)))
        self.expected: dict[int, tuple[Case, Reply]] = {}
        self._wrong: dict[str, list[Reply]] = {}

    def keep(self, expected: Iterable[tuple[Case, Reply]]) -> None:
        """Keeps the reference's replies to these cases, of those that are everybody's."""
        ours = set(map(id, self.cases))
        self.expected |= {id(case): (case, reply) for case, reply in expected if id(case) in ours}

    def wrong(self, mistake: Misconception) -> list[Reply]:
        """What a mistake replies, case by case."""
        if mistake.name not in self._wrong:
            subject = LocalSubject(mistake.implementation())
            self._wrong[mistake.name] = [subject.run(case.program) for case in self.cases]
        return self._wrong[mistake.name]


class Memory:
    """The questions of one seed, by exercise. Asked for those of another seed, it forgets."""

    def __init__(self) -> None:
        self._seed: int | None = None
        self._questions: dict[str, Questions] = {}

    def questions(self, exercise: Exercise, seed: int) -> Questions:
        """Those of an exercise for a seed: the very same objects as before."""
        if seed != self._seed:
            self._seed, self._questions = seed, {}
        if exercise.name not in self._questions:
            self._questions[exercise.name] = Questions(exercise, seed)
        return self._questions[exercise.name]
