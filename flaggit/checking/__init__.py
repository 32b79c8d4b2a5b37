"""Judging the files of a store together, in a work tree, an index or a range."""
