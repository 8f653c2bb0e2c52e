"""The stores: their protocol, and a module or package for each kind of store."""
