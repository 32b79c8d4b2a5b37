"""The board: the flags of a clone on a terminal, live, with keys for what is done about them."""
