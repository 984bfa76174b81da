"""The parts of the proof: `walk` stretches of the journal (shared by a `crew`), `receipts` and their signatures, the
`standing` of what may change, `closings` and what hangs on them.

Everything is read in blocks, so that memory does not grow with the years. What may enter: checks that say in a German
sentence with a place what does not hold. Nothing here writes.
"""
