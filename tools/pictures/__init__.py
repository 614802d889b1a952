"""Records the pictures of docs/pictures: real sessions in a pseudo-terminal, drawn as animated SVG.

A scenario types like a person into a real shell, waits for what is to be seen, and says how long each moment is shown.
The drawing is our own: vhs and agg paint pixels, termtosvg is no longer kept, rich draws stills; none has two palettes.
What is hard, reading a terminal, is pyte's.
"""
