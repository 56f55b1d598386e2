"""Adapters to the weights; nothing here knows of calls."""
