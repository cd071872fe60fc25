"""Tests: behaviour through public surfaces."""
