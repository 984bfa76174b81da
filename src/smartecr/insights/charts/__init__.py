"""Charts as SVG text. Pure: figures in, drawing out; no colours, no styles, only classes that `insights.css` paints.

Every chart has a title for those who do not see it, and the page puts the table of its figures under it.
"""
