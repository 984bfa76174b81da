"""Devices as the settings name them: which driver or twin a setting opens, and the secrets they need."""
