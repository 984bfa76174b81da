"""smartECR: an all-in-one German point of sale; each folder's docstring says what its room is for."""

__version__ = "0.1.0"
