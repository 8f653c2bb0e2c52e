"""Signed requests to AWS over kept connections, for the few calls where boto3 would take too long.

Standard library only, and nothing else of this package: the model's function carries it, too.
"""
