"""The error that a user of the grader can meet."""


class GradingError(Exception):
    """What is wrong, and what to do, in one line."""
