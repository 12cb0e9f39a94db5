"""Drawings of a detector's own shape, chosen by `drawing: NAME` in a layout.

A drawing is a function that gets :class:`~dqmconsole.ui.plot.custom.DrawingValues` and
returns one item of pyqtgraph, in coordinates of its own (x to the right, y upwards);
the tile fits the item's bounding rectangle into its room. An installed package
registers its drawings as entry points::

    [project.entry-points."dqmconsole.drawings"]
    wafer = "my_experiment.drawings:wafer"

Those in this folder come with the program and are loaded in the same way.
"""
