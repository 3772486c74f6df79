"""Kindstem: a young person in Dutch youth protection is heard, and only by the people it chose."""

__version__ = "0.1.0"
