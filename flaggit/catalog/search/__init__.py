"""Finds the agent that a sentence asks for."""
