"""Where `make course` has put things: printed at its end."""

from pathlib import Path

PLACES = {
    "The book": Path("_build/html/book/index.html"),
    "The exercises": Path("exercises"),
    "The sample class's verdicts": Path("_build/sample/verdicts.csv"),
    "Its feedback pages": Path("_build/sample/feedback/index.html"),
}

if __name__ == "__main__":
    missing = [path for path in PLACES.values() if not path.exists()]
    if missing:
        raise SystemExit(f"missing: {', '.join(map(str, missing))}; run `make course`")
    width = max(map(len, PLACES))
    for name, path in PLACES.items():
        print(f"{name:{width}}  {path}")
    print("\nRead it in a browser: make serve")
