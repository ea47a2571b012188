class Busy(Exception):
    """Another writer held the lock for the whole wait."""

    def __str__(self):
        return "another writer holds the lock"
