"""Saying no."""


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not a fault
    """
    The desk will not do that, and the person who asked is told why.

    The message goes to chat or the terminal as it stands: one plain sentence that says what
    is wrong and what to do. Subclasses live beside the rule that raises them. Anything else
    that is raised is a bug and is logged as one.
    """
