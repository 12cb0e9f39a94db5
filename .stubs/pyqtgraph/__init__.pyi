# The little of pyqtgraph that the console uses.
