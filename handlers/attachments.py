"""Files that belong to a case: what is taken, told by the bytes and not by the name."""

LARGEST_FILE = 10 * 1024 * 1024
