"""``python -m streams``: the same as ``rapport``, for processes that we start ourselves."""

from streams.commands import main

if __name__ == "__main__":
    main()
