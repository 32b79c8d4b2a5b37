"""The report's page: values in, one self-contained HTML document out. Pure; nothing in it is run or fetched."""
