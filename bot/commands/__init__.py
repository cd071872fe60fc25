"""One file a command group of `fawen`; thin, the work is done by the parts."""
