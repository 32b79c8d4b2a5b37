"""Campaigns that try to break flaggit: kills, races, random histories, hostile input, hostile pushes."""
