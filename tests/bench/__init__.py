"""Speed of the road beside two baselines, alternating in one run: `python -m tests.bench --help`."""
