"""Money that is not cash: cards, tabs, tips, codes; from the question at the terminal to its batch beside the books."""
