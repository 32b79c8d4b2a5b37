"""What the programs of agents are told: their hooks and files, and which flags may be quoted to them."""
