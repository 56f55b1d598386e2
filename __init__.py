"""earwitness: timestamped, checkable evidence from a recorded support call."""

__version__ = "0.1.0"
