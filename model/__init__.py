"""What runs inside the SageMaker container: features, training, artifact, inference.

Needs numpy only, and xgboost where trees are not compiled; imports nothing of ours: it is packed
into `model.tar.gz` and runs alone there. Training, batch transform and the real-time endpoint share
this one code.
"""
