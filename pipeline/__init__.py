"""The way a call flows: listen, judge, write evidence."""
