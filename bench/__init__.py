"""Measurements of smartECR, each row a ratio of two sides taken in turn in one run. `./run bench --help`."""
