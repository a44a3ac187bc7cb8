"""Entry points for people who work on Backproof: `nox -l` lists them, `nox -s tests` runs one."""

import nox

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["tests", "lint"]
nox.options.reuse_existing_virtualenvs = True


@nox.session(python=["3.11", "3.12", "3.13", "3.14"])
def tests(session: nox.Session) -> None:
    """The tests; `nox -s tests-3.11 -- tests/check -x` runs some."""
    session.install("-e", ".[test]")
    session.run("pytest", "-n", "2", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Format, lint, types and the layers of imports."""
    session.install("-e", ".[lint]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")
    session.run("lint-imports")


@nox.session
def docs(session: nox.Session) -> None:
    """The documentation in docs/_build, every example run."""
    session.install("-e", ".[docs]")
    session.run("python", "-m", "sphinx", "-j", "2", "-W", "--keep-going", "-n", "-q", "docs", "docs/_build")


@nox.session
def links(session: nox.Session) -> None:
    """Follow every link to another site; it needs the internet, so it is not a part of .ci/run."""
    session.install("-e", ".[docs]")
    read = ("-d", "docs/_build/.doctrees")  # what `docs` has read need not be read again
    session.run("python", "-m", "sphinx", "-j", "2", "-q", "-b", "linkcheck", *read, "docs", "docs/_build/links")


@nox.session(venv_backend="none")
def release(session: nox.Session) -> None:
    """Wheel and sdist, installed in new environments with and without each extra."""
    session.run("bash", ".ci/release", external=True)
