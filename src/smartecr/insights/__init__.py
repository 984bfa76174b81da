"""Figures that help: rollups kept with every closing, questions asked of them, charts drawn from the answers.

Rollups are sums of the books and nothing else: they can be thrown away and are rebuilt from the books by one command.
The register does not know this room; its wiring hands `keeping.keep` to the till. Nothing here writes a fact.
"""
