"""The TSE in the life of a register: signing each receipt, outages, putting into operation, change, what it wrote."""
