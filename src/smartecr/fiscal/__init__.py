"""What the tax office reads: process data for the TSE now; DSFinV-K, notification and DATEV build on the same values.

Pure: knows `core` and no database, no Django, no device. What enters here is a format an authority or
an adviser prescribes, never a rule of selling.
"""
