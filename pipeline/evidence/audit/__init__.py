"""The documents and tables of many calls: scored calls in, files out."""
