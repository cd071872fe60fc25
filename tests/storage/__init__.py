"""Storage by itself: the writer, migrations, backup and restore."""
