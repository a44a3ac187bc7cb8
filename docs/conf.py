"""How Sphinx builds the documentation; what is special about it is in `_ext/backproof_site`."""

import sys
from pathlib import Path

import backproof

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project, author, copyright = "Backproof", "The authors of Backproof", "the authors of Backproof"
version = release = backproof.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "numpydoc",
    "sphinx_copybutton",
    "sphinx_design",
    "backproof_site",
]
exclude_patterns = ["_build", "_ext", "jupyter_execute"]
html_theme = "furo"
html_title = "Backproof"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_math_renderer = "mathml"  # our own: no script, no network
nitpicky = True
# What the type annotations of signatures name and no page of ours describes.
nitpick_ignore_regex = [("py:.*", r"(?!backproof).*"), ("py:.*", r"backproof\.(?!torch|sklearn|onnx)[a-z_]+\..*")]

myst_enable_extensions = ["dollarmath", "colon_fence", "deflist", "attrs_inline"]
myst_heading_anchors = 3
nb_execution_mode = "auto"  # each page's cells once, kept beside the built pages until the page changes
nb_execution_timeout = 120
nb_execution_raise_on_error = True
nb_merge_streams = True

autodoc_typehints = "none"  # the sections of a docstring say the types, with what they mean
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
copybutton_prompt_text = "$ "
copybutton_only_copy_prompt_lines = True
suppress_warnings = ["misc.highlighting_failure"]
linkcheck_ignore = [r"https://github\.com/.*/backproof.*"]
