"""What a judge says of a submission: the one thing that all stages of grading share."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Status = Literal["passed", "failed", "broke"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FactVerdict(_Model):
    """One sentence about the answer, and whether it holds."""

    name: str
    says: str
    status: Literal["held", "failed", "skipped", "broke"]
    because: str = Field(default="", description="why it did not hold or was not tried")


class Evidence(_Model):
    """The smallest input on which the first failing fact fails, small enough to read."""

    case: str
    inputs: dict[str, str]
    yours: str = ""
    expected: str = ""


class Diagnosis(_Model):
    """The mistake that gives these very answers, on every input or only on some."""

    name: str
    hint: str
    complete: bool = Field(default=True, description="whether it explains every answer")


class Flag(_Model):
    """Something that the instructor may want to look at; it changes no mark."""

    line: int
    source: str
    reason: str


class ExerciseVerdict(_Model):
    """One exercise: passed, failed, or *we broke*, which is never a student's zero."""

    exercise: str
    status: Status
    points: float | None = Field(description="None where the exercise could not be judged")
    max_points: float
    facts: tuple[FactVerdict, ...] = ()
    evidence: Evidence | None = None
    misconception: Diagnosis | None = None
    flags: tuple[Flag, ...] = ()
    error: str = Field(default="", description="the student's error, or ours, in words")
    device: str = "cpu"
    seed: int
    seconds: float


class CellReport(_Model):
    """A cell as it was run: those that answer an exercise, and those that something befell."""

    number: int = Field(description="its place among all cells of the notebook, from 1")
    exercise: str = Field("", description="the exercise that it answers, if it does")
    status: Literal["ok", "error", "died", "timeout"] = "ok"
    source: str = ""
    error: str = Field("", description="the student's error, at the student's line")
    stderr: str = Field("", description="what it printed there; costs nothing")


class WrittenReport(_Model):
    """An answer in words, which a person grades."""

    name: str
    max_points: float
    text: str = Field("", description="the student's Markdown; empty where there is none")


class LimitsInForce(_Model):
    """How much the submission's code could use; beyond it, code is stopped."""

    seconds_per_check: float = Field(description="for all that one exercise is asked")
    seconds_per_cell: float
    seconds_in_all: float = Field(description="for all cells and checks of the notebook")
    memory_mb: int
    calibration: float = Field(
        default=1.0, description="by how much the times grew, because the machine was slow"
    )


class Verdict(_Model):
    """One submission: a student's notebook for one assignment."""

    version: Literal[1] = 1
    student: str
    assignment: str
    status: Literal["graded", "rejected", "incomplete"]
    reason: str = Field(default="", description="why it was rejected, or is incomplete")
    exercises: tuple[ExerciseVerdict, ...] = ()
    cells: tuple[CellReport, ...] = ()
    written: tuple[WrittenReport, ...] = ()
    submission_sha256: str = ""
    release_sha256: str = ""
    grader_sha256: str = Field(default="", description="of all that decides a verdict on it")
    isolation: str = Field(default="", description="what kept the submission's code apart")
    limits: LimitsInForce | None = Field(default=None, description="None where no code was run")
    seconds: float = 0.0

    @property
    def points(self) -> float:
        """The points of all exercises that were judged."""
        return sum(exercise.points or 0.0 for exercise in self.exercises)

    @property
    def max_points(self) -> float:
        """The points that the checks can give; written answers are not among them."""
        return sum(exercise.max_points for exercise in self.exercises)
