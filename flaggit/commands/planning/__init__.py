"""The plan and the doctor."""
