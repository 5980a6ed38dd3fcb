"""The two ways in which a command ends without success."""


class UserError(Exception):
    """The input or the surroundings are not as they must be; nothing was changed. The command exits 2.

    The message says what is wrong, where (file and key), and what to do.
    """


class RunFailed(Exception):
    """A run began and did not reach its end. The command exits 1; the message says how to go on."""
