"""What we do for people: one use case a file. Handlers return replies, they never send."""
