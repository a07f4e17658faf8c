//! Experiments, runs, metrics, datasets, logged models.
