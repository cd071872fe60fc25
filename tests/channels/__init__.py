"""Channels, each over real HTTP on loopback."""
