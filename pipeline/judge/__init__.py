"""Turns in, findings out."""
