"""One file a page, in subfolders; see docs/decisions. Pages import components and core only."""
