"""`python -m earwitness`."""

from .cli import main

if __name__ == "__main__":
    main()
