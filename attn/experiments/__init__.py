"""Trained experiments that a page repeats for one seed and a benchmark for all: one home for both.

Nothing here is a mechanism. A function takes a seed and gives a trained model or a measured number.
"""
