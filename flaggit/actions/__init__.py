"""The verbs: values in, a ``Reply`` out. One module a family; nothing here prints or exits."""
