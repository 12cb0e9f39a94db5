from dqmconsole.api import Error as Error
from dqmconsole.api import Histogram as Histogram
from dqmconsole.api import NotFoundError as NotFoundError
from dqmconsole.api import OpenSource as OpenSource
from dqmconsole.api import Picture as Picture
from dqmconsole.api import PlotVerdict as PlotVerdict
from dqmconsole.api import Verdicts as Verdicts
from dqmconsole.api import check as check
from dqmconsole.api import draw as draw
from dqmconsole.api import open as open
from dqmconsole.api import validate as validate

__version__: str
