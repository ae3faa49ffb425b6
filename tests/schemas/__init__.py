"""Tests of the contract's types."""
