"""Pulumi's Automation API over this very project: the CLI, where its state is, what its events mean."""
