"""The customer display: a second window that follows the sale. It reads, and never says anything about staff."""
