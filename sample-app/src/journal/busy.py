class Busy(Exception):
    """Another writer held the lock during the whole wait."""

    def __str__(self) -> str:
        return "another writer holds the lock"
