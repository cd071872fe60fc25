"""Faithful loopback fakes of the platforms that the service talks to."""
