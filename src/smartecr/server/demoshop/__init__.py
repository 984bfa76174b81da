"""The demo shop: its articles and people, and the days it has lived through, by the use cases a till has."""
