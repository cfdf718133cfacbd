"""Students' answers are no modules of ours: pytest must not import them to look for doctests."""

collect_ignore_glob = ["class/*", "attacks/*", "alternatives/*"]
