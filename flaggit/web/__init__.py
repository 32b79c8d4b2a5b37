"""The live page: a clone in, a small read-only site on loopback out, kept up to date while somebody looks."""
