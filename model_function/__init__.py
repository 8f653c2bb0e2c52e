"""Runs inside the Lambda function that answers context requests, if that is the backend.

It is a container of SageMaker's script mode, as small as can be: it fetches a model artifact, calls
the hooks of the code that the artifact brings along, and knows no more of models than they promise.
So the same artifact answers here, on an endpoint and in the nightly transform, by the same code.
Needs numpy, which that code imports; imports nothing of ours but `forecasts.aws`.
"""
