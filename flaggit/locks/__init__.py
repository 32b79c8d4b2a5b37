"""Who holds a flag now: locks as branches, in this clone and at the remote that decides."""
