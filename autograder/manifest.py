"""What a release contains, written down when it is made: the only authority when grading."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

MANIFESTS = Path(__file__).parent / "manifests"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class GradedExercise(_Model):
    """One exercise of a release: the cell that a student fills, and the cell with its points."""

    name: str
    points: float
    answer_cell: str
    grade_cell: str


class WrittenAnswer(_Model):
    """An answer in words, which a person grades."""

    grade_cell: str
    points: float


class Manifest(_Model):
    """One slug's release. ``sha256`` is of the released notebook's bytes."""

    slug: str
    title: str
    sha256: str
    provides: tuple[str, ...]
    exercises: tuple[GradedExercise, ...]
    written: tuple[WrittenAnswer, ...]

    def save(self, folder: Path = MANIFESTS) -> None:
        """Writes ``<slug>.json``."""
        path = folder / f"{self.slug}.json"
        path.write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")

    @staticmethod
    def load(slug: str, folder: Path = MANIFESTS) -> "Manifest":
        """Reads ``<slug>.json``; ``LookupError`` names the mend where there is none."""
        path = folder / f"{slug}.json"
        if not path.is_file():
            raise LookupError(f"no release is called {slug!r}: run `autograder release`")
        return Manifest.model_validate_json(path.read_bytes())
