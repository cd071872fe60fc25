"""What happens when things go wrong: the program dies, the platforms fail, the database goes away."""
