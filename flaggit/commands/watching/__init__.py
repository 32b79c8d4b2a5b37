"""Commands that watch: what happens, who is there, and waiting for something."""
