"""Contracts: the same tests over every database behind the same functions."""
