"""Compiles the trees of a model, here or by SageMaker Neo."""
