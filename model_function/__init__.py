"""Runs the model in a Lambda function, which is one of the backends for context requests.

It is a minimal version of a script-mode container of SageMaker: it fetches a model artifact and
calls the hooks of the code in the artifact. It knows nothing else about models. So the same
artifact with the same code answers here, on an endpoint and in the nightly transform. The bundle
includes numpy, which that code imports. Of our own packages, this one imports only `forecasts.aws`.
"""
