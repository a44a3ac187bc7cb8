"""A network to play with: in a notebook as a widget, elsewhere in the browser."""

from __future__ import annotations

import sys
from threading import Thread
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from backproof.arrays import Array
from backproof.errors import OptionError
from backproof.inputs import check_inputs
from backproof.network import Network
from backproof.training import Training
from backproof.worksheet import Worksheet

if TYPE_CHECKING:
    from backproof.interop.serve import Server


def play_network(network: Network, x: ArrayLike, y: ArrayLike, *, learning_rate: float, title: str) -> Any:
    """The page of a network on some samples: a widget in a notebook, else a server that has opened a browser."""
    trace = network.trace(x, y)
    inputs: Array = check_inputs(network.architecture, x)
    sheet = Worksheet(title, network, inputs, trace.y, training=Training(learning_rate), warnings=network.warnings)
    return show_worksheet(sheet)


def show_worksheet(sheet: Worksheet) -> Any:
    """The page of a worksheet, where it is seen best."""
    if is_notebook():
        try:
            from backproof.interop.widget import PageWidget
        except ImportError:
            raise OptionError("in a notebook play needs anywidget: pip install 'backproof[notebook]'.") from None
        return PageWidget(sheet)
    return open_page(sheet)


def is_notebook() -> bool:
    """Whether this runs in the kernel of a notebook."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return shell is not None and "IPKernelApp" in shell.config


def open_page(sheet: Worksheet) -> Server:
    """A page that is served in the background until `stop()` or the end of Python, opened in the browser."""
    import webbrowser

    from backproof.interop.serve import Server

    server = Server(sheet)
    Thread(target=server.run, daemon=True).start()
    webbrowser.open(server.address)
    return server
