"""Code as users write it: mypy --strict and pyright must accept it against the installed package."""

import numpy as np

import backproof
from backproof import Network, Trace, exp


def main() -> None:
    """Use the names that most programs use."""
    sheet = backproof.load("or")
    trace: Trace = sheet.trace(step=1, sample=2)
    slope: float = trace["dE/dw1"]
    print(slope, trace.explain("dE/dw1"))

    report = backproof.check("or_article")
    wrong = [claim.of for claim in report.claims if claim.verdict == "wrong"]
    print(wrong, report.summary)

    network = Network.dense([2, 3, 1], activation=["tanh", "sigmoid"], cost="binary_cross_entropy", seed=0)
    history = network.fit([[0, 0], [1, 1]], [[0], [1]], epochs=5, learning_rate=0.5)
    predicted = history.network.predict(np.array([[0.0, 1.0]]))
    print(predicted.shape, list(history.network.parameters))

    backproof.activation("my_exponential", lambda h: exp(h))


main()
