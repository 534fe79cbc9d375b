"""The grids of options from which cases are made, a module per family of operators."""
