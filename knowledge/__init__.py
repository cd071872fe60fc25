"""What Fawen knows: text in, decision out; no clock, no database, no network."""
