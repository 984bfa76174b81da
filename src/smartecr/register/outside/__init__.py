"""Other programmes: ways in by token, and addresses that are told what happened."""
