"""The stores: what is asked of them, and one module or package for each kind."""
