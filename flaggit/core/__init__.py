"""Values and pure judgements over one value: no file, no process, no environment."""
