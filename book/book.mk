# The book: `make book` builds _build/html, `make serve` shows it.
PYTHON ?= .venv/bin/python
PORT ?= 8000
BOOK_SOURCES := $(shell git ls-files --cached --others --exclude-standard -- _config.yml book attn exercises package-lock.json)

.PHONY: book serve pdf offline publish
book: _build/html/.complete  ## Build the book into _build/html

book/vendor/.complete: package-lock.json book/vendor.mjs
	npm ci --no-audit --no-fund --loglevel=error
	node book/vendor.mjs
	@touch $@

# A page that left the book must leave the site too: start from an empty folder. Outputs come from
# the cache beside it.
_build/html/.complete: book/vendor/.complete $(wildcard $(BOOK_SOURCES))
	rm -rf _build/html
	PATH="$(dir $(PYTHON)):$$PATH" $(dir $(PYTHON))jb build . --toc book/_toc.yml -W -n --keep-going --quiet
	@touch $@

pdf: book  ## All pages as one PDF, _build/html/attnbook.pdf (takes minutes)
	@$(PYTHON) scripts/pdf.py

offline: book  ## The whole site as one archive, _build/html/attnbook-offline.zip
	@$(PYTHON) scripts/offline.py

publish: pdf offline  ## What goes to the web: the site with both, which the first page links to
	@$(PYTHON) scripts/publish.py

serve:  ## Show the book on a local port (PORT=8000)
	@test -e _build/html/.complete || { echo "_build/html is not built: run \`make book\`" >&2; exit 1; }
	@echo "http://127.0.0.1:$(PORT)/book/index.html (Ctrl-C stops)"
	@$(PYTHON) -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html
