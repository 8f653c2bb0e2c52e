"""The code that runs inside the SageMaker container: features, training, artifact, inference.

It needs numpy, and xgboost unless trees are compiled. It imports none of our other packages, since
it is packed into `model.tar.gz` and runs there alone. Training, batch transform and the real-time
endpoint share this code.
"""
