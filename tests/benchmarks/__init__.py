"""What Fawen is promised to stand, measured: `python -m tests.benchmarks [NAME …]`."""
