"""Those that look on while an estimator is trained, by scikit-learn's rules; one file each."""
