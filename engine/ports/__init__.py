"""What the engine asks of the systems at its two ends. Connectors fill these in; all else sees nothing but these.

Every method may raise the errors of `engine.errors`: FatalError, RetryableError, RefusedError, nothing else.
"""
