"""Check: somebody's working held against the truth.

`claims` judges the numbers of a worksheet or a document, `code` a hand-written backward pass, `documents` reads what a
document says, and `mistakes` holds the known slips, one a file. They share the files beside this one. The function
`backproof.check` is `claims.report.check`.
"""
