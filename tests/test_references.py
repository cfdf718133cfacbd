"""The bibliography: every work has an address that lasts, and is cited somewhere."""

import re

import pytest
from pybtex.database import parse_file

from autograder.source import ROOT

ENTRIES = parse_file(ROOT / "book/references.bib").entries
PAGES = "".join(path.read_text("utf-8") for path in (ROOT / "book").glob("*.md"))
CITED = {
    key.strip()
    for keys in re.findall(r"{cite:\w+}`([^`]+)`", PAGES)
    for key in keys.split(",")
}  # fmt: skip
# Whoever publishes here registers a DOI. NeurIPS, ICLR, ICML and JMLR do not.
REGISTERED = re.compile(
    "Computational Linguistics|Empirical Methods|Workshop|Computer Vision|SIGKDD|IEEE|"
    "Biometrika|Machine Learning$|Neural Computation|Communications of the ACM"
)


def test_every_citation_is_a_work_and_every_work_is_cited():
    assert set(ENTRIES) == CITED


@pytest.mark.parametrize("key", ENTRIES)
def test_a_work_has_an_address(key):
    fields = ENTRIES[key].fields
    where = fields.get("booktitle", fields.get("journal", ""))
    if REGISTERED.search(where) and "Conference on Machine Learning" not in where:
        assert "doi" in fields
    assert {"doi", "eprint", "url"} & set(fields)
    assert re.fullmatch(r"10\.\d{4,9}/\S+", fields.get("doi", "10.1000/1"))
    assert re.fullmatch(r"\d{4}\.\d{4,5}", fields.get("eprint", "1701.00001"))
    assert ("eprint" in fields) == ("archiveprefix" in fields)


def test_no_address_is_given_twice():
    for kind in ("doi", "eprint"):
        given = [entry.fields[kind].lower() for entry in ENTRIES.values() if kind in entry.fields]
        assert len(given) == len(set(given))


def test_addresses_are_fields_and_not_prose():
    """A field becomes a link on the page; a note does not."""
    prose = [
        entry.fields.get(name, "")
        for entry in ENTRIES.values()
        for name in ("note", "howpublished")
    ]
    assert [text for text in prose if "arxiv" in text.lower()] == []
