"""Signed requests to AWS over kept connections, for the few calls that boto3 makes too slowly.

It imports only the standard library, because the model's function includes it without the rest of
`forecasts`.
"""
