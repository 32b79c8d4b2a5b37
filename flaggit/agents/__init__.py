"""The catalog of agents, imports into it, and the search that finds the right one."""
