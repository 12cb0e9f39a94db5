"""The command ``dqmconsole``."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from dqmconsole.heap import bound_heap

    bound_heap()
    from dqmconsole.app.cli import run
    from dqmconsole.model.escape import escape_tracebacks

    escape_tracebacks()
    run()


if __name__ == "__main__":
    main()
