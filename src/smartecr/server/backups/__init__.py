"""Backups: taken while the shop sells, by themselves, tried out, brought back."""
