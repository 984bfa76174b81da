"""Ringing up, ordering, paying, taking back: from the first tap to the decided receipt."""
